#include "nsglue/build/tunnels.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <functional>
#include <thread>

#include "base/netns.h"
#include "nsglue/kernel/wireguard.h"

namespace hopcost::nsglue {
namespace {

// WireGuard repeats an unanswered handshake after 5 s (drivers/net/wireguard/messages.h, REKEY_TIMEOUT).
constexpr auto kMeetingTimeout = std::chrono::seconds(8);
constexpr auto kMeetingPause = std::chrono::milliseconds(2);

/// What is done in a tunnel's namespace: a generic netlink socket only knows its own namespace's devices.
using TunnelWork = std::function<Result<void>(netlink::Socket& generic, unsigned index)>;

Result<void> at_tunnel(const DeviceRef& at, const Nodes& nodes, const TunnelWork& work) {
  auto inside = NetnsScope::enter(nodes.at(at.node).name);
  if (!inside) return forward(inside);
  auto index = interface_index(at.device);
  if (!index) return forward(index);
  auto generic = netlink::Socket::open(NETLINK_GENERIC);
  if (!generic) return forward(generic);
  return work(*generic, *index);
}

Result<void> at_each(const Topology& topology, const Nodes& nodes,
                     const std::function<Result<void>(const Device&, netlink::Socket&, unsigned)>& work) {
  for (const Device& d : topology.devices) {
    if (d.kind != "wireguard") continue;
    auto done =
        at_tunnel(d.at, nodes, [&](auto& generic, unsigned index) { return work(d, generic, index); });
    if (!done) return done;
  }
  return {};
}

std::uint16_t port_of(const Device& tunnel) {
  const std::string& text = tunnel.options.at("udp_port");
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

/// The public key of a tunnel. Only the kernel computes it from the private one.
Result<WireguardKey> key_of(const DeviceRef& at, const Nodes& nodes) {
  WireguardKey key{};
  auto read = at_tunnel(at, nodes, [&](netlink::Socket& generic, unsigned index) -> Result<void> {
    auto state = read_wireguard(generic, index);
    if (!state) return forward(state);
    key = state->key;
    return {};
  });
  if (!read) return forward(read);
  return key;
}

Result<void> wait_for_meeting(const Device& d, netlink::Socket& generic, unsigned index) {
  const auto deadline = std::chrono::steady_clock::now() + kMeetingTimeout;
  for (;;) {
    auto state = read_wireguard(generic, index);
    if (!state) return forward(state);
    if (!state->peers.empty() && state->peers.front().met) return {};
    if (std::chrono::steady_clock::now() > deadline)
      return error(Exit::kFailure, fmt::format("{} has not met {} within {} s", d.at.text(), d.peer->text(),
                                               kMeetingTimeout.count()));
    std::this_thread::sleep_for(kMeetingPause);
  }
}

}  // namespace

Result<void> tell_tunnels(const Topology& topology, const Nodes& nodes) {
  auto keys = at_each(topology, nodes, [](const Device& d, netlink::Socket& generic, unsigned index) {
    return set_wireguard_key(generic, index, port_of(d));
  });
  if (!keys) return keys;
  return at_each(
      topology, nodes, [&](const Device& d, netlink::Socket& generic, unsigned index) -> Result<void> {
        auto key = key_of(*d.peer, nodes);
        if (!key) return forward(key);
        return set_wireguard_peer(
            generic, index,
            {.key = *key, .remote = d.options.at("remote"), .port = port_of(*topology.find(*d.peer))});
      });
}

Result<void> meet_peers(const Topology& topology, const Nodes& nodes) {
  auto begun = at_each(topology, nodes,
                       [&](const Device& d, netlink::Socket& generic, unsigned index) -> Result<void> {
                         if (d.at > *d.peer) return {};  // or both ends would begin a handshake
                         auto key = key_of(*d.peer, nodes);
                         if (!key) return forward(key);
                         return meet_wireguard_peer(generic, index, *key);
                       });
  if (!begun) return begun;
  return at_each(topology, nodes, wait_for_meeting);
}

}  // namespace hopcost::nsglue
