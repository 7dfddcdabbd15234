#include "nsglue/build/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/netns.h"
#include "base/signals.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/kernel/redirect.h"

namespace hopcost::nsglue {
namespace {

constexpr auto kOperationalTimeout = std::chrono::seconds(3);
constexpr auto kLongestPause = std::chrono::microseconds(5000);
constexpr std::size_t kDriftsTold = 5;
constexpr unsigned kFirstIndex = 100;  // above what a namespace is born with

/// One build. Steps run in the order of build(); each relies on those before.
class Builder {
 public:
  Builder(const Topology& topology, const std::string& instance, const std::optional<Owner>& owner)
      : t_(topology), instance_(instance), owner_(owner) {}

  Result<void> run() {
    using Step = Result<void> (Builder::*)();
    constexpr Step kSteps[] = {
        &Builder::make_nodes,       &Builder::make_devices,  &Builder::join_masters,
        &Builder::apply_settings,   &Builder::bring_up,      &Builder::wait_operational,
        &Builder::bring_masters_up, &Builder::add_addresses, &Builder::add_routes,
        &Builder::add_entries,      &Builder::add_rules,     &Builder::add_redirects,
        &Builder::read_back};
    for (const Step step : kSteps) {
      if (stop_requested()) return error(Exit::kPartial, fmt::format("stopped while building {}", t_.name));
      if (auto done = (this->*step)(); !done) return done;
    }
    return {};
  }

 private:
  Namespace& at(const std::string& node) { return nodes_.at(node); }

