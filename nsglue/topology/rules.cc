// What must hold between the parts of a topology. A file that keeps these rules is not at fault when the
// kernel refuses something later.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nsglue/kinds/kind.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/names.h"
#include "nsglue/topology/parse.h"

namespace hopcost::nsglue {
namespace {

/// Whether it is a host's address: neither the subnet's own nor, with IPv4, its broadcast address (a /31 has
/// neither, RFC 3021).
bool is_host(const Prefix& p) {
  if (p.size() * 8 - p.length < 2) return true;
  bool zeros = true, ones = p.size() == 4;
  for (unsigned bit = p.length; bit < p.size() * 8; ++bit) {
    const bool set = (p.bytes[bit / 8] & 0x80u >> bit % 8) != 0;
    zeros = zeros && !set;
    ones = ones && set;
  }
  return !zeros && !ones;
}

class Rules {
 public:
  Rules(Faults& faults, const Topology& topology, const Places& places)
      : f_(faults), t_(topology), p_(places) {}

  void all() {
    nodes();
    for (std::size_t i = 0; i < t_.devices.size(); ++i) device(i);
    for (std::size_t i = 0; i < t_.routes.size(); ++i) route(t_.routes[i], p_.routes[i]);
    for (std::size_t i = 0; i < t_.neighbours.size(); ++i) neighbour(t_.neighbours[i], p_.neighbours[i]);
    for (std::size_t i = 0; i < t_.taps.size(); ++i) tap(t_.taps[i], p_.taps[i]);
    for (std::size_t i = 0; i < t_.sinks.size(); ++i) known_node(t_.sinks[i].node, p_.sinks[i], "node");
    for (std::size_t i = 0; i < t_.published.size(); ++i) publish(t_.published[i], p_.published[i]);
    for (std::size_t i = 0; i < t_.redirects.size(); ++i) redirect(t_.redirects[i], p_.redirects[i]);
    for (std::size_t i = 0; i < t_.nevers.size(); ++i) never(t_.nevers[i], p_.nevers[i]);
    path();
  }

 private:
  void nodes() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < t_.nodes.size(); ++i) {
      const std::string& name = t_.nodes[i].name;
      f_.require(is_word(name, 16, "_"), p_.nodes[i], "name",
                 fmt::format("node name '{}' must be 1 to 16 lower-case letters, digits and '_'", name));
      f_.require(seen.insert(name).second, p_.nodes[i], "name",
                 fmt::format("node '{}' is declared twice", name));
      f_.require(t_.nodes[i].adopts.empty() != t_.adopted(), p_.nodes[i], "adopts",
                 "either every node adopts a namespace, or none does");
      f_.require(t_.nodes[i].adopts.empty() || t_.nodes[i].sysctls.empty(), p_.nodes[i], "sysctls",
                 "an adopted namespace is left as it is");
    }
  }

  bool known_node(const std::string& node, const TomlTable& at, std::string_view key) {
    const bool known =
        std::any_of(t_.nodes.begin(), t_.nodes.end(), [&](const Node& n) { return n.name == node; });
    f_.require(known, at, key, fmt::format("there is no node '{}'", node));
    return known;
  }

  const Device* known_device(const DeviceRef& ref, const TomlTable& at, std::string_view key) {
    const Device* d = t_.find(ref);
    f_.require(d != nullptr, at, key, fmt::format("there is no device '{}'", ref.text()));
    return d;
  }

