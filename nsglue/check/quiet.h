// What a quiet namespace and a quiet device have, and what of the settings read back differs from it. Pure
// functions; any thread. Includes base/ and the floors kernel/, kinds/ and topology/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// A sysctl that settings() reads. `quiet` is what a new namespace of a kernel without further configuration
/// has; null where that says nothing.
struct ReadSysctl {
  const char* name;
  const char* quiet;
};
/// Of each namespace, beyond quiet_sysctls(): what else bends a packet's path or its cost.
[[nodiscard]] std::span<const ReadSysctl> namespace_sysctls();
/// Of the whole host, the same in every namespace.
[[nodiscard]] std::span<const ReadSysctl> host_sysctls();

/// One setting that is not quiet. `where` is "host", "NODE" or "NODE/DEVICE".
struct Unquiet {
  std::string where, setting, value, quiet;
  friend bool operator==(const Unquiet&, const Unquiet&) = default;
};
/// What differs in `settings`, as settings() gives them, declared or not: first the host's, then node by
/// node. Without a device's state, MTU, queueing discipline and XDP program. What the kernel has not got is
/// quiet.
[[nodiscard]] std::vector<Unquiet> unquiet(const Topology& topology, const nlohmann::json& settings);

}  // namespace hopcost::nsglue
