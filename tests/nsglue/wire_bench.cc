#include "wire_bench.h"

#include "base/netns.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/redirect.h"

namespace hopcost::nsglue::wire_bench {

netlink::Socket rtnetlink() {
  return std::move(*netlink::Socket::open(NETLINK_ROUTE));
}

LinkState link_called(const char* name) {
  auto socket = rtnetlink();
  auto links = read_links(socket);
  return links ? (*links)[name] : LinkState();
}

Device device(const char* name, const char* kind, const char* mac) {
  Device d;
  d.at = {"", name};
  d.kind = kind;
  d.mac = mac;
  return d;
}

namespace {

/// Makes the wire between tester and device in the thread's namespace.
void make_wire() {
  auto socket = rtnetlink();
  const Fd here = std::move(*open_netns(""));
  LinkPlace place;
  place.home_fd = place.peer_fd = here.get();
  const Device nic = device(kNic, "veth", "02:00:00:00:00:01"), far = device(kFar, "veth");
  ASSERT_TRUE(create_link(socket, *find_kind("veth"), nic, &far, place));
  for (const char* name : {kNic, kFar}) ASSERT_TRUE(set_up(socket, link_called(name).index, name));
}

}  // namespace

void on_a_bench(const std::function<void()>& test) {
  const auto ran = in_scratch_namespace([&]() -> Result<void> {
    make_wire();
    if (!testing::Test::HasFatalFailure()) test();
    return {};
  });
  ASSERT_TRUE(ran) << hopcost::describe(ran.error());
}

void make_nic_a_port() {
  auto socket = rtnetlink();
  const Fd here = std::move(*open_netns(""));
  LinkPlace place;
  place.home_fd = here.get();
  ASSERT_TRUE(create_link(socket, *find_kind("bridge"), device("br0", "bridge"), nullptr, place));
  Device port = device(kNic, "veth");
  port.master = "br0";
  ASSERT_TRUE(enslave(socket, link_called(kNic).index, link_called("br0").index, *find_kind("bridge"), port));
}

Result<void> put_macvlan(const char* name, const char* mode) {
  auto socket = rtnetlink();
  const Fd here = std::move(*open_netns(""));
  Device macvlan = device(name, "macvlan");
  macvlan.options["mode"] = mode;
  LinkPlace place;
  place.home_fd = here.get();
  place.lower_index = link_called(kNic).index;
  return create_link(socket, *find_kind("macvlan"), macvlan, nullptr, place);
}

std::string filters_of_nic() {
  auto socket = rtnetlink();
  return read_redirect(socket, link_called(kNic).index).value_or("not read");
}

}  // namespace hopcost::nsglue::wire_bench
