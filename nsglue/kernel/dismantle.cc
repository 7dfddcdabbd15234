#include "nsglue/kernel/dismantle.h"

#include <chrono>
#include <thread>

#include "base/netns.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"

namespace hopcost::nsglue {
namespace {

constexpr auto kDismantlingPatience = std::chrono::seconds(30);
constexpr auto kDismantlingPause = std::chrono::microseconds(200);
constexpr unsigned kHereIndex = 100, kThereIndex = 101;

Device end_of_pair(const char* name, const char* mac) {
  Device d;
  d.at = {"", name};
  d.kind = "veth";
  d.mac = mac;
  return d;
}

/// Makes a veth pair between the calling thread's namespace and a scratch namespace that ends with this call.
/// The kernel removes the pair when it dismantles that namespace.
Result<void> make_sign() {
  auto here = open_netns("");
  if (!here) return forward(here);
  return in_scratch_namespace([&]() -> Result<void> {
    auto there = netlink::Socket::open(NETLINK_ROUTE);
    if (!there) return forward(there);
    auto there_fd = open_netns("");
    if (!there_fd) return forward(there_fd);
    const Device inner = end_of_pair("there", "02:68:63:ff:00:02"),
                 outer = end_of_pair("here", "02:68:63:ff:00:01");
    const LinkPlace place{
        .index = kThereIndex, .peer_index = kHereIndex, .home_fd = there_fd->get(), .peer_fd = here->get()};
    return create_link(*there, *find_kind("veth"), inner, &outer, place);
  });
}

}  // namespace

Result<void> wait_for_dismantling() {
  return in_scratch_namespace([]() -> Result<void> {
    auto here = netlink::Socket::open(NETLINK_ROUTE);
    if (!here) return forward(here);
    if (auto made = make_sign(); !made) return made;
    const auto deadline = std::chrono::steady_clock::now() + kDismantlingPatience;
    for (;;) {
      auto sign = read_link(*here, kHereIndex);
      if (!sign && sign.error().code == Exit::kMissing) return {};
      if (!sign) return forward(sign);
      if (std::chrono::steady_clock::now() > deadline)
        return error(Exit::kFailure, "the kernel has not taken down what was removed within 30 s");
      std::this_thread::sleep_for(kDismantlingPause);
    }
  });
}

}  // namespace hopcost::nsglue
