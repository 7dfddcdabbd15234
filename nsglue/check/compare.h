// Compares what stands with what is declared. One thread per namespace. Includes base/ and the floors
// kernel/, kinds/ and topology/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/check/drift.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"

namespace hopcost::nsglue {

/// node -> its namespace.
using Nodes = std::map<std::string, Namespace>;
/// node -> device name -> state.
using Links = std::map<std::string, std::map<std::string, LinkState>>;

/// Every device of every node. Errors: those of read_links().
[[nodiscard]] Result<Links> read_all_links(Nodes& nodes);

/// Null when it is not there.
[[nodiscard]] const LinkState* find_link(const Links& links, const DeviceRef& at);

/// Every difference but those of steering. A node missing in `nodes` is left out: the caller reports its
/// absence.
[[nodiscard]] Result<std::vector<Drift>> compare(const Topology& topology, Nodes& nodes);

/// The same of a topology whose namespaces are adopted: whether they are there, and each device in them is as
/// declared. What else they hold is its owner's. Errors: those of reading links and addresses.
[[nodiscard]] Result<std::vector<Drift>> compare_adopted(const Topology& topology);

/// Differences of receive steering: rps_cpus of every device that is there.
[[nodiscard]] Result<std::vector<Drift>> compare_steering(const Topology& topology, const Nodes& nodes);

/// The parts of compare(): links (compare_links.cc); addresses, routes, neighbours, forwarding entries
/// (compare_ip.cc); the packet filter's rules (compare_rules.cc); BPF programs that
/// redirect (compare_redirects.cc); Open vSwitch (compare_ovs.cc); WireGuard (compare_wireguard.cc).
void compare_links(const Topology& topology, Nodes& nodes, const Links& links, std::vector<Drift>& drifts);
/// Appends to `drifts`. Errors: those of reading addresses, routes, neighbours and forwarding entries.
[[nodiscard]] Result<void> compare_ip(const Topology& topology, Nodes& nodes, const Links& links,
                                      std::vector<Drift>& drifts);
/// Appends to `drifts`. Errors: those of reading the tunnels' ends.
[[nodiscard]] Result<void> compare_wireguard(const Topology& topology, const Nodes& nodes, const Links& links,
                                             std::vector<Drift>& drifts);
/// Appends to `drifts`. A switch that does not answer is a drift.
void compare_ovs(const Topology& topology, const Nodes& nodes, std::vector<Drift>& drifts);
/// Appends to `drifts`. Errors: those of reading the tc filters.
[[nodiscard]] Result<void> compare_redirects(const Topology& topology, Nodes& nodes, const Links& links,
                                             std::vector<Drift>& drifts);
/// Appends to `drifts`. Errors: those of reading the packet filter's rules, where there should be any.
[[nodiscard]] Result<void> compare_rules(const Topology& topology, const Nodes& nodes,
                                         std::vector<Drift>& drifts);

}  // namespace hopcost::nsglue
