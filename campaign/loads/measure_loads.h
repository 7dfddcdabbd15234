// Loads over builds: every mode made anew, each load's quanta in random mirrored order over all lanes, a
// quantum that fails void and run once again. One owner thread. Includes base, stats.
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
  bool again = false;  ///< It was the second attempt: the lane has one quantum less in that build.
};

/// What one case showed.
struct MeasuredCase {
  LoadCase load;
  std::string left_out;  ///< Why it was not measured at all; else empty.
  std::vector<FigureSeries> figures;
  std::vector<FigureSeries> each;        ///< Of several containers: what each has of the figure they share.
  std::vector<FigureSeries> machine;     ///< What the machine did meanwhile.
  std::vector<HdrHistogram> histograms;  ///< By lane, over the builds that count.
};

/// What a run of loads showed.
struct MeasuredLoads {
  std::vector<Lane> lanes;
  std::vector<MeasuredCase> cases;
  std::vector<VoidQuantum> voids;
  std::size_t builds = 0;                ///< That count.
  std::vector<std::string> void_builds;  ///< Why the others do not.
  double elapsed_s = 0;
  std::string partial_reason;  ///< Why it ended early, or empty.
  nlohmann::json environment;
  std::vector<nlohmann::json> samples;  ///< A quantum each: build, load, mode and the machine's time series.
  std::string missing_counters;         ///< Why which are missing, or empty.
};

/// How a run of loads goes.
struct LoadPlan {
  std::vector<LoadCase> cases;
  bool together = false;          ///< Clients and servers on one CPU.
  bool count_containers = false;  ///< One more quantum of each lane, with counters of the container alone.
  double budget_s = 0;            ///< As of LoadOptions.
};

/// Where it stands, told after each build.
using LoadProgress = std::function<void(const MeasuredLoads& measured)>;

/// Runs `config.builds` builds; fewer when `plan.budget_s` is above 0 and the next one would not fit. A
/// stop signal or a build that can't be made ends the run early, with what there is. Errors: only before the
/// first build stands.
[[nodiscard]] Result<MeasuredLoads> measure_loads(const Config& config, const Layout& layout,
                                                  const LoadPlan& plan, Sites& sites,
                                                  const LoadProgress& tell);

/// How long the quanta of that many builds take, seconds; making builds and starting tools takes some more.
[[nodiscard]] double quanta_s(const LoadPlan& plan, std::size_t lanes, std::size_t builds);

/// Lanes in random order and then backwards: each twice, every other lane as often before it as behind it.
[[nodiscard]] std::vector<std::size_t> mirrored_order(std::size_t lanes, Random& draw);

}  // namespace hopcost::campaign
