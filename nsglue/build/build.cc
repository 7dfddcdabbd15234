#include "nsglue/build/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "base/netns.h"
#include "base/signals.h"
#include "nsglue/build/machines.h"
#include "nsglue/build/tunnels.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kernel/redirect.h"
#include "nsglue/kernel/tap.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

constexpr auto kOperationalTimeout = std::chrono::seconds(3);
constexpr auto kLongestPause = std::chrono::microseconds(5000);
constexpr std::size_t kDriftsTold = 5;
constexpr unsigned kFirstIndex = 100;   // above the indices that a new namespace has
constexpr unsigned kLoopbackIndex = 1;  // net/core/dev.h, LOOPBACK_IFINDEX

/// Builds a whole topology, or a part of it (`part`) beside what stands. The steps run in the order of
/// kSteps; each relies on those before it.
class Builder {
 public:
  Builder(const Topology& whole, const Topology& part, const std::string& instance,
          const std::optional<Owner>& owner)
      : t_(whole), part_(part), instance_(instance), owner_(owner) {}

  /// Runs all steps. The times of steps with the same name are added up.
  Result<StepTimes> run() {
    StepTimes times;
    for (const Step& step : kSteps) {
      if (stop_requested()) return error(Exit::kPartial, fmt::format("stopped while building {}", t_.name));
      const auto began = std::chrono::steady_clock::now();
      if (auto done = (this->*step.run)(); !done) return forward(done);
      if (times.empty() || times.back().step != step.name) times.push_back({step.name, {}});
      times.back().took += std::chrono::steady_clock::now() - began;
    }
    return times;
  }

 private:
  struct Step {
    const char* name;
    Result<void> (Builder::*run)();
  };
  static const std::array<Step, 18> kSteps;

  Namespace& at(const std::string& node) { return nodes_.at(node); }

  /// Opens the standing namespaces that the part shares, and makes the part's own.
  Result<void> make_nodes() {
    for (std::size_t i = 0; i < t_.shared.nodes && !is_whole(); ++i) {
      const std::string& node = t_.nodes[i].name;
      if (std::ranges::find(part_.nodes, node, &Node::name) != part_.nodes.end()) continue;
      auto open = open_namespace(namespace_name(instance_, node));
      if (!open) return forward(open);
      nodes_.emplace(node, std::move(*open));
    }
    for (const Node& node : part_.nodes) {
      auto made =
          create_namespace({instance_, t_.name, node.name, owner_}, [&] { return write_sysctls(node); });
      if (!made) return forward(made);
      nodes_.emplace(node.name, std::move(*made));
    }
    return {};
  }

  static Result<void> write_sysctls(const Node& node) {
    for (const auto& [name, value] : quiet_sysctls()) {
      auto done = write_sysctl(name, value);
      if (!done && done.error().err != ENOENT) return done;  // a kernel without the feature is quiet
    }
    for (const auto& [name, value] : node.sysctls) {
      if (auto done = write_sysctl(name, value); !done) return done;
    }
    return {};
  }

  /// Starts switches that are programs, still without ports, because they take longest to be ready.
  Result<void> start_switches() {
    for (const Node& node : part_.nodes) {
      const auto bridges = ovs_bridges(part_, node.name);
      if (bridges.empty()) continue;
      const std::string& name = at(node.name).name;
      auto inside = NetnsScope::enter(name);
      if (!inside) return forward(inside);
      if (auto done = start_ovs(name, bridges, owner_); !done) return done;
    }
    return {};
  }

