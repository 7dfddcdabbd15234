// A build and the child processes that work on it. Owned by one thread. Includes base, nsglue.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/bench/build.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/requests.h"
#include "campaign/bench/slot.h"
#include "campaign/design/config.h"
#include "campaign/design/plan.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {

/// A build and the child processes that work on it. No child outlives its build, because where a process's
/// code and memory lie is part of what differs from build to build.
class Stand {
 public:
  /// Both programs of a stand.
  struct Children {
    Child pktgen, analyzer;
  };
  /// Starts the children without waiting for them: they are ready when the build stands. Errors:
  /// Site::spawn()'s.
  [[nodiscard]] static Result<Children> spawn(Sites& sites);

  /// Greets the children, and opens ports and end taps in an order drawn from `draw`. On failure, or at a
  /// stop signal, everything is taken down again. Errors: those of pktgen and analyzer, unchanged.
  [[nodiscard]] static Result<Stand> put_up(std::shared_ptr<Build> build, Children children,
                                            const Config& config, Sites& sites, Random& draw);
  Stand(Stand&&) noexcept = default;
  Stand& operator=(Stand&&) = delete;
  /// The children end, both at the same time, before the devices that they hold are removed.
  ~Stand();

  /// Opens and closes taps as the slot needs them. Paths without a mode's lane among `lanes` keep only the
  /// tap at their end. Makes no call when all taps are already right. Errors: the analyzer's.
  [[nodiscard]] Result<void> set_taps(const PlannedSlot& slot, const std::vector<Lane>& lanes);

  /// Sends the packets of a request, which the analyzer need not expect. Gives pktgen's answer. Errors:
  /// pktgen's.
  [[nodiscard]] Result<nlohmann::json> send(const SlotRequest& request);
  /// Runs one slot through the taps that are open, and puts the gates that it breaks into the result, whose
  /// `plan` is left to the caller. Errors: the children's.
  [[nodiscard]] Result<SlotResult> run(const SlotRequest& request, const Gates& gates);

  [[nodiscard]] const Build& build() const noexcept { return *build_; }
  /// The backend and the mode that the ports got: "af_xdp (copy)".
  [[nodiscard]] const std::string& backend() const noexcept { return backend_; }
  /// "bpf" or "af_packet": all taps of a run are of one kind.
  [[nodiscard]] const std::string& tap_kind() const noexcept { return tap_kind_; }

 private:
  Stand(std::shared_ptr<Build> build, Children children)
      : build_(std::move(build)),
        pktgen_(std::move(children.pktgen)),
        analyzer_(std::move(children.analyzer)) {}
  [[nodiscard]] Result<void> choose_taps(const Config& config);
  [[nodiscard]] Result<void> open_paths(const Config& config, Random& draw);

  std::shared_ptr<Build> build_;  // outlives the children
  Child pktgen_, analyzer_;
  std::string backend_, tap_kind_;
  std::vector<nlohmann::json> open_taps_;  // by path, as armed
};

}  // namespace hopcost::campaign
