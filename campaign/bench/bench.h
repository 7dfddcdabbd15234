// Everything a run stands on: the present build, one generator with a port into each of its paths, one
// analyzer with taps on each. Owned by one thread. Includes base, nsglue.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/bench/awake.h"
#include "campaign/bench/build.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/placement.h"
#include "campaign/bench/slot.h"
#include "campaign/design/config.h"
#include "campaign/design/plan.h"

namespace hopcost::campaign {

/// What is built each time, and who sends through it.
struct Layout {
  std::vector<nsglue::Topology> topologies;  ///< A path each.
  std::vector<Lane> lanes;
};

/// The layout of a campaign: its modes, host first, and the two controls. Errors: kMissing for a topology
/// that is not there, kUsage for one that is not right.
[[nodiscard]] Result<Layout> campaign_layout(const Config& config);

class Bench {
 public:
  /// Makes the first build, starts the children, opens ports and end taps. On failure, or a stop signal, all
  /// of it is gone again. Errors: those of nsglue, pktgen and analyzer, unchanged.
  [[nodiscard]] static Result<Bench> open(const Config& config, Layout layout);
  Bench(Bench&&) noexcept = default;
  Bench& operator=(Bench&&) = delete;
  ~Bench() = default;

  /// A new build in place of the present one, which stands until the new one does: else the kernel would
  /// hand out the same memory again. Errors: as open(); the present build stays then.
  [[nodiscard]] Result<void> renew();

  /// Opens the slot's taps and runs it. Its gates are looked at. Errors: the children's.
  [[nodiscard]] Result<SlotResult> run(const PlannedSlot& slot) { return run(slot, config_.trains); }
  /// The same in other trains than the configuration's.
  [[nodiscard]] Result<SlotResult> run(const PlannedSlot& slot, const Trains& trains);

  [[nodiscard]] const std::vector<Lane>& lanes() const noexcept { return layout_.lanes; }
  [[nodiscard]] const Build& build() const noexcept { return *build_; }
  /// "af_xdp (copy)": what the ports turned out to be.
  [[nodiscard]] const std::string& backend() const noexcept { return backend_; }
  [[nodiscard]] const Placement& placement() const noexcept { return placement_; }
  /// "bpf" or "af_packet": one kind for all taps of a run.
  [[nodiscard]] const std::string& tap_kind() const noexcept { return tap_kind_; }

 private:
  Bench(const Config& config, Layout layout);
  [[nodiscard]] Result<void> start_children();
  [[nodiscard]] Result<void> choose_taps();
  [[nodiscard]] Result<Build> raise();
  /// Opens the ports and end taps of a build that stands.
  [[nodiscard]] Result<void> occupy(Build& build);
  void leave(const Build& build);
  [[nodiscard]] Result<void> set_taps(const PlannedSlot& slot);

  Config config_;
  Layout layout_;
  std::vector<Load> levels_;
  Draw draw_;
  Placement placement_;
  std::optional<Awake> awake_;
  std::optional<Build> build_;  // outlives the children, which hold its devices
  std::optional<Child> pktgen_, analyzer_;
  std::string backend_, tap_kind_;
  std::uint32_t builds_ = 0;
  std::vector<nlohmann::json> open_taps_;  // by path, as armed
  std::uint16_t next_flow_ = 0;
};

}  // namespace hopcost::campaign
