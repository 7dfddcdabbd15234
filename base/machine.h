// Describes the machine: what must be known to compare two results. Reads /proc and /sys only. Any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace hopcost {

/// Whether a program plays the CPU (QEMU's TCG), which makes every time that program's. By CPUID's hypervisor
/// leaf; nothing where there is none to ask: on other CPUs than x86-64.
[[nodiscard]] std::optional<bool> cpu_is_emulated() noexcept;

/// Kernel, CPU, clock, mitigations, interrupts, sysctls: the first members of environment.json
/// (doc/result-format.md).
[[nodiscard]] nlohmann::json describe_machine();

}  // namespace hopcost
