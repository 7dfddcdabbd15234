// Packets that would go round in circles: rings of bridges, routes that lead a tunnel's own packets into that
// tunnel, routes that lead back to a node. Follows the file alone, and only where it is sure: routes are not
// followed in a node with a vrf (several routing tables) or a redirect, nor past a device on a device of
// another node (macvlan, ipvlan).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "nsglue/kinds/kind.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/parse.h"

namespace hopcost::nsglue {
namespace {

/// How packets to an address leave a node.
struct WayOut {
  const Device* device = nullptr;  ///< Null: the file does not say by which.
  const Route* route = nullptr;    ///< Null: the address is on the device's link.
};

class CircleRules {
 public:
  CircleRules(Faults& faults, const Topology& topology, const Places& places)
      : f_(faults), t_(topology), p_(places) {}

  void all() {
    for (std::size_t i = 0; i < t_.devices.size(); ++i) {
      ring(t_.devices[i], p_.devices[i]);
      into_itself(t_.devices[i], p_.devices[i]);
    }
    if (const Device* const goal = t_.find(t_.addressed); goal != nullptr) {
      for (const auto* list : {&goal->ipv4, &goal->ipv6})
        if (!list->empty()) round(*parse_prefix(list->front()));
    }
  }

 private:
  /// Without a spanning tree, a frame circles for ever in a ring of bridges.
  void ring(const Device& d, const TomlTable& at) {
    const Device* const other = d.peer ? t_.find(*d.peer) : far_end(d);
    if (other == nullptr || other < &d) return;
    const std::string here = bridge_of(d), there = bridge_of(*other);
    if (here.empty() || there.empty()) return;
    const std::string a = joined(here), b = joined(there);
    f_.require(a != b, at, d.peer ? "peer" : "remote",
               fmt::format("'{}' and '{}' close a ring of bridges", d.at.text(), other->at.text()));
    joined_[a] = b;
  }

  /// The other end of a tunnel for frames (vxlan, geneve): the device of the same kind, number and UDP port
  /// at the address that this one sends to, which sends to this one's. Null: none.
  const Device* far_end(const Device& d) const {
    if (option_of(d, "remote").empty() || option_of(d, "id").empty()) return nullptr;
    const auto other = std::ranges::find_if(t_.devices, [&](const Device& e) {
      return &e != &d && e.kind == d.kind && option_of(e, "id") == option_of(d, "id") &&
             option_of(e, "udp_port") == option_of(d, "udp_port") && sends_to(d, e) && sends_to(e, d);
    });
    return other == t_.devices.end() ? nullptr : &*other;
  }

  /// Whether the tunnel's packets go to an address of the other's: the one it has for its own, else any of
  /// its node.
  bool sends_to(const Device& d, const Device& other) const {
    const std::string remote = option_of(d, "remote"), local = option_of(other, "local");
    return local.empty() || local == "0.0.0.0" ? has_address(t_, other.at.node, remote) : remote == local;
  }

  /// The bridge or switch without a spanning tree whose port the device is; empty when there is none.
  std::string bridge_of(const Device& d) const {
    const Device* const master = t_.master_of(d);
    if (master == nullptr || !is_switch(master->kind)) return {};
    return option_of(*master, "stp_state") == "1" ? std::string() : master->at.text();
  }

  /// The bridge that represents all bridges which frames can reach from this one.
  std::string joined(std::string bridge) const {
    for (auto at = joined_.find(bridge); at != joined_.end(); at = joined_.find(bridge)) bridge = at->second;
    return bridge;
  }

  /// The kernel drops what a tunnel would send through itself.
  void into_itself(const Device& d, const TomlTable& at) {
    const auto remote = parse_address(option_of(d, "remote"));
    if (!remote || has_vrf(d.at.node)) return;
    const auto out = way_out(d.at.node, *remote);
    f_.require(!out || out->device != &d, out && out->route != nullptr ? place_of(*out->route) : at,
               out && out->route != nullptr ? "to" : "remote",
               fmt::format("packets of '{}' to {} would go into '{}' itself", d.at.text(),
                           option_of(d, "remote"), d.at.text()));
  }