  void device(std::size_t index) {
    const Device& d = t_.devices[index];
    const TomlTable& at = p_.devices[index];
    known_node(d.at.node, at, "at");
    // See net/core/dev.c: dev_valid_name(), and __dev_alloc_name(), which replaces a '%' by a number.
    const std::set<std::string> taken = {"lo", ".", "..", kFeeder, kFeederBridge};
    f_.require(d.at.device.size() <= 15 && d.at.device.find_first_of(" \t\n\v\f\r:%") == std::string::npos &&
                   !taken.contains(d.at.device),
               at, "at",
               fmt::format(
                   "device name '{}' must be 1 to 15 bytes without spaces, ':' and '%', and not lo, {} or {}",
                   d.at.device, kFeeder, kFeederBridge));
    f_.require(t_.find(d.at) == &d, at, "at", fmt::format("device '{}' is declared twice", d.at.text()));
    if (t_.adopted()) {
      adopted(d, at);
    } else {
      shape(index, *find_kind(d.kind));
      mac(index, find_kind(d.kind)->mac);
      master(d, at);
    }
    f_.require(!is_program_switch(d.kind) || (d.ipv4.empty() && d.ipv6.empty()), at,
               d.ipv4.empty() ? "ipv6" : "ipv4", fmt::format("a device of kind {} has no addresses", d.kind));
    addresses(d.ipv4, 2, at, "ipv4");
    addresses(d.ipv6, 10, at, "ipv6");
    f_.require(d.ipv6.empty() || d.mtu >= 1280, at, "mtu",
               "IPv6 needs an MTU of at least 1280 (RFC 8200, section 5)");
    for (const DeviceRef& ref : d.fdb) has_mac(known_device(ref, at, "fdb"), at, "fdb");
    f_.require(d.fdb.empty() || !d.master.empty(), at, "fdb", "'fdb' is for devices with a 'master'");
    f_.require(!d.masquerade || !d.ipv4.empty() || !d.ipv6.empty(), at, "masquerade",
               "a device that masquerades needs an address");
  }

  /// The device needs a MAC address, because others send to it.
  void has_mac(const Device* d, const TomlTable& at, std::string_view key) {
    const LinkKind* kind = d != nullptr ? find_kind(d->kind) : nullptr;
    f_.require(kind == nullptr || kind->mac != MacFrom::kNone, at, key,
               fmt::format("'{}' has no MAC address", d != nullptr ? d->at.text() : ""));
  }

  /// What others made is taken as it is. Only what it refers to must exist.
  void adopted(const Device& d, const TomlTable& at) {
    if (d.peer) known_device(*d.peer, at, "peer");
    if (d.lower) known_device(*d.lower, at, "lower");
    if (!d.master.empty()) known_device({d.at.node, d.master}, at, "master");
    f_.require(d.mac.empty() || parse_mac(d.mac).has_value(), at, "mac",
               fmt::format("'{}' is not a MAC address such as 02:68:63:00:00:01", d.mac));
  }

  void mac(std::size_t index, MacFrom from) {
    const Device& d = t_.devices[index];
    if (from == MacFrom::kNone) return;
    const auto bytes = parse_mac(d.mac);
    const Device* lower = from == MacFrom::kLower && d.lower ? t_.find(*d.lower) : nullptr;
    f_.require(lower == nullptr || parse_mac(lower->mac) == bytes, p_.devices[index], "mac",
               fmt::format("the MAC address here is that of the lower device, {}", lower ? lower->mac : ""));
    f_.require(bytes && ((*bytes)[0] & 1) == 0 && *bytes != Mac{}, p_.devices[index], "mac",
               fmt::format("'{}' is not a unicast MAC address such as 02:68:63:00:00:01", d.mac));
    for (std::size_t i = 0; i < index; ++i) {
      f_.require(&mac_holder(d) == &mac_holder(t_.devices[i]) || parse_mac(t_.devices[i].mac) != bytes,
                 p_.devices[index], "mac",
                 fmt::format("'{}' has the same MAC address", t_.devices[i].at.text()));
    }
  }

  /// The device whose MAC address this one may share: the lowest of its stack that has the same, or itself.
  const Device& mac_holder(const Device& d) const {
    const Device* lowest = &d;
    while (lowest->lower) {
      const auto mode = lowest->options.find("mode");
      const bool passthru = mode != lowest->options.end() && mode->second == "passthru";
      const Device* lower = t_.find(*lowest->lower);
      if (lower == nullptr || lower >= lowest) break;  // the file is wrong, which another rule reports
      if (find_kind(lowest->kind)->mac == MacFrom::kOwn && !passthru) break;
      lowest = lower;
    }
    return *lowest;
  }

