// Hardware and software counters of the calling thread (perf_event_open(2)), kernel side alone: what the
// packets cost, without the pacer's busy wait in user space.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/fd.h"

namespace hopcost {

/// Owned and read by the thread it counts. Softirqs that run in the thread's context are counted with it.
class PerfCounters {
 public:
  /// Opens cycles:k, instructions:k, context-switches and page-faults for the calling thread. What the kernel
  /// refuses is left out and named in missing().
  [[nodiscard]] static PerfCounters open();

  /// Counts since open(), by name: {"cycles": n, "instructions": n, "context_switches": n, "page_faults": n};
  /// a counter that is not there, or was multiplexed, is null.
  [[nodiscard]] nlohmann::json read() const;

  /// Why counters are missing, or empty.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

  /// after - before, member by member; null where either is null.
  [[nodiscard]] static nlohmann::json difference(const nlohmann::json& before, const nlohmann::json& after);

 private:
  struct Counter {
    const char* name;
    Fd fd;
  };
  std::vector<Counter> counters_;
  std::string missing_;
};

}  // namespace hopcost