  /// Follows the routes from the sender to `goal`, as far as the file says where they lead.
  void round(const Prefix& goal) {
    const std::string text = address_text(goal.family, goal.bytes.data());
    std::vector<std::string> passed;
    for (std::string node = t_.sender.node;
         !node.empty() && !has_address(t_, node, text) && routes_all(node);) {
      passed.push_back(node);
      const auto out = way_out(node, goal);
      if (!out || out->route == nullptr) return;
      node = next_node(*out);
      if (std::ranges::find(passed, node) == passed.end()) continue;
      passed.push_back(node);
      f_.require(false, place_of(*out->route), "to",
                 fmt::format("packets to {} go round in a circle: {}", text, fmt::join(passed, " > ")));
      return;
    }
  }

  /// The way of the longest prefix; of equal ones the link's, then the first route's.
  std::optional<WayOut> way_out(const std::string& node, const Prefix& address) const {
    std::optional<WayOut> best;
    int length = -1;
    const auto take = [&](const Prefix& to, WayOut way) {
      if (!same_subnet(to, address) || static_cast<int>(to.length) <= length) return;
      length = static_cast<int>(to.length);
      best = way;
    };
    for (const Device& d : t_.devices) {
      if (d.at.node != node) continue;
      for (const Prefix& own : addresses_of(d)) take(own, {&d, nullptr});
    }
    for (const Route& r : t_.routes) {
      const auto to = parse_prefix(r.to);
      if (r.node == node && to) take(*to, {device_of(r), &r});
    }
    return best;
  }

  /// The device by which a route leads: its own, or the one on whose link its gateway is.
  const Device* device_of(const Route& r) const {
    if (!r.device.empty()) return t_.find({r.node, r.device});
    const auto via = parse_address(r.via);
    const auto at = std::ranges::find_if(t_.devices, [&](const Device& d) {
      return via && d.at.node == r.node &&
             std::ranges::any_of(addresses_of(d), [&](const Prefix& own) { return same_subnet(own, *via); });
    });
    return at == t_.devices.end() ? nullptr : &*at;
  }

  const TomlTable& place_of(const Route& r) const {
    return p_.routes[static_cast<std::size_t>(&r - t_.routes.data())];
  }

  /// The node that a route leads to: its gateway's, or the other end's of its device. Empty: it can't be
  /// told.
  std::string next_node(const WayOut& out) const {
    if (!out.route->via.empty()) return node_with(out.route->via);
    if (out.device == nullptr) return "";
    if (!out.device->peer) return node_with(option_of(*out.device, "remote"));
    const Device* const peer = t_.find(*out.device->peer);
    return peer == nullptr || !peer->master.empty() ? "" : peer->at.node;  // a bridge doesn't route
  }

  std::string node_with(const std::string& address) const {
    const auto at =
        std::ranges::find_if(t_.nodes, [&](const Node& n) { return has_address(t_, n.name, address); });
    return at == t_.nodes.end() ? std::string() : at->name;
  }

  /// Whether all that comes into the node goes by its routes.
  bool routes_all(const std::string& node) const {
    const auto over_it = [&](const Device& d) {
      return d.lower && d.lower->node == node && d.at.node != node;
    };
    return !has_vrf(node) && std::ranges::none_of(t_.devices, over_it) &&
           std::ranges::none_of(t_.redirects, [&](const Redirect& r) { return r.at.node == node; });
  }

  bool has_vrf(const std::string& node) const {
    return std::ranges::any_of(t_.devices,
                               [&](const Device& d) { return d.at.node == node && d.kind == "vrf"; });
  }

  Faults& f_;
  const Topology& t_;
  const Places& p_;
  std::map<std::string, std::string> joined_;  // bridge -> another one that frames reach from it
};

}  // namespace

void check_circles(Faults& faults, const Topology& topology, const Places& places) {
  CircleRules(faults, topology, places).all();
}

}  // namespace hopcost::nsglue
