// Requests that change links. link_state.cc reads them.
#include "nsglue/kernel/links.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cerrno>

#include "nsglue/topology/address.h"

namespace hopcost::nsglue {
namespace {

ifinfomsg info_header(unsigned index, unsigned flags = 0, unsigned change = 0) {
  ifinfomsg i{};
  i.ifi_family = AF_UNSPEC;
  i.ifi_index = static_cast<int>(index);
  i.ifi_flags = flags;
  i.ifi_change = change;
  return i;
}

/// What every device has, and what can also be set later.
void put_common(netlink::Message& m, const Device& d) {
  if (const auto mac = parse_mac(d.mac)) m.bytes(IFLA_ADDRESS, mac->data(), mac->size());
  m.u32(IFLA_MTU, d.mtu);
  m.u32(IFLA_TXQLEN, d.txqueuelen);
}

/// What a device and its peer have in common.
void put_device(netlink::Message& m, const Device& d, int netns_fd) {
  m.text(IFLA_IFNAME, d.at.device);
  put_common(m, d);
  // Otherwise the kernel would make a veth with a queue for each CPU and then cut it down to one, which waits
  // for RCU twice.
  m.u32(IFLA_NUM_TX_QUEUES, 1);
  m.u32(IFLA_NUM_RX_QUEUES, 1);
  m.u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(netns_fd));
}

/// Sends only what differs from the kernel's default: a kernel without a feature refuses its attribute even
/// for "off".
void put_fields(netlink::Message& m, std::span<const InfoField> fields,
                const std::map<std::string, std::string>& values) {
  for (const InfoField& f : fields) {
    const auto it = values.find(f.key);
    if (it == values.end() || f.attribute == 0) continue;
    const std::uint32_t value = field_value(f, it->second).value_or(f.kernel_default);
    if (value == f.kernel_default) continue;
    switch (f.width) {
      case InfoField::Width::kU8:
        m.u8(f.attribute, static_cast<std::uint8_t>(value));
        break;
      case InfoField::Width::kU16:
        m.u16(f.attribute, static_cast<std::uint16_t>(value));
        break;
      case InfoField::Width::kU32:
        m.u32(f.attribute, value);
        break;
      case InfoField::Width::kU16Network:
        m.u16(f.attribute, htons(static_cast<std::uint16_t>(value)));
        break;
      case InfoField::Width::kIpv4:
        m.u32(f.attribute, htonl(value));
        break;
    }
  }
}

void put_kind(netlink::Message& m, const LinkKind& kind, const Device& device, const Device* peer,
              const LinkPlace& place) {
  nlattr* info = m.begin(IFLA_LINKINFO);
  m.text(IFLA_INFO_KIND, kind.name);
  nlattr* data = m.begin(IFLA_INFO_DATA);
  put_fields(m, kind.fields, device.options);
  if (peer != nullptr) {
    nlattr* other = m.begin(kind.peer_attribute);
    const ifinfomsg head = info_header(place.peer_index);
    m.header(head);
    put_device(m, *peer, place.peer_fd);
    m.end(other);
  }
  m.end(data);
  m.end(info);
}

/// EOPNOTSUPP with no text or with "Unknown device type" (net/core/rtnetlink.c) means that the kind is
/// missing. With another text it concerns a kind that the kernel has.
bool is_unknown_kind(const Error& e) {
  const bool told = e.what.ends_with(')');
  return e.err == EOPNOTSUPP && (!told || e.what.find("Unknown device type") != std::string::npos);
}

Error explain(Error e, const LinkKind& kind) {
  if (!is_unknown_kind(e)) return e;
  e.what = fmt::format("this kernel has no {}", kind.name);
  e.hint = fmt::format("modprobe {}, or run a kernel built with {}", kind.module, kind.config);
  e.code = Exit::kMissing;
  return e;
}

}  // namespace

Result<void> create_link(netlink::Socket& rtnetlink, const LinkKind& kind, const Device& device,
                         const Device* peer, const LinkPlace& place) {
  netlink::Message m(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  m.header(info_header(place.index));
  put_device(m, device, place.home_fd);
  if (place.lower_index != 0) m.u32(IFLA_LINK, place.lower_index);
  put_kind(m, kind, device, peer, place);
  auto done = rtnetlink.request(m, fmt::format("create {} {}", kind.name, device.at.text()));
  if (!done) return std::unexpected(explain(std::move(done).error(), kind));
  return {};
}

Result<void> change_link(netlink::Socket& rtnetlink, const Device& device, unsigned index) {
  netlink::Message m(RTM_NEWLINK, 0);
  m.header(info_header(index));
  put_common(m, device);
  return rtnetlink.request(m, fmt::format("set up {}", device.at.text()));
}

Result<bool> has_kind(netlink::Socket& rtnetlink, const LinkKind& kind) {
  netlink::Message m(RTM_NEWLINK, NLM_F_CREATE);
  m.header(info_header(0));
  nlattr* info = m.begin(IFLA_LINKINFO);
  m.text(IFLA_INFO_KIND, kind.name);
  m.end(info);
  auto done = rtnetlink.request(m, fmt::format("try to make a {}", kind.name));
  if (done) return true;
  if (done.error().err == EPERM) return forward(done);
  return !is_unknown_kind(done.error());  // a known kind complains about what is missing
}

Result<void> enslave(netlink::Socket& rtnetlink, unsigned index, unsigned master_index,
                     const LinkKind& master_kind, const Device& device) {
  const std::string what = fmt::format("make {} a port of {}", device.at.text(), device.master);
  netlink::Message join(RTM_NEWLINK, 0);
  join.header(info_header(index));
  join.u32(IFLA_MASTER, master_index);
  if (auto done = rtnetlink.request(join, what); !done) return done;
  netlink::Message m(RTM_NEWLINK, 0);
  m.header(info_header(index));
  nlattr* info = m.begin(IFLA_LINKINFO);
  m.text(IFLA_INFO_SLAVE_KIND, master_kind.name);
  nlattr* data = m.begin(IFLA_INFO_SLAVE_DATA);
  const std::uint32_t before = m.get()->nlmsg_len;
  put_fields(m, master_kind.port_fields, device.port);
  if (m.get()->nlmsg_len == before) return {};
  m.end(data);
  m.end(info);
  return rtnetlink.request(m, what);
}

Result<void> set_up(netlink::Socket& rtnetlink, unsigned index, const std::string& name) {
  netlink::Message m(RTM_NEWLINK, 0);
  m.header(info_header(index, IFF_UP, IFF_UP));
  return rtnetlink.request(m, fmt::format("set {} up", name));
}

Result<void> delete_link(netlink::Socket& rtnetlink, const std::string& device) {
  netlink::Message m(RTM_DELLINK, 0);
  m.header(info_header(0));
  m.text(IFLA_IFNAME, device);
  return rtnetlink.request(m, fmt::format("remove {}", device));
}

}  // namespace hopcost::nsglue
