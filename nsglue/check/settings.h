// Everything read back that could move latency. Any thread. Includes base/ and the floors kernel/, kinds/ and
// topology/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// By node and device: link state and kind settings, offloads, RPS, qdisc, MTU, promiscuity, sysctls,
/// conntrack. Holds no counters: two readings differ only when a setting does. See doc/adding-a-mode.md.
/// Errors: kMissing when the instance does not stand.
[[nodiscard]] Result<nlohmann::json> settings(const Topology& topology, const std::string& instance);

}  // namespace hopcost::nsglue