  Result<void> make_devices() {
    std::set<DeviceRef> made;
    for (const Device& d : part_.devices) {
      if (made.contains(d.at) || is_by_program(d.kind)) continue;  // made as a peer, or by its program
      if (find_kind(d.kind)->by_device_file) {
        if (auto done = make_tap(at(d.at.node), d, index_of(d.at)); !done) return done;
        continue;
      }
      const bool pair = find_kind(d.kind)->shape == Shape::kPair;
      const Device* peer = pair ? t_.find(*d.peer) : nullptr;
      LinkPlace place = place_of(d, peer);
      Namespace& from = at(d.lower ? d.lower->node : d.at.node);
      if (d.lower) place.lower_index = index_of(*d.lower);
      if (auto done = create_link(from.rtnetlink, *find_kind(d.kind), d, peer, place); !done) return done;
      made.insert(d.at);
      if (peer != nullptr) made.insert(peer->at);
    }
    return {};
  }

  Result<void> start_machines() { return nsglue::start_machines(t_, part_, nodes_, owner_); }
  Result<void> wait_for_machines() { return nsglue::wait_for_machines(part_, nodes_); }

  /// Every device of the topology gets an index of its own, so that the index alone tells which one it is.
  LinkPlace place_of(const Device& d, const Device* peer) {
    LinkPlace place;
    place.index = index_of(d.at);
    place.home_fd = at(d.at.node).fd.get();
    if (peer == nullptr) return place;
    place.peer_index = index_of(peer->at);
    place.peer_fd = at(peer->at.node).fd.get();
    return place;
  }

  unsigned index_of(const DeviceRef& ref) {
    return kFirstIndex + static_cast<unsigned>(t_.find(ref) - t_.devices.data());
  }

  Result<void> join_masters() {
    std::map<std::string, std::vector<OvsPort>> of_programs;  // by node
    for (const Device& d : part_.devices) {
      if (d.master.empty()) continue;
      const Device& master = *t_.master_of(d);
      const LinkKind& kind = *find_kind(master.kind);
      if (kind.by_program) {
        of_programs[d.at.node].push_back({d.master, d.at.device});
        continue;
      }
      if (auto done = enslave(at(d.at.node).rtnetlink, index_of(d.at), index_of(master.at), kind, d); !done)
        return done;
    }
    for (const auto& [node, ports] : of_programs) {
      if (auto done = add_ovs_ports(at(node).name, ports); !done) return done;
    }
    return {};
  }

  /// Applies settings that are files and ioctls, before anything is up. It goes node by node in the file's
  /// order, because a device that stands on another inherits its offloads.
  Result<void> apply_settings() {
    for (const Node& node : t_.nodes) {
      const auto ns = nodes_.find(node.name);
      if (ns == nodes_.end()) continue;
      auto inside = NetnsScope::enter(ns->second.name);
      if (!inside) return forward(inside);
      for (const Device& d : part_.devices) {
        if (d.at.node != node.name || is_by_program(d.kind)) continue;
        if (auto done = apply_device_settings(d); !done) return done;
      }
    }
    return {};
  }

  Result<void> apply_device_settings(const Device& d) {
    if (!d.ipv6.empty()) {
      if (auto done = write_sysctl(device_sysctl("ipv6", d.at.device, "disable_ipv6"), "0"); !done)
        return done;
    }
    if (auto done = set_offloads(at(d.at.node).ioctl.get(), d.at.device, d.offloads); !done) return done;
    auto usual = read_sysctl("net.core.rps_default_mask");
    if (plain_mask(d.rps_cpus) == "0" && (!usual || plain_mask(usual->value_or("0")) == "0")) return {};
    auto sysfs = NamespaceSysfs::open();
    if (!sysfs) return forward(sysfs);
    steered_ = true;
    return sysfs->write_rps(d.at.device, d.rps_cpus);
  }

  Result<void> tell_tunnels() { return nsglue::tell_tunnels(part_, nodes_); }
  Result<void> meet_peers() { return nsglue::meet_peers(part_, nodes_); }

