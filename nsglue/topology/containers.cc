#include "nsglue/topology/containers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "nsglue/kinds/kind.h"
#include "nsglue/topology/address_plan.h"

namespace hopcost::nsglue {
namespace {

constexpr std::size_t kMostDeviceName = 15;  // IFNAMSIZ less its zero
constexpr unsigned kMostPort = 65535;
constexpr unsigned kMostTunnelId = 0xff'ffff;  // of vxlan and geneve

/// What each container has for itself.
struct Own {
  std::set<std::string> nodes;
  std::set<DeviceRef> devices;
  [[nodiscard]] bool has(const DeviceRef& at) const { return devices.contains(at); }
};

/// The device through which the sender's packets leave the node.
const Device& wire_of(const Topology& t) {
  const Device* d = t.find(t.sender);
  while (d->lower) d = t.find(*d->lower);
  return *d;
}

/// Whether the device leads to one of a container's own: its peer or lower device is one, a machine's NIC on
/// it is one, or its tunnel ends at one.
bool leads_to_own(const Topology& t, const Device& d, const Own& own) {
  if ((d.peer && own.has(*d.peer)) || (d.lower && own.has(*d.lower))) return true;
  const auto is_its_nic = [&](const Device& other) {
    return is_in_machine(other.kind) && other.lower == d.at && own.has(other.at);
  };
  if (std::ranges::any_of(t.devices, is_its_nic)) return true;
  const auto remote = d.options.find("remote");
  if (remote == d.options.end()) return false;
  return std::ranges::any_of(t.devices, [&](const Device& other) {
    return own.has(other.at) && std::ranges::any_of(other.ipv4, [&](const std::string& text) {
             return text.starts_with(remote->second + "/");
           });
  });
}

Result<Own> find_own(const Topology& t) {
  const Device& wire = wire_of(t);
  if (wire.at.node != t.sender.node)
    return error(Exit::kUsage, fmt::format("packets start in a container, '{}'", t.sender.node));
  if (!wire.peer || wire.peer->node == wire.at.node)
    return error(Exit::kUsage, fmt::format("'{}' is no end of a wire to another node", wire.at.text()));
  Own own;
  for (const Device& d : t.devices) {
    if (d.at.node == wire.at.node && d.at != wire.at && d.peer && d.peer->node != wire.at.node)
      return error(Exit::kUsage, fmt::format("it has two wires, '{}' and '{}'", wire.at.text(), d.at.text()));
    if (d.at.node != wire.at.node && d.at.node != wire.peer->node) own.devices.insert(d.at);
  }
  for (const Node& n : t.nodes) {
    if (n.name != wire.at.node && n.name != wire.peer->node) own.nodes.insert(n.name);
  }
  for (bool more = true; more;) {
    more = false;
    for (const Device& d : t.devices) {
      if (d.at.node == wire.peer->node && leads_to_own(t, d, own)) more |= own.devices.insert(d.at).second;
    }
  }
  return own;
}

/// Refuses what the kernel or a program can't have twice on one shared device.
Result<void> refuse_single(const Topology& t, const Own& own) {
  for (const Device& d : t.devices) {
    if (!own.has(d.at) || !d.lower || own.has(*d.lower)) continue;
    const auto mode = d.options.find("mode");
    if (d.kind == "vlan")
      return error(Exit::kUsage,
                   fmt::format("'{}' can have one VLAN {} and no more", d.lower->text(), d.options.at("id")));
    if (mode != d.options.end() && mode->second == "passthru")
      return error(Exit::kUsage,
                   fmt::format("'{}' can have one passthru device and no more", d.lower->text()));
  }
  for (const Redirect& r : t.redirects) {
    if (!own.has(r.at) && own.has(r.to))
      return error(
          Exit::kUsage,
          fmt::format("the program at '{}' looks at nothing and can't tell containers apart", r.at.text()));
  }
  return {};
}

/// Copies a topology part by part. The first error is kept.
class Multiplier {
 public:
  Multiplier(const Topology& topology, unsigned n, Own own, AddressPlan plan)
      : t_(topology), n_(n), own_(std::move(own)), plan_(std::move(plan)) {
    shifts_ports_ = !own_.has(t_.target) || !t_.published.empty();
  }

