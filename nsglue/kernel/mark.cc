#include "nsglue/kernel/mark.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace hopcost::nsglue {
namespace {

/// The loopback device of any namespace: LOOPBACK_IFINDEX, include/net/net_namespace.h.
ifinfomsg loopback() {
  ifinfomsg head{};
  head.ifi_family = AF_UNSPEC;
  head.ifi_index = 1;
  return head;
}

/// The word after " KEY=".
std::string mark_word(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(" " + key + "=");
  if (at == std::string::npos) return {};
  const std::size_t first = at + key.size() + 2;
  return text.substr(first, text.find(' ', first) - first);
}

}  // namespace

std::string mark_text(const Mark& m) {
  const std::string owner = m.owner ? " owner=" + owner_text(*m.owner) : "";
  return fmt::format("hopcost instance={} topology={} node={}{}", m.instance, m.topology, m.node, owner);
}

std::optional<Mark> parse_mark(const std::string& text) {
  if (!text.starts_with("hopcost ")) return std::nullopt;
  Mark m{mark_word(text, "instance"), mark_word(text, "topology"), mark_word(text, "node"),
         parse_owner(mark_word(text, "owner"))};
  if (m.instance.empty() || m.node.empty()) return std::nullopt;
  return m;
}

Result<void> set_mark(netlink::Socket& rtnetlink, const Mark& mark) {
  netlink::Message m(RTM_NEWLINK, 0);
  m.header(loopback());
  m.text(IFLA_IFALIAS, mark_text(mark));
  return rtnetlink.request(m, "mark a namespace");
}

Result<std::optional<Mark>> read_mark(netlink::Socket& rtnetlink) {
  netlink::Message m(RTM_GETLINK, 0);
  m.header(loopback());
  std::optional<Mark> mark;
  auto done = rtnetlink.request(m, "read a namespace's mark", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, sizeof(ifinfomsg), [&](std::uint16_t type, const nlattr* a) {
      if (type == IFLA_IFALIAS) mark = parse_mark(netlink::text_of(a));
    });
  });
  if (!done) return forward(done);
  return mark;
}

}  // namespace hopcost::nsglue