  /// Sets devices of stacks up first, and the other ends of their wires last. If a device gets its carrier
  /// while it is down, the kernel may report it only after a second (linkwatch_urgent_event()).
  Result<void> bring_up() {
    for (const bool stacks : {true, false}) {
      for (const Device& d : part_.devices) {
        if (is_master(d) || is_by_program(d.kind) || in_stack(d) != stacks) continue;
        if (auto done = set_up(at(d.at.node).rtnetlink, index_of(d.at), d.at.text()); !done) return done;
      }
    }
    for (const Node& node : part_.nodes) {
      if (auto done = set_up(at(node.name).rtnetlink, kLoopbackIndex, node.name + "/lo"); !done) return done;
    }
    return {};
  }

  /// Whether the device stands on another, or another on it.
  bool in_stack(const Device& d) const {
    const auto on_it = [&](const Device& other) { return other.lower == d.at; };
    return d.lower.has_value() || std::any_of(t_.devices.begin(), t_.devices.end(), on_it);
  }

  /// Sets masters up once their ports have a carrier. A master that comes up without one drops packets until
  /// the kernel looks at carriers again (net/core/link_watch.c).
  Result<void> bring_masters_up() {
    for (const Device& d : part_.devices) {
      if (!is_master(d) || is_by_program(d.kind)) continue;
      if (auto done = set_up(at(d.at.node).rtnetlink, index_of(d.at), d.at.text()); !done) return done;
    }
    return {};
  }

  static bool is_master(const Device& d) { return find_kind(d.kind)->has_ports; }

  Result<void> add_addresses() {
    for (const Device& d : part_.devices) {
      if (is_by_program(d.kind)) continue;
      for (const auto* list : {&d.ipv4, &d.ipv6}) {
        for (const std::string& text : *list) {
          auto done = add_address(at(d.at.node).rtnetlink, index_of(d.at), *parse_prefix(text), d.at.text());
          if (!done) return done;
        }
      }
    }
    return {};
  }

  Result<void> add_routes() {
    for (const Route& r : part_.routes) {
      const unsigned index = r.device.empty() ? 0 : index_of({r.node, r.device});
      auto done = add_route(at(r.node).rtnetlink, {*parse_prefix(r.to), parse_address(r.via), index});
      if (!done) return done;
    }
    return {};
  }

  /// Adds neighbours and the bridges' forwarding entries.
  Result<void> add_entries() {
    for (const Neighbour& n : part_.neighbours) {
      if (is_by_program(t_.find(n.on)->kind)) continue;
      const Mac mac = *parse_mac(t_.find(n.owner)->mac);
      for (const std::string& ip : n.ips) {
        auto done = add_neighbour(at(n.on.node).rtnetlink, index_of(n.on), *parse_address(ip), mac);
        if (!done) return done;
      }
    }
    return add_forwarding();
  }

  Result<void> add_forwarding() {
    std::map<std::string, std::vector<OvsEntry>> of_programs;  // by node
    for (const Device& d : part_.devices) {
      for (const DeviceRef& ref : d.fdb) {
        const std::string& mac = t_.find(ref)->mac;
        if (is_by_program(t_.master_of(d)->kind)) {
          of_programs[d.at.node].push_back({d.master, d.at.device, mac});
          continue;
        }
        auto done = add_fdb(at(d.at.node).rtnetlink, index_of(d.at), *parse_mac(mac));
        if (!done) return done;
      }
    }
    for (const auto& [node, entries] : of_programs) {
      if (auto done = add_ovs_entries(at(node).name, entries); !done) return done;
    }
    return {};
  }

  /// Adds the packet filter's rules for published ports.
  Result<void> add_rules() {
    for (auto& [node, ns] : nodes_) {
      auto tables = tables_of(t_, part_, node);
      if (tables.empty()) continue;
      auto inside = NetnsScope::enter(ns.name);
      if (!inside) return forward(inside);
      auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
      if (!netfilter) return forward(netfilter);
      if (auto done = make_tables(*netfilter, tables); !done) return done;
    }
    return {};
  }