  Result<Topology> run() {
    m_.name = many_name(t_.name, n_);
    m_.summary = fmt::format("{} containers: {}", n_, t_.summary);
    m_.group = t_.group;
    m_.file = t_.file;
    m_.text = t_.text;
    m_.sender = t_.sender;
    copy_parts();
    for (unsigned i = 0; i < n_; ++i) m_.containers.push_back(path(i));
    const ContainerPath& first = m_.containers.front();
    m_.target = first.target;
    m_.addressed = first.addressed;
    m_.next_hop = first.next_hop;
    m_.taps = first.taps;
    m_.sinks = first.sinks;
    if (fault_) return std::unexpected(*fault_);
    if (auto done = check_unique(); !done) return forward(done);
    return std::move(m_);
  }

 private:
  void copy_parts() {
    m_.shared.nodes = multiply(
        t_.nodes, m_.nodes, [&](const Node& x) { return own_.nodes.contains(x.name); },
        [&](const Node& x, unsigned i) { return Node{.name = node(x.name, i), .sysctls = x.sysctls}; });
    m_.shared.devices = multiply(
        t_.devices, m_.devices, [&](const Device& x) { return own_.has(x.at); },
        [&](const Device& x, unsigned i) { return device(x, i); });
    m_.shared.routes = multiply(
        t_.routes, m_.routes, [&](const Route& x) { return is_own(x); },
        [&](const Route& x, unsigned i) { return route(x, i); });
    m_.shared.neighbours = multiply(
        t_.neighbours, m_.neighbours, [&](const Neighbour& x) { return own_.has(x.on) || own_.has(x.owner); },
        [&](const Neighbour& x, unsigned i) {
          return Neighbour{ref(x.on, i), ref(x.owner, i), addresses(x.ips, i)};
        });
    m_.shared.published = multiply(
        t_.published, m_.published, [&](const Publish& x) { return own_.has(x.bridge) || own_.has(x.to); },
        [&](const Publish& x, unsigned i) {
          return Publish{ref(x.bridge, i), ref(x.to, i), port(x.port, i), port(x.inside, i), x.by};
        });
    m_.shared.redirects = multiply(
        t_.redirects, m_.redirects, [&](const Redirect& x) { return own_.has(x.at); },
        [&](const Redirect& x, unsigned i) {
          return Redirect{ref(x.at, i), ref(x.to, i), x.hook, x.how};
        });
    m_.shared.nevers = multiply(
        t_.nevers, m_.nevers, [&](const Never& x) { return own_.has(x.from) || own_.has(x.to); },
        [&](const Never& x, unsigned i) {
          return Never{ref(x.from, i), ref(x.to, i), ref(x.next_hop, i), port(x.port, i)};
        });
  }

  /// Copies what is shared, then container by container what is own. Gives how many are shared.
  template <class T, class IsOwn, class Copy>
  std::size_t multiply(const std::vector<T>& from, std::vector<T>& into, IsOwn is_own, Copy copy) {
    for (const T& x : from) {
      if (!is_own(x)) into.push_back(copy(x, 0));
    }
    const std::size_t shared = into.size();
    for (unsigned i = 0; i < n_; ++i) {
      for (const T& x : from) {
        if (is_own(x)) into.push_back(copy(x, i));
      }
    }
    return shared;
  }

  template <class T>
  T take(Result<T> r) {
    if (r) return std::move(*r);
    if (!fault_) fault_ = std::move(r).error();
    return {};
  }

  [[nodiscard]] std::string node(const std::string& name, unsigned i) const {
    return own_.nodes.contains(name) ? fmt::format("{}_{}", name, i + 1) : name;
  }

  [[nodiscard]] DeviceRef ref(const DeviceRef& at, unsigned i) const {
    if (own_.nodes.contains(at.node)) return {node(at.node, i), at.device};
    return own_.has(at) ? DeviceRef{at.node, fmt::format("{}_{}", at.device, i + 1)} : at;
  }

  [[nodiscard]] std::uint16_t port(std::uint16_t port, unsigned i) {
    const unsigned shifted = port + (shifts_ports_ ? kContainerStride * i : 0);
    if (shifted > kMostPort && !fault_)
      fault_ = Error{.what = fmt::format("port {} leaves no room for {} containers", port, n_),
                     .err = 0,
                     .hint = {},
                     .code = Exit::kUsage};
    return static_cast<std::uint16_t>(shifted);
  }

