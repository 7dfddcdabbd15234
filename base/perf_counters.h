// Hardware and software counters of the calling thread (perf_event_open(2)). Cycles and instructions are
// counted in the kernel only: what the packets cost, without the pacer's busy wait in user space.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/fd.h"

namespace hopcost {

/// Counts of each kind of event, where they are known. A plain value: no allocation.
struct PerfCounts {
  /// cycles, instructions, context_switches, page_faults.
  static constexpr std::size_t kKinds = 4;
  std::array<std::uint64_t, kKinds> count{};
  std::array<bool, kKinds> known{};

  /// The difference from `earlier` to this; known where both are.
  [[nodiscard]] PerfCounts since(const PerfCounts& earlier) const noexcept;
  /// Adds counts; known where both are.
  PerfCounts& operator+=(const PerfCounts& more) noexcept;
  /// All counts known and 0, so that others can be added.
  [[nodiscard]] static PerfCounts zero() noexcept;
};

/// Owned and read by the thread it counts. Softirqs that run in the thread's context are counted with it.
class PerfCounters {
 public:
  /// Opens cycles:k, instructions:k, context-switches and page-faults for the calling thread as one group.
  /// What the kernel refuses is left out and named in missing().
  [[nodiscard]] static PerfCounters open();

  /// Counts since open(), by one system call (some 300 ns to 1 us). All are unknown if the group was not
  /// counting all the time, because it shared the hardware's counters with others.
  [[nodiscard]] PerfCounts read() const noexcept;

  /// Why counters are missing, or empty.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  std::array<Fd, PerfCounts::kKinds> fds_;            // invalid: the kernel has none
  std::array<std::size_t, PerfCounts::kKinds> at_{};  // place of each kind in the group
  std::size_t opened_ = 0;
  int leader_ = -1;
  std::string missing_;
};

/// {"cycles": n, "instructions": n, "context_switches": n, "page_faults": n}; null where not known.
[[nodiscard]] nlohmann::json to_json(const PerfCounts& counts);

}  // namespace hopcost