  /// Attaches BPF programs. They come last, so that nothing is redirected while addresses are made.
  Result<void> add_redirects() {
    for (const Redirect& r : part_.redirects) {
      auto done = attach_redirect(at(r.at.node).rtnetlink, r, index_of(r.at), index_of(r.to));
      if (!done) return done;
    }
    return {};
  }

  /// Waits for the carriers. The kernel reports them from a work queue (net/core/link_watch.c); until then
  /// devices and bridges drop packets.
  Result<void> wait_operational() {
    std::vector<const Device*> waiting;
    for (const Device& d : part_.devices) {
      if (!is_master(d) && !is_by_program(d.kind)) waiting.push_back(&d);
    }
    const auto deadline = std::chrono::steady_clock::now() + kOperationalTimeout;
    auto pause = std::chrono::microseconds(100);
    for (;;) {
      if (auto done = drop_operational(waiting); !done) return done;
      if (waiting.empty()) return {};
      if (std::chrono::steady_clock::now() > deadline) {
        return error(Exit::kFailure,
                     fmt::format("{} did not come up within 3 s", waiting.front()->at.text()));
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  /// Drops the devices that are up, so that the next look asks only for the few that are not.
  Result<void> drop_operational(std::vector<const Device*>& waiting) {
    std::vector<const Device*> still;
    for (const Device* d : waiting) {
      auto link = read_link(at(d->at.node).rtnetlink, index_of(d->at));
      if (!link) return forward(link);
      if (link->state() != "up") still.push_back(d);
    }
    waiting = std::move(still);
    return {};
  }

  /// Compares a whole topology with what stands. A part is not compared: it does not declare what stands
  /// beside it.
  Result<void> read_back() {
    if (!is_whole()) return {};
    auto drifts = compare(t_, nodes_);
    // When nothing was steered, all devices have the default mask, which apply_device_settings() has read.
    if (drifts && drifts->empty() && steered_) drifts = compare_steering(t_, nodes_);
    if (!drifts) return forward(drifts);
    if (drifts->empty()) return {};
    std::string all;
    for (std::size_t i = 0; i < drifts->size() && i < kDriftsTold; ++i)
      all += (i == 0 ? "" : "; ") + text((*drifts)[i]);
    return error(Exit::kFailure, fmt::format("the kernel made something else of {}: {}", t_.name, all),
                 "say in the topology what the device can do");
  }

  [[nodiscard]] bool is_whole() const { return &t_ == &part_; }

  const Topology& t_;     // where all names are looked up
  const Topology& part_;  // what is made
  const std::string& instance_;
  const std::optional<Owner>& owner_;
  Nodes nodes_;
  bool steered_ = false;
};

constexpr std::array<Builder::Step, 18> Builder::kSteps = {{
    {"namespaces", &Builder::make_nodes},
    {"links", &Builder::start_switches},
    {"links", &Builder::make_devices},
    {"links", &Builder::start_machines},
    {"links", &Builder::join_masters},
    {"settings", &Builder::apply_settings},
    {"settings", &Builder::tell_tunnels},
    {"up", &Builder::bring_up},
    {"up", &Builder::wait_operational},
    {"up", &Builder::bring_masters_up},
    {"up", &Builder::wait_for_machines},
    {"addresses", &Builder::add_addresses},
    {"routes", &Builder::add_routes},
    {"neighbours", &Builder::add_entries},
    {"neighbours", &Builder::meet_peers},
    {"rules", &Builder::add_rules},
    {"rules", &Builder::add_redirects},
    {"read back", &Builder::read_back},
}};

}  // namespace

Result<StepTimes> build(const Topology& topology, const std::string& instance,
                        const std::optional<Owner>& owner) {
  return Builder(topology, topology, instance, owner).run();
}

Result<StepTimes> build_part(const Topology& whole, const Topology& part, const std::string& instance,
                             const std::optional<Owner>& owner) {
  return Builder(whole, part, instance, owner).run();
}

}  // namespace hopcost::nsglue
