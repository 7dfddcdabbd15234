// Measures loads over builds. Each build makes every mode anew. Each load's quanta run in random mirrored
// order over all lanes; a quantum that fails is void and is tried once more. One owner thread. Includes base,
// stats.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "campaign/bench/bench.h"
#include "campaign/design/config.h"
#include "campaign/figures/figure_series.h"
#include "campaign/loads/load_case.h"
#include "campaign/site/sites.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// A quantum that gave no figure.
struct VoidQuantum {
  std::size_t build = 0;
  std::string load, mode, reason;
  bool again = false;  ///< This was the second attempt: the lane has one quantum less in that build.
};

/// The results of one case.
struct MeasuredCase {
  LoadCase load;
  std::string left_out;  ///< Why it was not measured at all; empty: it was.
  nlohmann::json way;    ///< How packets were sent and timed (packet_trains.h); null for other loads.
  std::vector<FigureSeries> figures;
  std::vector<FigureSeries> each;        ///< Only for several containers: each one's value of the figure that
                                         ///< they share.
  std::vector<FigureSeries> machine;     ///< What the machine did meanwhile.
  std::vector<HdrHistogram> histograms;  ///< By lane, over the builds that count.
};

/// The results of a run of loads.
struct MeasuredLoads {
  std::vector<Lane> lanes;
  std::vector<MeasuredCase> cases;
  std::vector<VoidQuantum> voids;
  std::size_t builds = 0;                ///< How many count.
  std::vector<std::string> void_builds;  ///< Why the others don't.
  std::vector<std::string> void_modes;   ///< Which modes are left out of a build that counts, and why.
  double elapsed_s = 0;
  std::string partial_reason;  ///< Why it ended early; empty: it did not.
  nlohmann::json environment;
  std::vector<nlohmann::json> samples;  ///< One per quantum: build, load, mode and the machine's time series.
  std::string missing_counters;         ///< Which are missing and why; may be empty.
};

/// What a run of loads does.
struct LoadPlan {
  std::vector<LoadCase> cases;
  bool together = false;          ///< Clients and servers run on one CPU.
  bool count_containers = false;  ///< Each lane gets one more quantum, for counters of the container alone.
  double budget_s = 0;            ///< No build begins that would end later; 0: no limit.
};

/// Called after each build with the results so far.
using LoadProgress = std::function<void(const MeasuredLoads& measured)>;

/// Runs `config.builds` builds; fewer when `plan.budget_s` is above 0 and the next one would not fit. A stop
/// signal or a build that can't be made ends the run early, and the result has what was measured until then.
/// Errors: only before the first quantum.
[[nodiscard]] Result<MeasuredLoads> measure_loads(const Config& config, const Layout& layout,
                                                  const LoadPlan& plan, Sites& sites,
                                                  const LoadProgress& tell);

/// The configuration for a case of packets: their size and rate where it names them, else the smallest frame
/// that holds a probe and the configuration's rate.
[[nodiscard]] Config for_packets(Config config, const LoadCase& load);

/// How long the quanta of that many builds take, seconds. Making builds and starting tools is not included.
[[nodiscard]] double quanta_s(const LoadPlan& plan, std::size_t lanes, std::size_t builds);

/// The lanes in random order and then backwards. Each comes twice, and every other lane is as often before it
/// as after it.
[[nodiscard]] std::vector<std::size_t> mirrored_order(std::size_t lanes, Random& draw);

}  // namespace hopcost::campaign
