// Everything a run stands on, built at once and removed again: the modes (nsglue), one generator with a port
// into each, one analyzer with taps on each. Owned by one thread. Includes base, nsglue.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/config.h"
#include "campaign/path.h"
#include "campaign/plan.h"
#include "campaign/slot.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

class Testbed {
 public:
  /// Builds all modes and the controls, starts the children, opens ports and end taps. On failure, or a stop
  /// signal, all of it is gone again. Errors: those of nsglue, pktgen and analyzer, unchanged.
  [[nodiscard]] static Result<Testbed> open(const Config& config);

  Testbed(Testbed&&) noexcept = default;
  Testbed& operator=(Testbed&&) = delete;
  /// Removes the namespaces; what can't be removed is said, with the command that does it.
  ~Testbed();

  [[nodiscard]] const std::vector<Path>& paths() const noexcept { return paths_; }
  /// "af_xdp (copy)": what the ports turned out to be.
  [[nodiscard]] const std::string& backend() const noexcept { return backend_; }
  [[nodiscard]] int sender_cpu() const noexcept { return sender_cpu_; }
  /// "bpf" or "af_packet": one kind for all taps of a run.
  [[nodiscard]] const std::string& tap_kind() const noexcept { return tap_kind_; }

  /// Opens and closes taps so that `kind` of slot may run on `paths`. Costs nothing when they stand so
  /// already.
  [[nodiscard]] Result<void> enter(SlotKind kind, const std::vector<std::size_t>& paths);

  /// Runs one slot on a path that enter() made ready. The slot's gates are looked at.
  [[nodiscard]] Result<SlotResult> run(const Config& config, const PlannedSlot& slot, std::uint32_t block);

  /// The same with two flows whose packets leave in turn, each accounted on its own: what disturbs a slot
  /// disturbs both alike. The first has an even id, the second an odd one. Both are void when the slot is;
  /// kSlowCpu is no reason.
  [[nodiscard]] Result<SlotPair> run_pair(const Config& config, const PlannedSlot& slot);

  /// What differs from the declaration now; empty when nothing has drifted.
  [[nodiscard]] Result<std::vector<std::string>> drift() const;

  /// Every instance's settings, for environment.json.
  [[nodiscard]] nlohmann::json settings() const;

 private:
  Testbed() = default;
  [[nodiscard]] Result<void> build(const Config& config);
  /// Fills in where the paths' packets go.
  [[nodiscard]] Result<void> raise();
  [[nodiscard]] Result<void> choose_taps(const Config& config);
  [[nodiscard]] Result<void> start_children();
  [[nodiscard]] Result<void> open_path(const Config& config, const Path& path);
  [[nodiscard]] Result<void> set_taps(const Path& path, SlotKind kind);
  /// What the children are asked for one slot, and what they said.
  struct Requests {
    nlohmann::json expect, run, collect;
  };
  struct Answers {
    nlohmann::json sent, collected;
  };
  [[nodiscard]] Requests requests_for(const Config& config, const Path& path, std::uint16_t flow);
  [[nodiscard]] Result<Answers> exchange(const Config& config, Requests&& requests);

  std::vector<Path> paths_;
  std::vector<SlotKind> open_as_;  ///< by path: which taps are open now.
  std::optional<Child> pktgen_, analyzer_;
  std::string backend_, tap_kind_;
  int sender_cpu_ = -1;
  std::uint16_t next_flow_ = 0;
  std::uint64_t next_seed_ = 0;
  double best_work_ns_ = 0;  ///< the fastest a slot's CPU has worked so far; 0: not known.
};

}  // namespace hopcost::campaign
