// Packets that would go round in circles: rings of bridges, tunnels whose own packets go into themselves,
// routes that lead back to a node. Follows the file alone; a node with a vrf is not followed, because it has
// several routing tables.
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

std::string option_of(const Device& d, const char* key) {
  const auto at = d.options.find(key);
  return at == d.options.end() ? std::string() : at->second;
}

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
               fmt::format("'{}' and '{}' close a loop of bridges", d.at.text(), other->at.text()));
    joined_[a] = b;
  }

  /// The other end of a tunnel for frames (vxlan, geneve): the device of the same kind and number at the
  /// address that this one sends to, which sends to an address of this one's node. Null: none.
  const Device* far_end(const Device& d) const {
    const std::string remote = option_of(d, "remote"), id = option_of(d, "id");
    if (remote.empty() || id.empty()) return nullptr;
    const auto other = std::ranges::find_if(t_.devices, [&](const Device& e) {
      return &e != &d && e.kind == d.kind && option_of(e, "id") == id && has(e.at.node, remote) &&
             has(d.at.node, option_of(e, "remote"));
    });
    return other == t_.devices.end() ? nullptr : &*other;
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
    f_.require(!out || out->device != &d, at, "remote",
               fmt::format("packets of '{}' to {} would go into '{}' itself", d.at.text(),
                           option_of(d, "remote"), d.at.text()));
  }

  /// Follows the routes from the sender to `goal`, as far as the file says where they lead.
  void round(const Prefix& goal) {
    const std::string text = address_text(goal.family, goal.bytes.data());
    std::vector<std::string> passed;
    for (std::string node = t_.sender.node; !node.empty() && !has(node, text) && !has_vrf(node);) {
      passed.push_back(node);
      const auto out = way_out(node, goal);
      if (!out || out->route == nullptr) return;
      node = next_node(*out);
      if (std::ranges::find(passed, node) == passed.end()) continue;
      passed.push_back(node);
      f_.require(false, p_.routes[static_cast<std::size_t>(out->route - t_.routes.data())], "to",
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
      if (r.node == node && to) take(*to, {r.device.empty() ? nullptr : t_.find({node, r.device}), &r});
    }
    return best;
  }

  /// The node that a route leads to: its gateway's, or the other end's of its device. Empty: it can't be
  /// told.
  std::string next_node(const WayOut& out) const {
    if (!out.route->via.empty()) return node_with(out.route->via);
    if (out.device == nullptr) return "";
    return out.device->peer ? out.device->peer->node : node_with(option_of(*out.device, "remote"));
  }

  std::string node_with(const std::string& address) const {
    const auto at = std::ranges::find_if(t_.nodes, [&](const Node& n) { return has(n.name, address); });
    return at == t_.nodes.end() ? std::string() : at->name;
  }

  /// Whether a device of the node has the address.
  bool has(const std::string& node, const std::string& address) const {
    const auto wanted = parse_address(address);
    return wanted && std::ranges::any_of(t_.devices, [&](const Device& d) {
             return d.at.node == node && std::ranges::any_of(addresses_of(d), [&](const Prefix& p) {
                      return p.family == wanted->family && p.bytes == wanted->bytes;
                    });
           });
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
