// Everything a run needs, made anew for each build: the modes, one generator with a port into each path, one
// analyzer with taps on each path. Owned by one thread. Includes base, site, nsglue.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/bench/awake.h"
#include "campaign/bench/clock_link.h"
#include "campaign/bench/layout.h"
#include "campaign/bench/requests.h"
#include "campaign/bench/slot.h"
#include "campaign/bench/stand.h"
#include "campaign/design/config.h"
#include "campaign/design/plan.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {

class Bench {
 public:
  /// Makes the first build. `sites` must have their CPUs placed, and must outlive the bench. Errors: those of
  /// nsglue, pktgen and analyzer, unchanged.
  [[nodiscard]] static Result<Bench> open(const Config& config, Layout layout, Sites& sites);
  Bench(Bench&&) noexcept = default;
  Bench& operator=(Bench&&) = delete;
  ~Bench() = default;

  /// Replaces the current build by a new one. The current one stays until the new one stands, because the
  /// kernel would otherwise hand out the same memory again. It goes first where the new one needs what it
  /// holds: the ports of containers that run already, or a NIC's queues. Errors: as open(); then the current
  /// build is still there, unless it had to go first.
  [[nodiscard]] Result<void> renew();

  /// Opens the slot's taps, runs the slot, and puts the gates that it breaks into the result. Errors: the
  /// children's.
  [[nodiscard]] Result<SlotResult> run(const PlannedSlot& slot) { return run(slot, config_.trains); }
  /// As above, with other trains than the configuration's.
  [[nodiscard]] Result<SlotResult> run(const PlannedSlot& slot, const Trains& trains);

  /// The settings that differ from the declarations now, in the current build; if there is none, of the
  /// containers that run already. Errors: nsglue's.
  [[nodiscard]] Result<std::vector<Drifted>> drift() const;

  /// With the paths of the first instance.
  [[nodiscard]] const std::vector<Lane>& lanes() const noexcept { return layout_.lanes; }
  /// Of each mode, in each build.
  [[nodiscard]] std::size_t instances() const noexcept { return layout_.instances.size(); }
  [[nodiscard]] const Build& build() const noexcept { return stand_->build(); }
  [[nodiscard]] const std::string& backend() const noexcept { return stand_->backend(); }
  [[nodiscard]] const std::string& tap_kind() const noexcept { return stand_->tap_kind(); }
  /// How frames get from the device's interface to modes, "bpf" or "macvlan"; empty on one machine.
  [[nodiscard]] const std::string& wire() const noexcept { return wire_; }
  [[nodiscard]] Sites& sites() const noexcept { return *sites_; }
  /// What is known of two sites' clocks; nothing where they have one clock.
  [[nodiscard]] const std::optional<ClockLink>& clocks() const noexcept { return link_; }
  /// The same after one more reading, where the sites still answer.
  [[nodiscard]] const std::optional<ClockLink>& clocks_at_the_end();

 private:
  Bench(const Config& config, Layout layout, Sites& sites);
  [[nodiscard]] Result<void> look_at_nics();
  [[nodiscard]] Result<void> read_clocks();
  [[nodiscard]] Result<Stand> next_stand();
  [[nodiscard]] SlotRequest next_request(const std::vector<Lane>& lanes,
                                         const std::vector<std::size_t>& order, const Load& load,
                                         const Trains& trains, std::uint32_t rounds, const Dealing* dealing);
  /// Sends each of many containers a few packets that nobody counts. A slot has only few packets for each
  /// container, so the kernel's set-up for a container's first packets would weigh on the figures.
  [[nodiscard]] Result<void> warm_up();

  Config config_;
  Layout layout_;
  std::vector<Load> levels_;
  Random draw_;
  Sites* sites_;
  std::optional<ClockLink> link_;  // only where the two sites have different clocks
  std::optional<Awake> awake_;
  std::optional<Stand> stand_;
  std::string wire_;
  std::uint32_t builds_ = 0;
  std::uint16_t next_flow_ = 0;
};

}  // namespace hopcost::campaign