  void shape(std::size_t index, const LinkKind& kind) {
    const Device& d = t_.devices[index];
    const TomlTable& at = p_.devices[index];
    const bool pair = kind.shape == Shape::kPair || kind.shape == Shape::kTunnel;
    const bool on_lower = kind.shape == Shape::kOnLower;
    f_.require(d.peer.has_value() == pair, at, "peer",
               fmt::format("a {} {} 'peer'", kind.name, pair ? "needs a" : "has no"));
    f_.require(d.lower.has_value() == on_lower, at, "lower",
               fmt::format("a {} {} 'lower' device", kind.name, on_lower ? "needs a" : "has no"));
    if (d.peer) {
      const Device* peer = known_device(*d.peer, at, "peer");
      f_.require(peer == nullptr || (peer != &d && peer->kind == d.kind && peer->peer == d.at), at, "peer",
                 fmt::format("'{}' does not name '{}' as its peer", d.peer->text(), d.at.text()));
    }
    if (d.lower) {
      const Device* lower = known_device(*d.lower, at, "lower");
      f_.require(lower == nullptr || lower < &d, at, "lower",
                 fmt::format("'{}' must be declared before", d.lower->text()));
      f_.require(lower == nullptr || !is_in_machine(d.kind) || lower->kind == "tun", at, "lower",
                 fmt::format("a {} stands on a tun", d.kind));
      f_.require(lower == nullptr || !is_in_machine(lower->kind), at, "lower",
                 fmt::format("nothing stands on a {}", lower != nullptr ? lower->kind : ""));
    }
  }

  void master(const Device& d, const TomlTable& at) {
    if (d.master.empty()) return;
    const Device* master = known_device({d.at.node, d.master}, at, "master");
    f_.require(master == nullptr || (master != &d && find_kind(master->kind)->has_ports), at, "master",
               fmt::format("'{}' can't have ports", d.master));
    f_.require(master == nullptr || !is_switch(d.kind) || !is_switch(master->kind), at, "master",
               "a bridge can't be a port of a bridge: join them by a veth pair");
    std::set<const Device*> above = {&d};
    for (const Device* m = master; m != nullptr;
         m = m->master.empty() ? nullptr : t_.find({m->at.node, m->master})) {
      f_.require(above.insert(m).second, at, "master",
                 fmt::format("'{}' is in the end its own port", m->at.text()));
      if (f_.any()) return;
    }
  }

  void addresses(const std::vector<std::string>& list, int family, const TomlTable& at,
                 std::string_view key) {
    std::set<std::string> seen;
    for (const std::string& text : list) {
      const auto p = parse_prefix(text);
      f_.require(
          p && p->family == family && text.find('/') != std::string::npos, at, key,
          fmt::format("'{}' is not an {} address with a prefix length", text, family == 2 ? "IPv4" : "IPv6"));
      f_.require(!p || seen.insert(address_text(p->family, p->bytes.data())).second, at, key,
                 fmt::format("'{}' is given twice", text));
      f_.require(!p || is_host(*p), at, key,
                 fmt::format("'{}' is all of its subnet, not one address of it", text));
    }
  }

  void route(const Route& r, const TomlTable& at) {
    known_node(r.node, at, "node");
    const auto to = parse_prefix(r.to);
    f_.require(to.has_value(), at, "to", fmt::format("'{}' is not a prefix such as 198.18.1.0/24", r.to));
    f_.require(!r.via.empty() || !r.device.empty(), at, "node", "a route needs 'via', 'device', or both");
    const auto via = parse_address(r.via);
    f_.require(r.via.empty() || (via && to && via->family == to->family), at, "via",
               fmt::format("'{}' is not an address of the family of '{}'", r.via, r.to));
    if (!r.device.empty()) known_device({r.node, r.device}, at, "device");
  }

  void neighbour(const Neighbour& n, const TomlTable& at) {
    known_device(n.on, at, "on");
    has_mac(known_device(n.owner, at, "owner"), at, "owner");
    f_.require(!n.ips.empty(), at, "ips", "'ips' is missing");
    for (const std::string& ip : n.ips)
      f_.require(parse_address(ip).has_value(), at, "ips", fmt::format("'{}' is not an address", ip));
  }

