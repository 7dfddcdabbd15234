// The verbs.
#include "nsglue/nsglue.h"

#include <fmt/format.h>

#include <set>

#include "nsglue/build/build.h"
#include "nsglue/check/compare.h"
#include "nsglue/cni_mode.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

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

/// Instances of which every namespace that is ours belonged to a process that is dead.
std::set<std::string> dead_instances(const std::vector<Found>& found) {
  std::set<std::string> dead, kept;
  for (const Found& f : found) {
    if (!f.mark) continue;
    const bool is_dead = f.mark->owner && state_of(*f.mark->owner) == OwnerState::kDead;
    (is_dead ? dead : kept).insert(f.instance);
  }
  std::erase_if(dead, [&](const std::string& instance) { return kept.contains(instance); });
  return dead;
}

/// Errors: kMissing unless all is as declared.
Result<void> as_adopted(const Topology& topology) {
  auto drifts = compare_adopted(topology);
  if (!drifts) return forward(drifts);
  if (drifts->empty()) return {};
  return error(Exit::kMissing, fmt::format("{} is not as it was: {}", topology.name, text(drifts->front())),
               "look again with: nsglue attach");
}

/// What CNI's plugins made of the instance.
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
  return r;
}

Result<Realised> up(const Topology& topology, const std::string& instance, Ownership ownership) {
  auto realised = describe(topology, instance);
  if (!realised) return realised;
  if (topology.adopted()) {
    if (auto there = as_adopted(topology); !there) return forward(there);
    return realised;
  }
  std::optional<Owner> owner;
  if (ownership == Ownership::kThisProcess) {
    auto self = this_process();
    if (!self) return forward(self);
    owner = *self;
  }
  auto lock = lock_namespaces();
  if (!lock) return forward(lock);
  if (auto cleared = remove_namespaces(instance); !cleared) return forward(cleared);
  if (auto built = build(topology, instance, owner); !built) {
    (void)remove_namespaces(instance);  // the first error is the one to tell
    return forward(built);
  }
  if (topology.conflist.empty()) return realised;  // build() read back that the kernel has all of it
  auto joined = joined_anew(topology, instance);
  if (!joined) (void)remove_namespaces(instance);
  return joined;
}

Result<std::vector<Drift>> check(const Topology& topology, const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return forward(valid);
  if (topology.adopted()) return compare_adopted(topology);
  auto found = find_namespaces(instance);
  if (!found) return forward(found);
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
  if (found->empty()) return {};  // nothing to lock for
  auto lock = lock_namespaces();
  if (!lock) return forward(lock);
  return remove_namespaces(instance);
}

Result<std::vector<Listed>> list() {
  auto found = find_namespaces("");
  if (!found) return forward(found);
  std::map<std::string, Listed> all;
  for (const Found& f : *found) {
    if (!f.mark) continue;
    Listed& l = all[f.mark->instance];
    l.instance = f.mark->instance;
    l.topology = f.mark->topology;
    l.netns[f.mark->node] = f.name;
    l.owner = f.mark->owner;
  }
  std::vector<Listed> listed;
  for (auto& [name, l] : all) listed.push_back(std::move(l));
  return listed;
}

Result<std::vector<std::string>> sweep() {
  auto found = find_namespaces("");
  if (!found) return forward(found);
  if (dead_instances(*found).empty()) return std::vector<std::string>();  // nothing to lock for
  auto lock = lock_namespaces();
  if (!lock) return forward(lock);
  found = find_namespaces("");  // one of them may have been built anew meanwhile
  if (!found) return forward(found);
  const std::set<std::string> dead = dead_instances(*found);
  for (const Found& f : *found) {
    if (!dead.contains(f.instance) || (!f.mark && !f.unfinished)) continue;
    if (auto done = remove_namespace(f.name); !done) return forward(done);
  }
  return std::vector(dead.begin(), dead.end());
}

}  // namespace hopcost::nsglue
