// What the machine did during a quantum: looked at ten times a second by a thread of its own. The control
// thread owns it. Includes base.
#pragma once

#include <condition_variable>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <thread>
#include <vector>

#include "hopload/machine/look.h"

namespace hopcost::hopload {

class Watch {
 public:
  /// Looks for the first time, and begins to. `machine` outlives it.
  explicit Watch(Machine& machine);
  /// Ends looking.
  ~Watch() = default;

  /// Looks for the last time. {"figures": {"cpu_busy": ..}, "samples": {"at_s": [..], "cpu_busy": [..], ..},
  /// "missing": ".."}: figures of the whole time, samples of each tenth of a second. A figure that can't be
  /// had is left out, and null in a sample that has none of it.
  [[nodiscard]] nlohmann::json end();

 private:
  void look_on(const std::stop_token& stop);
  Machine& machine_;
  std::mutex mutex_;  // of looks_
  std::condition_variable_any wake_;
  std::vector<Look> looks_;
  std::jthread thread_;  // the last: uses all others
};

/// What prepare tells of the figures: [{"name", "unit", "better", ..}]; "better" is empty where neither way
/// is.
[[nodiscard]] nlohmann::json machine_figures();

/// The figures from one look to a later one, by name; those that are known.
[[nodiscard]] nlohmann::json between(const Look& from, const Look& to);

}  // namespace hopcost::hopload