  [[nodiscard]] std::vector<std::string> addresses(const std::vector<std::string>& list, unsigned i) {
    std::vector<std::string> moved;
    for (const std::string& text : list) moved.push_back(take(plan_.address(text, i)));
    return moved;
  }

  [[nodiscard]] std::string mac(const Device& d, unsigned i) {
    if (d.mac.empty() || !own_.has(d.at)) return d.mac;
    const Device* lower = d.lower ? t_.find(*d.lower) : nullptr;
    if (lower != nullptr && lower->mac == d.mac) return mac(*lower, i);
    auto bytes = *parse_mac(d.mac);
    bytes[3] = static_cast<std::uint8_t>(bytes[3] + i);
    return mac_text(bytes.data());
  }

  Device device(const Device& from, unsigned i) {
    Device d = from;
    d.at = ref(from.at, i);
    d.mac = mac(from, i);
    if (from.peer) d.peer = ref(*from.peer, i);
    if (from.lower) d.lower = ref(*from.lower, i);
    if (!from.master.empty()) d.master = ref({from.at.node, from.master}, i).device;
    d.fdb.clear();
    for (const DeviceRef& at : from.fdb) add_fdb(d.fdb, from, at, i);
    for (auto* list : {&d.ipv4, &d.ipv6}) {
      for (std::string& text : *list) text = take(plan_.with_length(text, i));
    }
    if (own_.has(from.at)) tunnel(d, i);
    return d;
  }

  /// A shared port leads to all containers, an own port to its own.
  void add_fdb(std::vector<DeviceRef>& fdb, const Device& port, const DeviceRef& at, unsigned i) const {
    const bool all = own_.has(at) && !own_.has(port.at);
    for (unsigned j = all ? 0 : i; j < (all ? n_ : i + 1); ++j) fdb.push_back(ref(at, j));
  }

  void tunnel(Device& d, unsigned i) {
    for (const char* key : {"local", "remote"}) {
      const auto end = d.options.find(key);
      if (end != d.options.end()) end->second = take(plan_.address(end->second, i));
    }
    // What tells the tunnels of one node apart. For WireGuard it is the port at which each listens.
    const auto id = d.options.find(d.kind == "wireguard" ? "udp_port" : "id");
    if (id == d.options.end() || !d.options.contains("remote")) return;
    unsigned number = 0;
    std::from_chars(id->second.data(), id->second.data() + id->second.size(), number);
    const unsigned most = d.kind == "wireguard" ? kMostPort : kMostTunnelId;
    if (number + i > most && !fault_)
      fault_ = Error{.what = fmt::format("{} {} of '{}' leaves no room for {} containers", id->first, number,
                                         d.at.text(), n_),
                     .err = 0,
                     .hint = {},
                     .code = Exit::kUsage};
    id->second = std::to_string(number + i);
  }

  [[nodiscard]] bool is_own(const Route& r) const {
    return own_.nodes.contains(r.node) || own_.has({r.node, r.device}) || plan_.differs(r.to) ||
           plan_.differs(r.via);
  }

  Route route(const Route& r, unsigned i) {
    return {node(r.node, i), take(plan_.destination(r.to, i)),
            r.via.empty() ? "" : take(plan_.address(r.via, i)),
            r.device.empty() ? "" : ref({r.node, r.device}, i).device};
  }

  ContainerPath path(unsigned i) {
    ContainerPath p{ref(t_.target, i), ref(t_.addressed, i), ref(t_.next_hop, i), {}, {}};
    for (const Tap& tap : t_.taps) p.taps.push_back({tap.name, ref(tap.at, i), tap.direction, tap.hook});
    for (const SinkPort& s : t_.sinks) p.sinks.push_back({node(s.node, i), port(s.port, i)});
    if (shifts_ports_ && p.sinks.empty() && !fault_)
      fault_ = Error{.what = "containers are told by ports here, so it needs a [[sink]]",
                     .err = 0,
                     .hint = {},
                     .code = Exit::kUsage};
    return p;
  }

  /// Checks what is new. The file's own names and addresses were checked when it was read.
  [[nodiscard]] Result<void> check_unique() const {
    std::set<DeviceRef> names;
    std::set<std::string> macs;
    for (const Device& d : m_.devices) {
      if (d.at.device.size() > kMostDeviceName)
        return error(Exit::kUsage,
                     fmt::format("device name '{}' would be above {} bytes: choose a shorter one",
                                 d.at.device, kMostDeviceName));
      if (!names.insert(d.at).second)
        return error(Exit::kUsage, fmt::format("two devices would be named '{}'", d.at.text()));
      const Device* lower = d.lower ? m_.find(*d.lower) : nullptr;
      const bool of_lower = lower != nullptr && lower->mac == d.mac;
      if (!d.mac.empty() && !of_lower && !macs.insert(d.mac).second)
        return error(Exit::kUsage, fmt::format("two devices would have the MAC address {}", d.mac));
    }
    return {};
  }

