// Sets the CPUs that threads run on. Set-up only.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// Pins the calling thread to this CPU; -1 leaves it as it is. Errors: kUsage when there is no such CPU, or
/// this process may not use it.
[[nodiscard]] Result<void> pin_to_cpu(int cpu);

/// Keeps the calling thread, and threads it starts later, off these CPUs as long as there are others. So
/// threads that watch, report and serve take no time from those pinned there.
void keep_off_cpus(const std::vector<std::uint32_t>& cpus) noexcept;

}  // namespace hopcost::pktgen
