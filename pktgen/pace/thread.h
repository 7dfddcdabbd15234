// Which CPUs threads run on. Set-up only.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// The calling thread runs on this CPU from now on; -1 leaves it as it is. Errors: kUsage when there is no
/// such CPU, or this process may not use it.
[[nodiscard]] Result<void> pin_to_cpu(int cpu);

/// The calling thread, and those it starts from now on, keep off these CPUs, as far as there are others: so
/// that what watches, reports and serves takes no time from threads that pin_to_cpu() puts there.
void keep_off_cpus(const std::vector<std::uint32_t>& cpus) noexcept;

}  // namespace hopcost::pktgen
