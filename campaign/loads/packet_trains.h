// One packet's way to the container, on every lane of a build: trains of single packets by pktgen, timed by
// the analyzer, as hopcost run sends them. One owner thread. Includes base, bench.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "campaign/bench/build.h"
#include "campaign/bench/lanes.h"
#include "campaign/design/config.h"
#include "campaign/site/sites.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// What one lane's packets gave: the figures of packet_kinds() that are known, and the packets' times, ns.
struct LanePackets {
  nlohmann::json figures;
  HdrHistogram times;
};

/// What all lanes' packets gave, and how they were sent and timed: {"rate_pps", "size", "backend",
/// "tap_kind"}.
struct SentPackets {
  std::vector<LanePackets> lanes;
  nlohmann::json way;
};

/// The figures: [{"name", "unit", "better", ...}].
[[nodiscard]] nlohmann::json packet_kinds();

/// Sends packets on all lanes in turn, so long that each lane has `seconds`. `config` has one size and one
/// rate. The children that send and time them are started for it, and end before it returns. The lanes are in
/// their order. Errors: pktgen's, the analyzer's; kFailure when a correctness gate broke in every
/// slot; kPartial for a stop signal.
[[nodiscard]] Result<SentPackets> send_packets(const std::shared_ptr<Build>& build,
                                               const std::vector<Lane>& lanes, double seconds,
                                               const Config& config, Sites& sites, Random& draw);

}  // namespace hopcost::campaign