  const Topology& t_;
  unsigned n_;
  Own own_;
  AddressPlan plan_;
  bool shifts_ports_ = false;  // containers share the address that packets are sent to
  Topology m_;
  std::optional<Error> fault_;
};

/// Takes the elements of container `i`; without `i`, the shared ones.
template <class T>
void take_part(const std::vector<T>& from, std::size_t shared, std::size_t containers,
               std::optional<std::size_t> i, std::vector<T>& into) {
  const std::size_t each = (from.size() - shared) / containers;
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(i ? shared + *i * each : 0);
  into.insert(into.end(), begin, begin + static_cast<std::ptrdiff_t>(i ? each : shared));
}

void take_parts(const Topology& from, std::optional<std::size_t> i, Topology& into) {
  const std::size_t n = from.containers.size();
  const SharedCounts& s = from.shared;
  take_part(from.nodes, s.nodes, n, i, into.nodes);
  take_part(from.devices, s.devices, n, i, into.devices);
  take_part(from.routes, s.routes, n, i, into.routes);
  take_part(from.neighbours, s.neighbours, n, i, into.neighbours);
  take_part(from.published, s.published, n, i, into.published);
  take_part(from.redirects, s.redirects, n, i, into.redirects);
  take_part(from.nevers, s.nevers, n, i, into.nevers);
}

/// The topology without nodes, devices and what connects them.
Topology outline(const Topology& t, std::size_t i) {
  Topology o;
  o.name = t.name;
  o.summary = t.summary;
  o.group = t.group;
  o.file = t.file;
  o.sender = t.sender;
  const ContainerPath& p = t.containers[i];
  o.target = p.target;
  o.addressed = p.addressed;
  o.next_hop = p.next_hop;
  o.taps = p.taps;
  o.sinks = p.sinks;
  return o;
}

}  // namespace

std::string many_name(const std::string& name, unsigned n) {
  return n == 1 ? name : fmt::format("{}.x{}", name, n);
}

Result<Topology> with_containers(const Topology& topology, unsigned n) {
  if (n < 1 || n > kMostContainers)
    return error(Exit::kUsage, fmt::format("{} containers: 1 to {} can stand", n, kMostContainers));
  if (!topology.containers.empty())
    return error(Exit::kUsage, fmt::format("{} has many containers already", topology.name));
  if (n == 1) return topology;
  const auto refuse = [&](Error e) -> Result<Topology> {
    e.what = fmt::format("{} can't have {} containers: {}",
                         topology.file.empty() ? topology.name : topology.file.string(), n, e.what);
    return std::unexpected(std::move(e));
  };
  if (topology.adopted() || !topology.conflist.empty())
    return refuse({.what = "its containers are others' work", .err = 0, .hint = {}, .code = Exit::kUsage});
  auto own = find_own(topology);
  if (!own) return refuse(own.error());
  if (auto done = refuse_single(topology, *own); !done) return refuse(done.error());
  auto plan = AddressPlan::make(topology, [&](const Device& d) { return own->has(d.at); });
  if (!plan) return refuse(plan.error());
  auto many = Multiplier(topology, n, std::move(*own), std::move(*plan)).run();
  return many ? std::move(many) : refuse(many.error());
}

std::size_t container_count(const Topology& topology) noexcept {
  return topology.containers.empty() ? 1 : topology.containers.size();
}

Topology container_part(const Topology& topology, std::size_t i) {
  Topology part = outline(topology, i);
  take_parts(topology, i, part);
  return part;
}

Topology container_view(const Topology& topology, std::size_t i) {
  if (topology.containers.empty()) return topology;
  Topology view = outline(topology, i);
  take_parts(topology, std::nullopt, view);
  take_parts(topology, i, view);
  return view;
}

Topology shared_part(const Topology& topology) {
  Topology part = outline(topology, 0);
  take_parts(topology, std::nullopt, part);
  return part;
}

}  // namespace hopcost::nsglue
