// The verbs.
#include "nsglue/nsglue.h"

#include <fmt/format.h>

#include <chrono>
#include <set>

#include "base/descriptors.h"
#include "nsglue/build/build.h"
#include "nsglue/check/compare.h"
#include "nsglue/cni_mode.h"
#include "nsglue/kernel/daemons.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kinds/kind.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/containers.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

constexpr std::size_t kDescriptorsANode = 4;  // those of Namespace, and one for its packet filter
// While a container is added: those of the two shared nodes, and the caller's sockets.
constexpr std::size_t kDescriptorsAContainer = 2 * kDescriptorsANode + 4;

std::string first_address(const std::vector<std::string>& list) {
  if (list.empty()) return {};
  return list.front().substr(0, list.front().find('/'));
}

Endpoint endpoint(const Topology& topology, const std::string& instance, const DeviceRef& at,
                  const DeviceRef& mac_of, const DeviceRef& addressed) {
  const Device& d = *topology.find(addressed);
  return {topology.namespace_of(instance, at.node), at.device, topology.find(mac_of)->mac,
          first_address(d.ipv4), first_address(d.ipv6)};
}

/// Instances whose marked namespaces all belong to dead processes, or that have unfinished ones alone. Who
/// makes an instance's first namespace holds the lock: under it, nobody is about to finish those.
std::set<std::string> dead_instances(const std::vector<Found>& found) {
  std::set<std::string> dead, kept;
  for (const Found& f : found) {
    if (!f.mark && !f.unfinished) continue;
    const bool is_dead = !f.mark || (f.mark->owner && state_of(*f.mark->owner) == OwnerState::kDead);
    (is_dead ? dead : kept).insert(f.instance);
  }
  std::erase_if(dead, [&](const std::string& instance) { return kept.contains(instance); });
  return dead;
}

Result<std::optional<Owner>> owner_of(Ownership ownership) {
  if (ownership == Ownership::kNobody) return std::nullopt;
  auto self = this_process();
  if (!self) return forward(self);
  return *self;
}

/// Builds `part` of `whole`. What stood of the instance before is removed first.
Result<StepTimes> build_anew(const Topology& whole, const Topology& part, const std::string& instance,
                             Ownership ownership) {
  if (auto room = allow_descriptors(kDescriptorsANode * whole.nodes.size()); !room) return forward(room);
  auto owner = owner_of(ownership);
  if (!owner) return forward(owner);
  auto lock = lock_namespaces();
  if (!lock) return forward(lock);
  if (auto cleared = remove_namespaces(instance); !cleared) return forward(cleared);
  auto built = &whole == &part ? build(whole, instance, *owner) : build_part(whole, part, instance, *owner);
  if (!built) (void)remove_namespaces(instance);  // the first error is the one to report
  return built;
}

/// Removes all devices of the part that are still there. The other end of a pair goes with it.
Result<void> remove_devices(const Topology& whole, const Topology& part, const std::string& instance) {
  for (const Device& d : part.devices) {
    auto ns = open_namespace(namespace_name(instance, d.at.node));
    if (!ns && ns.error().code == Exit::kMissing) continue;
    if (!ns) return forward(ns);
    if (const Device* master = whole.master_of(d); master != nullptr && is_by_program(master->kind)) {
      const OvsPort port{d.master, d.at.device};
      if (auto done = remove_ovs_ports(ns->name, {&port, 1}); !done) return done;
    }
    auto done = delete_link(ns->rtnetlink, d.at.device);
    if (!done && done.error().code != Exit::kMissing) return done;
  }
  return {};
}

/// Checks that all is as declared. Errors: kMissing when it is not.
Result<void> as_adopted(const Topology& topology) {
  auto drifts = compare_adopted(topology);
  if (!drifts) return forward(drifts);
  if (drifts->empty()) return {};
  return error(Exit::kMissing, fmt::format("{} is not as it was: {}", topology.name, text(drifts->front())),
               "look again with: nsglue attach");
}

/// Has CNI's plugins join the container, and describes what they made.
Result<Realised> joined_anew(const Topology& topology, const std::string& instance) {
  if (auto joined = join_container(topology, instance); !joined) return forward(joined);
  auto stands = as_it_stands(topology, instance);
  if (!stands) return forward(stands);
  return describe(*stands, instance);
}

}  // namespace

Result<Realised> describe(const Topology& topology, const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return forward(valid);
  Realised r;
  r.topology = topology.name;
  r.instance = instance;
  for (const Node& n : topology.nodes) r.netns[n.name] = topology.namespace_of(instance, n.name);
  r.sender = endpoint(topology, instance, topology.sender, topology.sender, topology.sender);
  r.target = endpoint(topology, instance, topology.target, topology.next_hop, topology.addressed);
  for (const Tap& t : topology.taps) {
    r.taps.push_back({t.name, topology.namespace_of(instance, t.at.node), t.at.device, t.direction, t.hook});
  }
  for (const SinkPort& s : topology.sinks)
    r.sinks.push_back({topology.namespace_of(instance, s.node), s.port});
  r.port = topology.port();
  for (std::size_t i = 0; i < topology.containers.size(); ++i) {
    auto one = describe(container_view(topology, i), instance);
    if (!one) return one;
    r.containers.push_back(std::move(*one));
  }
  return r;
}

