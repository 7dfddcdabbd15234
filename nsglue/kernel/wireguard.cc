#include "nsglue/kernel/wireguard.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

#include "base/netlink/generic.h"

namespace hopcost::nsglue {
namespace {

using netlink::Message;

/// Sends one change of a device; `fill` adds the attributes that change.
Result<void> change(netlink::Socket& generic, unsigned index, const std::function<void(Message&)>& fill) {
  auto family = netlink::find_family(generic, WG_GENL_NAME);
  if (!family) return forward(family);
  Message m(*family, 0);
  m.header(netlink::generic_header(WG_CMD_SET_DEVICE));
  m.u32(WGDEVICE_A_IFINDEX, index);
  fill(m);
  return generic.request(m, fmt::format("set up WireGuard device {}", index));
}

/// The same for the device's peer.
Result<void> change_peer(netlink::Socket& generic, unsigned index, const WireguardKey& key,
                         const std::function<void(Message&)>& fill) {
  return change(generic, index, [&](Message& m) {
    nlattr* peers = m.begin(WGDEVICE_A_PEERS | NLA_F_NESTED);
    nlattr* one = m.begin(NLA_F_NESTED);
    m.bytes(WGPEER_A_PUBLIC_KEY, key.data(), key.size());
    fill(m);
    m.end(one);
    m.end(peers);
  });
}

/// Allows every address of a family.
void put_everything(Message& m, std::uint16_t family, std::size_t address_size) {
  const std::array<std::uint8_t, 16> zeros{};
  nlattr* one = m.begin(NLA_F_NESTED);
  m.u16(WGALLOWEDIP_A_FAMILY, family);
  m.bytes(WGALLOWEDIP_A_IPADDR, zeros.data(), address_size);
  m.u8(WGALLOWEDIP_A_CIDR_MASK, 0);
  m.end(one);
}

void copy_key(const nlattr* a, WireguardKey& key) {
  const auto bytes = netlink::bytes_of(a);
  if (bytes.size() == key.size()) std::memcpy(key.data(), bytes.data(), key.size());
}

void read_endpoint(const nlattr* a, WireguardPeer& peer) {
  const auto bytes = netlink::bytes_of(a);
  sockaddr_in end{};
  if (bytes.size() != sizeof end) return;
  std::memcpy(&end, bytes.data(), sizeof end);
  char text[INET_ADDRSTRLEN];
  peer.remote = inet_ntop(AF_INET, &end.sin_addr, text, sizeof text);
  peer.port = ntohs(end.sin_port);
}

WireguardPeer read_peer(const nlattr* nest) {
  WireguardPeer peer;
  netlink::for_each_attribute(nest, [&](std::uint16_t type, const nlattr* a) {
    if (type == WGPEER_A_PUBLIC_KEY) copy_key(a, peer.key);
    if (type == WGPEER_A_ENDPOINT) read_endpoint(a, peer);
    if (type == WGPEER_A_LAST_HANDSHAKE_TIME)
      peer.met = std::ranges::any_of(netlink::bytes_of(a), [](std::byte b) { return b != std::byte{0}; });
  });
  return peer;
}

}  // namespace

Result<void> set_wireguard_key(netlink::Socket& generic, unsigned index, std::uint16_t port) {
  WireguardKey secret{};  // the kernel turns any 32 bytes into a Curve25519 key
  if (getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size()))
    return errno_error(errno, "make a key");
  auto done = change(generic, index, [&](Message& m) {
    m.bytes(WGDEVICE_A_PRIVATE_KEY, secret.data(), secret.size());
    m.u16(WGDEVICE_A_LISTEN_PORT, port);
  });
  explicit_bzero(secret.data(), secret.size());
  return done;
}

Result<void> set_wireguard_peer(netlink::Socket& generic, unsigned index, const WireguardPeer& peer) {
  sockaddr_in end{};
  end.sin_family = AF_INET;
  end.sin_port = htons(peer.port);
  if (inet_pton(AF_INET, peer.remote.c_str(), &end.sin_addr) != 1)
    return error(Exit::kUsage, fmt::format("'{}' is no IPv4 address", peer.remote));
  return change_peer(generic, index, peer.key, [&](Message& m) {
    m.bytes(WGPEER_A_ENDPOINT, &end, sizeof end);
    nlattr* all = m.begin(WGPEER_A_ALLOWEDIPS | NLA_F_NESTED);
    put_everything(m, AF_INET, sizeof(in_addr));
    put_everything(m, AF_INET6, sizeof(in6_addr));
    m.end(all);
  });
}

Result<void> meet_wireguard_peer(netlink::Socket& generic, unsigned index, const WireguardKey& peer) {
  // Switching the keepalive on sends one at once, and with it the handshake. It is off again before the next
  // is due.
  for (const std::uint16_t seconds : {60, 0}) {
    auto done = change_peer(generic, index, peer,
                            [&](Message& m) { m.u16(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, seconds); });
    if (!done) return done;
  }
  return {};
}

Result<WireguardState> read_wireguard(netlink::Socket& generic, unsigned index) {
  auto family = netlink::find_family(generic, WG_GENL_NAME);
  if (!family) return forward(family);
  Message m(*family, NLM_F_DUMP);
  m.header(netlink::generic_header(WG_CMD_GET_DEVICE));
  m.u32(WGDEVICE_A_IFINDEX, index);
  WireguardState state;
  auto done = generic.request(m, fmt::format("read WireGuard device {}", index), [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, GENL_HDRLEN, [&](std::uint16_t type, const nlattr* a) {
      if (type == WGDEVICE_A_PUBLIC_KEY) copy_key(a, state.key);
      if (type == WGDEVICE_A_LISTEN_PORT) state.port = netlink::number_of<std::uint16_t>(a);
      if (type != WGDEVICE_A_PEERS) return;
      netlink::for_each_attribute(
          a, [&](std::uint16_t, const nlattr* peer) { state.peers.push_back(read_peer(peer)); });
    });
  });
  if (!done) return forward(done);
  return state;
}

}  // namespace hopcost::nsglue
