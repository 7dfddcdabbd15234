// Everything a run needs, made anew for each build: the modes, one generator with a port into each of their
// paths, one analyzer with taps on each. Owned by one thread. Includes base, site, nsglue.
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
  /// Makes the first build. `sites` are placed, and outlive it. Errors: those of nsglue, pktgen and analyzer,
  /// unchanged.
  [[nodiscard]] static Result<Bench> open(const Config& config, Layout layout, Sites& sites);
  Bench(Bench&&) noexcept = default;
  Bench& operator=(Bench&&) = delete;
  ~Bench() = default;

  /// Replaces the present build by a new one. The present one stands until the new one does, because the
  /// kernel would otherwise hand out the same memory again; of containers that run already it goes first,
  /// because it holds their ports. Errors: as open(); the present build stays then, or there is none.
  [[nodiscard]] Result<void> renew();

  /// Opens the slot's taps and runs it. Its gates are looked at. Errors: the children's.
  [[nodiscard]] Result<SlotResult> run(const PlannedSlot& slot) { return run(slot, config_.trains); }
  /// As above, with other trains than the configuration's.
  [[nodiscard]] Result<SlotResult> run(const PlannedSlot& slot, const Trains& trains);

  /// What differs from the declaration now, of the present build; where there is none, of the containers that
  /// run already. Errors: nsglue's.
  [[nodiscard]] Result<std::vector<std::string>> drift() const;

  [[nodiscard]] const std::vector<Lane>& lanes() const noexcept { return layout_.lanes; }
  [[nodiscard]] const Build& build() const noexcept { return stand_->build(); }
  [[nodiscard]] const std::string& backend() const noexcept { return stand_->backend(); }
  [[nodiscard]] const std::string& tap_kind() const noexcept { return stand_->tap_kind(); }
  [[nodiscard]] Sites& sites() const noexcept { return *sites_; }

 private:
  Bench(const Config& config, Layout layout, Sites& sites);
  [[nodiscard]] Result<void> look_at_nics();
  [[nodiscard]] Result<Stand> next_stand();
  [[nodiscard]] SlotRequest next_request(const std::vector<Lane>& lanes,
                                         const std::vector<std::size_t>& order, const Load& load,
                                         const Trains& trains, std::uint32_t rounds, const Dealing* dealing);
  [[nodiscard]] Result<nlohmann::json> send(const SlotRequest& request);
  /// Each of many containers gets some packets that nobody counts: a slot has few for each, and the first
  /// ones would be a share of them that is no part of what a packet costs.
  [[nodiscard]] Result<void> warm_up();

  Config config_;
  Layout layout_;
  std::vector<Load> levels_;
  Random draw_;
  Sites* sites_;
  std::optional<ClockLink> link_;  // between two clocks
  std::optional<Awake> awake_;
  std::optional<Stand> stand_;
  std::uint32_t builds_ = 0;
  std::uint16_t next_flow_ = 0;
};

}  // namespace hopcost::campaign
