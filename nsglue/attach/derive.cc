#include "nsglue/attach/derive.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "nsglue/attach/survey.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

class Derivation {
 public:
  Derivation(const std::string& reference, const WayIn& way, const std::vector<Translation>& translations)
      : way_(way), engine_(way.wire.netns) {
    found_.reference = reference;
    find_published(translations);
  }

  Result<Attached> run() {
    Topology& t = found_.topology;
    const std::size_t before = found_.reference.find_last_of(":/");
    t.name = topology_name(found_.reference.substr(before + 1));
    if (auto done = add_devices(); !done) return forward(done);
    add_taps();
    if (auto done = add_path(); !done) return forward(done);
    found_.mode = mode();
    t.summary = words();
    t.group = way_.routed || published_ ? "layer 3" : way_.end ? "layer 2" : "host";
    add_notes();
    return std::move(found_);
  }

 private:
  /// Finds the first port that is translated to the container's address.
  void find_published(const std::vector<Translation>& translations) {
    const auto own = way_.end ? way_.end.netns->ipv4_of(*way_.end.link) : std::nullopt;
    for (const Translation& t : translations) {
      if (own && !published_ && t.to.bytes == own->bytes && t.to.family == AF_INET) published_ = t;
    }
  }

  std::string node_of(const NetnsState& netns) {
    for (const Node& n : found_.topology.nodes) {
      if (n.netns_inode == netns.at.inode) return n.name;
    }
    const bool ends = way_.end && way_.end.netns == &netns;
    const std::string name = ends ? "container" : &netns == engine_ ? "dut" : "tester";
    Node node;
    node.name = name;
    node.adopts = ends ? found_.reference : netns.at.reference;
    node.netns = netns.at.netns;
    node.netns_inode = netns.at.inode;
    found_.topology.nodes.push_back(std::move(node));
    return name;
  }

  DeviceRef ref(const Spot& spot) { return {node_of(*spot.netns), spot.link->name}; }

  /// Adds the devices from outside to inside; a bridge comes before its ports.
  Result<void> add_devices() {
    std::vector<Spot> order;
    if (way_.sender) order.push_back(way_.sender);
    order.push_back(way_.wire);
    if (way_.bridge) order.push_back(way_.bridge);
    order.insert(order.end(), way_.stack.begin(), way_.stack.end());
    if (way_.end && way_.end != way_.wire) order.push_back(way_.end);
    for (const Spot& spot : order) (void)node_of(*spot.netns);
    for (const Spot& spot : order) {
      auto device = read_device(spot);
      if (!device) return forward(device);
      found_.topology.devices.push_back(std::move(*device));
    }
    relate(order);
    return {};
  }

  Result<Device> read_device(const Spot& spot) {
    const LinkState& s = *spot.link;
    Device d;
    d.at = ref(spot);
    d.kind = s.kind.empty() ? kNicKind : s.kind;
    d.mac = s.mac;
    d.mtu = s.mtu;
    d.txqueuelen = s.txqueuelen;
    d.options = s.options;
    d.port = s.port;
    auto offloads = read_offloads(spot.netns->ns.ioctl.get(), s.name);
    if (!offloads) return forward(offloads);
    d.offloads = std::move(*offloads);
    const auto own = spot.netns->addresses.find(s.index);
    if (own == spot.netns->addresses.end()) return d;
    for (const Prefix& p : own->second) (p.family == AF_INET ? d.ipv4 : d.ipv6).push_back(prefix_text(p));
    return d;
  }