  Result<void> make_nodes() {
    for (const Node& node : t_.nodes) {
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

  Result<void> make_devices() {
    std::set<DeviceRef> made;
    for (const Device& d : t_.devices) {
      if (made.contains(d.at)) continue;  // as a peer
      const Device* peer = d.peer ? t_.find(*d.peer) : nullptr;
      Placement place = placement(d, peer);
      Namespace& from = at(d.lower ? d.lower->node : d.at.node);
      if (d.lower) {
        auto links = read_links(from.rtnetlink);
        if (!links) return forward(links);
        place.lower_index = (*links)[d.lower->device].index;
      }
      if (auto done = create_link(from.rtnetlink, *find_kind(d.kind), d, peer, place); !done) return done;
      made.insert(d.at);
      if (peer != nullptr) made.insert(peer->at);
    }
    return refresh();
  }

  /// Every device of the topology has an index of its own, so that an index alone tells which one it is.
  Placement placement(const Device& d, const Device* peer) {
    const auto index_for = [&](const Device* x) {
      return kFirstIndex + static_cast<unsigned>(x - t_.devices.data());
    };
    Placement place;
    place.index = index_for(&d);
    place.home_fd = at(d.at.node).fd.get();
    if (peer == nullptr) return place;
    place.peer_index = index_for(peer);
    place.peer_fd = at(peer->at.node).fd.get();
    return place;
  }

  Result<void> refresh() {
    auto links = read_all_links(nodes_);
    if (!links) return forward(links);
    links_ = std::move(*links);
    for (const Device& d : t_.devices) {
      if (find_link(links_, d.at) == nullptr)
        return errno_error(ENODEV, fmt::format("find {} again", d.at.text()));
    }
    return {};
  }

  unsigned index_of(const DeviceRef& ref) { return find_link(links_, ref)->index; }

  Result<void> join_masters() {
    for (const Device& d : t_.devices) {
      if (d.master.empty()) continue;
      const DeviceRef master{d.at.node, d.master};
      const LinkKind& kind = *find_kind(t_.find(master)->kind);
      if (auto done = enslave(at(d.at.node).rtnetlink, index_of(d.at), index_of(master), kind, d); !done)
        return done;
    }
    return {};
  }

  /// Settings that are files and ioctls, before anything is up.
  Result<void> apply_settings() {
    for (const Node& node : t_.nodes) {
      auto inside = NetnsScope::enter(at(node.name).name);
      if (!inside) return forward(inside);
      for (const Device& d : t_.devices) {
        if (d.at.node != node.name) continue;
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

  /// Sets stacks up first, the other ends of their wires last: a device that gets its carrier while it is
  /// down waits up to a second for it (linkwatch_urgent_event again).
  Result<void> bring_up() {
    for (const bool stacks : {true, false}) {
      for (const Device& d : t_.devices) {
        if (is_master(d) || in_stack(d) != stacks) continue;
        if (auto done = set_up(at(d.at.node).rtnetlink, index_of(d.at), d.at.text()); !done) return done;
      }
    }
    for (auto& [node, ns] : nodes_) {
      if (auto done = set_up(ns.rtnetlink, index_of({node, "lo"}), node + "/lo"); !done) return done;
    }
    return {};
  }

  /// A device that stands on another, or that another stands on.
  bool in_stack(const Device& d) const {
    const auto on_it = [&](const Device& other) { return other.lower == d.at; };
    return d.lower.has_value() || std::any_of(t_.devices.begin(), t_.devices.end(), on_it);
  }

  /// Masters come up after their ports carry: a master that opens without a carrier drops packets until
  /// link_watch.c looks again.
  Result<void> bring_masters_up() {
    for (const Device& d : t_.devices) {
      if (!is_master(d)) continue;
      if (auto done = set_up(at(d.at.node).rtnetlink, index_of(d.at), d.at.text()); !done) return done;
    }
    return {};
  }

  static bool is_master(const Device& d) { return find_kind(d.kind)->has_ports; }

  Result<void> add_addresses() {
    for (const Device& d : t_.devices) {
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
    for (const Route& r : t_.routes) {
      const unsigned index = r.device.empty() ? 0 : index_of({r.node, r.device});
      auto done = add_route(at(r.node).rtnetlink, {*parse_prefix(r.to), parse_address(r.via), index});
      if (!done) return done;
    }
    return {};
  }

  /// Neighbours, and what bridges forward where.
  Result<void> add_entries() {
    for (const Neighbour& n : t_.neighbours) {
      const Mac mac = *parse_mac(t_.find(n.owner)->mac);
      for (const std::string& ip : n.ips) {
        auto done = add_neighbour(at(n.on.node).rtnetlink, index_of(n.on), *parse_address(ip), mac);
        if (!done) return done;
      }
    }
    for (const Device& d : t_.devices) {
      for (const DeviceRef& ref : d.fdb) {
        auto done = add_fdb(at(d.at.node).rtnetlink, index_of(d.at), *parse_mac(t_.find(ref)->mac));
        if (!done) return done;
      }
    }
    return {};
  }

  /// The packet filter, where ports are published.
  Result<void> add_rules() {
    for (const Node& node : t_.nodes) {
      auto tables = published_tables(t_, node.name);
      if (tables.empty()) continue;
      auto inside = NetnsScope::enter(at(node.name).name);
      if (!inside) return forward(inside);
      auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
      if (!netfilter) return forward(netfilter);
      if (auto done = make_tables(*netfilter, tables); !done) return done;
    }
    return {};
  }

  /// BPF programs: last, so that nothing is redirected while addresses are made.
  Result<void> add_redirects() {
    for (const Redirect& r : t_.redirects) {
      auto done = attach_redirect(at(r.at.node).rtnetlink, r, index_of(r.at), index_of(r.to));
      if (!done) return done;
    }
    return {};
  }

  /// Carriers are reported from a work queue (net/core/link_watch.c); until then devices and bridges drop.
  Result<void> wait_operational() {
    const auto deadline = std::chrono::steady_clock::now() + kOperationalTimeout;
    auto pause = std::chrono::microseconds(100);
    for (;;) {
      if (auto done = refresh(); !done) return done;
      const Device* waiting = nullptr;
      for (const Device& d : t_.devices) {
        if (!is_master(d) && find_link(links_, d.at)->state() != "up") waiting = &d;
      }
      if (waiting == nullptr) return {};
      if (std::chrono::steady_clock::now() > deadline) {
        return error(Exit::kFailure, fmt::format("{} did not come up within 3 s", waiting->at.text()));
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  Result<void> read_back() {
    auto drifts = compare(t_, nodes_);
    // A device that nobody steered still has the mask it was made with, and that one has been read.
    if (drifts && drifts->empty() && steered_) drifts = compare_steering(t_, nodes_);
    if (!drifts) return forward(drifts);
    if (drifts->empty()) return {};
    std::string all;
    for (std::size_t i = 0; i < drifts->size() && i < kDriftsTold; ++i)
      all += (i == 0 ? "" : "; ") + text((*drifts)[i]);
    return error(Exit::kFailure, fmt::format("the kernel made something else of {}: {}", t_.name, all),
                 "say in the topology what the device can do");
  }

  const Topology& t_;
  const std::string& instance_;
  const std::optional<Owner>& owner_;
  Nodes nodes_;
  Links links_;
  bool steered_ = false;
};

}  // namespace

Result<void> build(const Topology& topology, const std::string& instance, const std::optional<Owner>& owner) {
  return Builder(topology, instance, owner).run();
}

}  // namespace hopcost::nsglue
