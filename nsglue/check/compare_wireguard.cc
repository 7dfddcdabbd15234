// Ends of WireGuard tunnels: where they listen, and that each has the other as its only peer.
#include <fmt/format.h>

#include "base/netns.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/wireguard.h"

namespace hopcost::nsglue {
namespace {

/// Nothing when the device or its namespace has gone, which is reported elsewhere.
Result<std::optional<WireguardState>> read_end(const DeviceRef& at, const Nodes& nodes, const Links& links) {
  const LinkState* link = find_link(links, at);
  if (link == nullptr || link->kind != "wireguard") return std::nullopt;
  auto inside = NetnsScope::enter(nodes.at(at.node).name);
  if (!inside) return forward(inside);
  auto generic = netlink::Socket::open(NETLINK_GENERIC);
  if (!generic) return forward(generic);
  auto state = read_wireguard(*generic, link->index);
  if (!state) return forward(state);
  return *state;
}

std::string peer_text(const WireguardPeer& peer, const WireguardKey& wanted) {
  return fmt::format("{}:{}{}", peer.remote, peer.port, peer.key == wanted ? "" : " with another key");
}

}  // namespace

Result<void> compare_wireguard(const Topology& topology, const Nodes& nodes, const Links& links,
                               std::vector<Drift>& drifts) {
  for (const Device& d : topology.devices) {
    if (d.kind != "wireguard") continue;
    auto own = read_end(d.at, nodes, links);
    if (!own) return forward(own);
    auto other = read_end(*d.peer, nodes, links);
    if (!other) return forward(other);
    if (!*own || !*other) continue;
    const std::string where = fmt::format("{}/{}", nodes.at(d.at.node).name, d.at.device);
    if (const std::string port = std::to_string((*own)->port); port != d.options.at("udp_port"))
      drifts.push_back({where + ": udp_port", d.options.at("udp_port"), port});
    const std::string wanted =
        fmt::format("{}:{}", d.options.at("remote"), topology.find(*d.peer)->options.at("udp_port"));
    std::string found;
    for (const WireguardPeer& p : (*own)->peers)
      found += (found.empty() ? "" : ", ") + peer_text(p, (*other)->key);
    if (found != wanted) drifts.push_back({where + ": peer", wanted, found.empty() ? "nothing" : found});
  }
  return {};
}

}  // namespace hopcost::nsglue
