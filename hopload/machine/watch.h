// Watches the machine during a quantum: its own thread takes a Look ten times a second. The control thread
// owns it. Includes base.
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
  /// Takes the first Look and starts the thread. `machine` outlives it.
  explicit Watch(Machine& machine);
  /// Stops the thread.
  ~Watch() = default;

  /// Takes the last Look and gives {"figures": {"cpu_busy": ..}, "samples": {"at_s": [..], "cpu_busy": [..],
  /// ..}, "missing": ".."}: figures of the whole time, samples of each tenth of a second. A figure that can't
  /// be had is left out; it is null where only a sample lacks it.
  [[nodiscard]] nlohmann::json end();

 private:
  void look_on(const std::stop_token& stop);
  Machine& machine_;
  std::mutex mutex_;  // guards looks_
  std::condition_variable_any wake_;
  std::vector<Look> looks_;
  std::jthread thread_;  // declared last: it uses all others
};

/// The figures in the answer to "prepare": [{"name", "unit", "better", ..}]; "better" is empty where neither
/// more nor less is better.
[[nodiscard]] nlohmann::json machine_figures();

/// The figures of the time between two Looks, by name; only those that are known.
[[nodiscard]] nlohmann::json between(const Look& from, const Look& to);

}  // namespace hopcost::hopload
