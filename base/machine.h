// Describes the machine: what must be known to compare two results. Reads /proc and /sys only. Any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hopcost {

/// Kernel, CPU, clock, mitigations, interrupts, sysctls: the first members of environment.json
/// (doc/result-format.md).
[[nodiscard]] nlohmann::json describe_machine();

}  // namespace hopcost
