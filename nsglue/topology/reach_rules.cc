// What must hold between addresses and routes, so that a packet can get from the sender to the target.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nsglue/kinds/kind.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/parse.h"

namespace hopcost::nsglue {
namespace {

/// Whether the node has a device with a subnet that holds the address. If `device` is given, only that one
/// counts.
bool on_link(const Topology& t, const std::string& node, const std::string& device, const Prefix& address) {
  return std::ranges::any_of(t.devices, [&](const Device& d) {
    if (d.at.node != node || (!device.empty() && d.at.device != device)) return false;
    return std::ranges::any_of(addresses_of(d), [&](const Prefix& own) { return same_subnet(own, address); });
  });
}

class ReachRules {
 public:
  ReachRules(Faults& faults, const Topology& topology, const Places& places)
      : f_(faults), t_(topology), p_(places) {}

  void all() {
    for (std::size_t i = 0; i < t_.devices.size(); ++i) own_addresses(i);
    for (std::size_t i = 0; i < t_.routes.size(); ++i) gateway(t_.routes[i], p_.routes[i]);
    for (std::size_t i = 0; i < t_.neighbours.size(); ++i) neighbour(t_.neighbours[i], p_.neighbours[i]);
    for (std::size_t i = 0; i < t_.devices.size(); ++i) tunnel(t_.devices[i], p_.devices[i]);
    target();
  }

 private:
  /// An address belongs to one device only.
  void own_addresses(std::size_t index) {
    for (const Prefix& p : addresses_of(t_.devices[index])) {
      const std::string text = address_text(p.family, p.bytes.data());
      const auto [at, first] = owner_.emplace(text, t_.devices[index].at.text());
      f_.require(first || at->second == t_.devices[index].at.text(), p_.devices[index],
                 p.size() == 4 ? "ipv4" : "ipv6",
                 fmt::format("'{}' has the address {} as well", at->second, text));
    }
  }

  void gateway(const Route& r, const TomlTable& at) {
    const auto via = parse_address(r.via);
    f_.require(!via || on_link(t_, r.node, r.device, *via), at, "via",
               fmt::format("{} is on no subnet of {}", r.via,
                           r.device.empty() ? fmt::format("node '{}'", r.node)
                                            : fmt::format("'{}/{}'", r.node, r.device)));
  }

  /// For a device, the kernel only asks for addresses of the device's subnets.
  void neighbour(const Neighbour& n, const TomlTable& at) {
    for (const std::string& ip : n.ips) {
      const auto address = parse_address(ip);
      f_.require(!address || on_link(t_, n.on.node, n.on.device, *address), at, "ips",
                 fmt::format("{} is on no subnet of '{}'", ip, n.on.text()));
    }
  }

  /// A tunnel's packets leave with an address of its node. Those to a peer go to an address of the peer's
  /// node.
  void tunnel(const Device& d, const TomlTable& at) {
    has_end(d, d.at.node, "local", at);
    if (d.peer && find_kind(d.kind)->shape == Shape::kTunnel) has_end(d, d.peer->node, "remote", at);
  }

  /// If the device gives an address with `key`, a device of the node must have it.
  void has_end(const Device& d, const std::string& node, const char* key, const TomlTable& at) {
    const std::string address = option_of(d, key);
    f_.require(address.empty() || address == "0.0.0.0" || has_address(t_, node, address), at, key,
               fmt::format("no device of node '{}' has the address {}", node, address));
  }

  void target() {
    const Device *sender = t_.find(t_.sender), *addressed = t_.find(t_.addressed);
    if (sender == nullptr || addressed == nullptr) return;
    for (const int family : {4, 16}) {
      const auto of_family = [&](const Prefix& p) { return static_cast<int>(p.size()) == family; };
      const auto from = addresses_of(*sender), to = addresses_of(*addressed);
      const auto goal = std::ranges::find_if(to, of_family);
      if (std::ranges::none_of(from, of_family) || goal == to.end()) continue;
      f_.require(on_link(t_, t_.sender.node, "", *goal) || routed(*goal), *p_.path,
                 t_.addressed == t_.target ? "target" : "addressed",
                 fmt::format("{} is on no subnet of node '{}', and no route there leads to it",
                             address_text(goal->family, goal->bytes.data()), t_.sender.node));
    }
  }

  bool routed(const Prefix& goal) const {
    return std::ranges::any_of(t_.routes, [&](const Route& r) {
      const auto to = parse_prefix(r.to);
      return r.node == t_.sender.node && to && same_subnet(*to, goal);
    });
  }

  Faults& f_;
  const Topology& t_;
  const Places& p_;
  std::map<std::string, std::string> owner_;  // address -> device
};

}  // namespace

std::vector<Prefix> addresses_of(const Device& d) {
  std::vector<Prefix> all;
  for (const auto* list : {&d.ipv4, &d.ipv6}) {
    for (const std::string& text : *list) {
      if (const auto p = parse_prefix(text)) all.push_back(*p);
    }
  }
  return all;
}

std::string option_of(const Device& device, const char* key) {
  const auto at = device.options.find(key);
  return at == device.options.end() ? std::string() : at->second;
}

bool has_address(const Topology& topology, const std::string& node, const std::string& address) {
  const auto wanted = parse_address(address);
  return wanted && std::ranges::any_of(topology.devices, [&](const Device& d) {
           return d.at.node == node && std::ranges::any_of(addresses_of(d), [&](const Prefix& p) {
                    return p.family == wanted->family && p.bytes == wanted->bytes;
                  });
         });
}

void check_reach(Faults& faults, const Topology& topology, const Places& places) {
  ReachRules(faults, topology, places).all();
}

}  // namespace hopcost::nsglue