  void tap(const Tap& tap, const TomlTable& at) {
    f_.require(is_word(tap.name, 32, "_"), at, "name",
               fmt::format("tap name '{}' must be 1 to 32 lower-case letters, digits and '_'", tap.name));
    const auto same = [&](const Tap& other) { return other.name == tap.name; };
    f_.require(std::count_if(t_.taps.begin(), t_.taps.end(), same) == 1, at, "name",
               fmt::format("two taps are named '{}'", tap.name));
    known_device(tap.at, at, "at");
    f_.require(tap.direction == "in" || tap.direction == "out", at, "direction",
               "'direction' must be \"in\" or \"out\"");
    f_.require(tap.hook.empty() || tap.hook == "tc" || (tap.hook == "xdp" && tap.direction == "in"), at,
               "hook", "'hook' must be \"tc\", or \"xdp\" with direction \"in\"");
  }

  void publish(const Publish& p, const TomlTable& at) {
    f_.require(p.by == "nftables" || p.by == "iptables", at, "by",
               "'by' must be \"nftables\" or \"iptables\"");
    const Device* bridge = known_device(p.bridge, at, "bridge");
    const Device* to = known_device(p.to, at, "to");
    if (bridge == nullptr || to == nullptr) return;
    const bool common =
        (!bridge->ipv4.empty() && !to->ipv4.empty()) || (!bridge->ipv6.empty() && !to->ipv6.empty());
    f_.require(common || t_.adopted(), at, "to",
               fmt::format("'{}' and '{}' need addresses of a common family", p.bridge.text(), p.to.text()));
  }

  void redirect(const Redirect& r, const TomlTable& at) {
    known_device(r.at, at, "at");
    const Device* to = known_device(r.to, at, "to");
    f_.require(r.hook == "tc" || r.hook == "xdp", at, "hook", "'hook' must be \"tc\" or \"xdp\"");
    f_.require(r.how == "device" || (r.how == "peer" && r.hook == "tc"), at, "how",
               "'how' must be \"device\", or \"peer\" with hook \"tc\"");
    f_.require(r.at.node == r.to.node && r.at != r.to, at, "to",
               "it must be another device of the same node");
    f_.require(r.how != "peer" || to == nullptr || to->peer, at, "to",
               fmt::format("'{}' has no peer", r.to.text()));
    const auto same = [&](const Redirect& other) { return other.at == r.at && other.hook == r.hook; };
    f_.require(std::count_if(t_.redirects.begin(), t_.redirects.end(), same) == 1, at, "at",
               fmt::format("'{}' is redirected twice", r.at.text()));
  }

  void never(const Never& n, const TomlTable& at) {
    known_device(n.from, at, "from");
    known_device(n.to, at, "to");
    known_device(n.next_hop, at, "next_hop");
    f_.require(n.from != n.to, at, "to",
               fmt::format("'{}' always gets what it sends to itself", n.to.text()));
  }

  void path() {
    const TomlTable& at = *p_.path;
    f_.require(
        is_word(t_.name, 24, "-_"), at, "",
        fmt::format("topology name '{}' must be 1 to 24 lower-case letters, digits, '-' and '_'", t_.name));
    const Device* sender = known_device(t_.sender, at, "sender");
    const Device* addressed = known_device(t_.addressed, at, "addressed");
    known_device(t_.target, at, "target");
    has_mac(known_device(t_.next_hop, at, "next_hop"), at, "next_hop");
    if (sender == nullptr || addressed == nullptr) return;
    const bool v4 = !sender->ipv4.empty() && !addressed->ipv4.empty();
    const bool v6 = !sender->ipv6.empty() && !addressed->ipv6.empty();
    f_.require(v4 || v6 || t_.adopted(), at, t_.addressed == t_.target ? "target" : "addressed",
               "sender and target need addresses of a common family");
    f_.require(!t_.taps.empty(), at, "target",
               "at least one [[tap]] is needed: the last one is the end of the path");
    const auto ends_path = [&](const SinkPort& sink) { return sink.node == t_.target.node; };
    f_.require(
        t_.taps.empty() || t_.taps.back().at.node == t_.target.node || t_.ends_in_machine() ||
            std::ranges::any_of(t_.sinks, ends_path),
        p_.taps.empty() ? at : p_.taps.back(), "at",
        fmt::format("the last tap, or a [[sink]], must be in node '{}', where packets end", t_.target.node));
  }

  Faults& f_;
  const Topology& t_;
  const Places& p_;
};

}  // namespace

void check_rules(Faults& faults, const Topology& topology, const Places& places) {
  Rules(faults, topology, places).all();
}

}  // namespace hopcost::nsglue