  /// Sets peers, lower devices and masters, as far as they are among the path's devices.
  void relate(const std::vector<Spot>& order) {
    std::vector<Device>& devices = found_.topology.devices;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const LinkState& s = *order[i].link;
      for (std::size_t j = 0; j < order.size(); ++j) {
        const LinkState& other = *order[j].link;
        const bool below = i != j && s.lower_index == other.index &&
                           (s.lower_netnsid >= 0) == (order[i].netns != order[j].netns);
        if (below) (s.kind == "veth" ? devices[i].peer : devices[i].lower) = devices[j].at;
        if (order[i].netns == order[j].netns && s.master_index == other.index) devices[i].master = other.name;
      }
    }
  }

  void tap(const char* name, const Spot& at, const char* direction) {
    found_.topology.taps.push_back({name, ref(at), direction, ""});
  }

  void add_taps() {
    tap("wire", way_.wire, "in");
    if (!way_.end || way_.end == way_.wire) return;
    for (const Spot& s : way_.stack) {
      if (s.link->kind == "vlan") tap("vlan", s, "in");
      if (s.link->kind == "veth") tap(way_.bridge ? "bridge_port" : "veth", s, "out");
    }
    const auto mode = way_.end.link->options.find("mode");
    const bool hidden = way_.end.link->kind == "ipvlan" && mode != way_.end.link->options.end() &&
                        mode->second == "l3s";  // ipvlan takes its frames out before a tap can see them
    if (!hidden) tap("container", way_.end, "in");
  }

  /// Sets where packets start and end, and what they are addressed to.
  Result<void> add_path() {
    Topology& t = found_.topology;
    const Spot end = way_.end ? way_.end : way_.wire;
    t.sender = ref(way_.sender ? way_.sender : way_.wire);
    t.target = ref(end);
    t.addressed = published_ && way_.routed ? ref(way_.wire) : t.target;
    t.next_hop = way_.routed ? ref(way_.wire) : t.target;
    const std::set<std::uint16_t> used = used_udp_ports(end.netns->at.netns);
    t.sinks.push_back({t.target.node, published_ ? published_->to_port : free_udp_port(used)});
    if (published_ && used.contains(published_->to_port))
      found_.notes.push_back(fmt::format(
          "a program of the container has its UDP port {}: no probe can end there", published_->to_port));
    if (published_ && way_.routed) {
      const Spot at = way_.bridge ? way_.bridge : way_.stack.empty() ? way_.wire : way_.stack.front();
      t.published.push_back({ref(at), t.target, published_->port, published_->to_port});
    }
    for (const DeviceRef& needed : {t.addressed, t.sender}) {
      if (!t.find(needed)->ipv4.empty() || t.from_outside()) continue;
      return error(Exit::kMissing, fmt::format("{} ({}) has no IPv4 address, which packets to {} need",
                                               needed.text(), adopted_as(needed.node), found_.reference));
    }
    return {};
  }

  std::string adopted_as(const std::string& node) {
    return std::ranges::find(found_.topology.nodes, node, &Node::name)->adopts;
  }

  std::string mode() const {
    if (!way_.end) return "host";
    if (way_.end == way_.wire) return "own device";
    const std::string& kind = way_.end.link->kind;
    const std::string base =
        way_.bridge && kind == "veth" ? (way_.bridge.link->kind == "bridge" ? "bridge" : "ovs") : kind;
    return way_.routed && published_ ? base + " nat" : base;
  }

  std::string words() const {
    if (!way_.end) return fmt::format("{} has its host's own network", found_.reference);
    std::string text = fmt::format("{}'s {} ", found_.reference, way_.end.link->name);
    const std::string& kind = way_.end.link->kind;
    if (way_.end == way_.wire) return text + "is a device of its own, with nothing before it";
    if (kind == "veth") {
      const std::string& outer = way_.stack.empty() ? way_.wire.link->name : way_.stack.back().link->name;
      text += fmt::format("is a veth whose other end {} ", outer);
      text += way_.bridge ? fmt::format("is a port of {}", way_.bridge.link->name) : "is routed to";
    } else {
      const auto of_mode = way_.end.link->options.find("mode");
      const std::string in_mode =
          of_mode == way_.end.link->options.end() ? "" : " in mode " + of_mode->second;
      text += fmt::format("is a {}{} on {}", kind, in_mode,
                          way_.stack.empty() ? way_.wire.link->name : way_.stack.back().link->name);
    }
    if (way_.routed && published_)
      text +=
          fmt::format("; port {} is translated to {}:{}", published_->port,
                      address_text(published_->to.family, published_->to.bytes.data()), published_->to_port);
    return text;
  }

  void add_notes() {
    if (way_.routed && !published_ && way_.bridge)
      found_.notes.emplace_back(
          "no UDP port is published that nftables shows: rules of iptables-legacy are not shown over "
          "netlink, and "
          "a firewall may drop what is routed");
    if (found_.topology.from_outside())
      found_.notes.push_back(fmt::format("{} leads out of this machine: packets have to come from another",
                                         found_.topology.sender.text()));
  }

  const WayIn& way_;
  const NetnsState* engine_;
  std::optional<Translation> published_;
  Attached found_;
};

}  // namespace

Result<Attached> derive(const std::string& reference, const WayIn& way,
                        const std::vector<Translation>& translations) {
  return Derivation(reference, way, translations).run();
}

}  // namespace hopcost::nsglue