Result<Realised> up(const Topology& topology, const std::string& instance, Ownership ownership) {
  auto realised = describe(topology, instance);
  if (!realised) return realised;
  if (topology.adopted()) {
    if (auto there = as_adopted(topology); !there) return forward(there);
    return realised;
  }
  auto steps = build_anew(topology, topology, instance, ownership);
  if (!steps) return forward(steps);
  if (!topology.conflist.empty()) {
    realised = joined_anew(topology, instance);
    if (!realised) (void)remove_namespaces(instance);
  }
  if (realised) realised->steps = std::move(*steps);
  return realised;  // build() has read it all back from the kernel
}

Result<void> up_shared(const Topology& topology, const std::string& instance, Ownership ownership) {
  if (auto valid = validate_instance(instance); !valid) return valid;
  const std::size_t at_once = container_count(topology) * kDescriptorsAContainer;
  if (auto room = allow_descriptors(kDescriptorsANode * topology.nodes.size() + at_once); !room) return room;
  auto steps = build_anew(topology, shared_part(topology), instance, ownership);
  if (!steps) return forward(steps);
  return {};
}

Result<StepTimes> add_container(const Topology& topology, const std::string& instance, std::size_t i,
                                Ownership ownership) {
  auto owner = owner_of(ownership);
  if (!owner) return forward(owner);
  return build_part(topology, container_part(topology, i), instance, *owner);
}

Result<StepTimes> remove_container(const Topology& topology, const std::string& instance, std::size_t i) {
  const Topology part = container_part(topology, i);
  StepTimes times;
  const auto timed = [&](const char* step, auto&& work) -> Result<void> {
    const auto began = std::chrono::steady_clock::now();
    auto done = work();
    times.push_back({step, std::chrono::steady_clock::now() - began});
    return done;
  };
  auto links = timed("links", [&] { return remove_devices(topology, part, instance); });
  if (!links) return forward(links);
  auto spaces = timed("namespaces", [&]() -> Result<void> {
    for (const Node& n : part.nodes) {
      if (auto done = remove_namespace(namespace_name(instance, n.name)); !done) return done;
    }
    return {};
  });
  if (!spaces) return forward(spaces);
  return times;
}

Result<std::vector<Drift>> check(const Topology& topology, const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return forward(valid);
  if (topology.adopted()) return compare_adopted(topology);
  auto found = find_namespaces(instance);
  if (!found) return forward(found);
  if (auto room = allow_descriptors(kDescriptorsANode * topology.nodes.size()); !room) return forward(room);
  std::vector<Drift> drifts;
  Nodes nodes;
  for (const Node& n : topology.nodes) {
    const std::string name = namespace_name(instance, n.name);
    std::string state = "nothing";
    for (const Found& f : *found) {
      if (f.name == name)
        state = f.mark ? f.mark->topology : f.unfinished ? "an empty file" : "a namespace of others";
    }
    if (state != topology.name) {
      drifts.push_back({name + ": namespace of topology", topology.name, state});
      continue;
    }
    auto open = open_namespace(name);
    if (!open) return forward(open);
    nodes.emplace(n.name, std::move(*open));
  }
  for (auto inside : {compare(topology, nodes), compare_steering(topology, nodes)}) {
    if (!inside) return inside;
    drifts.insert(drifts.end(), inside->begin(), inside->end());
  }
  return drifts;
}

Result<void> down(const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return valid;
  auto found = find_namespaces(instance);
  if (!found) return forward(found);
  if (found->empty()) return {};  // needs no lock
  auto lock = lock_namespaces();
  if (!lock) return forward(lock);
  return remove_namespaces(instance);
}

Result<std::vector<Listed>> list() {
  auto found = find_namespaces("");
  if (!found) return forward(found);
  std::map<std::string, Listed> all;
  for (const Found& f : *found) {
    if (!f.mark && !f.unfinished) continue;
    Listed& l = all[f.instance];
    l.instance = f.instance;
    l.netns[f.name.substr(namespace_name(f.instance, "").size())] = f.name;
    if (!f.mark) continue;
    l.topology = f.mark->topology;
    l.owner = f.mark->owner;
  }
  std::vector<Listed> listed;
  for (auto& [name, l] : all) listed.push_back(std::move(l));
  return listed;
}

Result<std::vector<std::string>> sweep_hidden() {
  auto orphans = end_orphans();
  if (!orphans) return forward(orphans);
  std::set<std::string> instances;
  for (const std::string& netns : *orphans) instances.insert(instance_of(netns));
  return std::vector(instances.begin(), instances.end());
}

namespace {

/// Removes dead instances whose namespaces can be found.
Result<std::set<std::string>> sweep_found() {
  auto found = find_namespaces("");
  if (!found) return forward(found);
  if (dead_instances(*found).empty()) return std::set<std::string>();  // needs no lock
  auto lock = lock_namespaces();
  if (!lock) return forward(lock);
  found = find_namespaces("");  // one of them may have been built anew in the meantime
  if (!found) return forward(found);
  const std::set<std::string> dead = dead_instances(*found);
  for (const Found& f : *found) {
    if (!dead.contains(f.instance) || (!f.mark && !f.unfinished)) continue;
    if (auto done = remove_namespace(f.name); !done) return forward(done);
  }
  return dead;
}

}  // namespace

Result<std::vector<std::string>> sweep() {
  auto dead = sweep_found();
  auto hidden = sweep_hidden();  // also when the other has failed: neither depends on the other
  if (!dead) return forward(dead);
  if (hidden) hidden->insert(hidden->begin(), dead->begin(), dead->end());
  return hidden;
}

}  // namespace hopcost::nsglue
