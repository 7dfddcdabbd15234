#include "campaign/selftest/selftest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/log.h"
#include "base/signals.h"
#include "campaign/exclusive.h"
#include "campaign/selftest/trials.h"
#include "stats/normal.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr std::uint64_t kDelaysNs[] = {50, 100, 200, 500};

class Selftest {
 public:
  explicit Selftest(const SelftestOptions& options) : options_(options), random_(options.seed) {}

  Result<void> run() {
    Config config = config_for_trials();
    {
      auto bed = Testbed::open(config);
      if (!bed) return forward(bed);
      if (auto r = on_bed(*bed, config); !r) return r;
    }
    return note(try_stale_stamps(config));
  }
  [[nodiscard]] const std::vector<Verdict>& verdicts() const { return verdicts_; }

 private:
  /// A bridge has every kind of site, and the most hops.
  [[nodiscard]] Config config_for_trials() const {
    Config config;
    config.modes = {"bridge"};
    config.twin_of = "";
    config.tap_kind = "bpf";
    config.slot_ms = 50;
    config.gates = {
        .min_rate_share = 0, .max_missed_share = 1, .max_steal_share = kInfinite};  // alike for both flows
    config.budget_s = options_.trial_s;
    config.target_half_width_ns = 0;
    config.seed = options_.seed;
    return config;
  }

  Result<void> on_bed(Testbed& bed, Config config) {
    const auto sites = plant_sites(bed.paths().front());
    std::uniform_int_distribution<std::size_t> any(0, sites.size() - 1);
    if (auto r = note(try_delay(bed, config, sites[any(random_)], 0)); !r) return r;
    for (unsigned i = 0; i < options_.delays; ++i) {
      const std::uint64_t ns = kDelaysNs[random_() % std::size(kDelaysNs)];
      if (auto r = note(try_delay(bed, config, sites[any(random_)], ns)); !r) return r;
    }
    config.max_blocks = 2;
    return note(try_loss(bed, config, sites[any(random_)], 50 + random_() % 100));
  }

  Result<void> note(Result<Verdict> verdict) {
    if (!verdict) return forward(verdict);
    if (!options_.json) {
      fmt::print("{}  {}\n        {}\n",
                 !verdict->decided ? "?     "
                 : verdict->passed ? "passed"
                                   : "FAILED",
                 verdict->name, verdict->found);
      std::fflush(stdout);
    }
    verdicts_.push_back(std::move(*verdict));
    if (stop_requested()) return error(Exit::kPartial, "stopped by a signal");
    return {};
  }

  const SelftestOptions& options_;
  std::mt19937_64 random_;
  std::vector<Verdict> verdicts_;
};

json to_json(const SelftestOptions& options, const std::vector<Verdict>& verdicts) {
  json trials = json::array();
  for (const Verdict& v : verdicts) {
    trials.push_back({{"name", v.name}, {"found", v.found}, {"passed", v.decided ? json(v.passed) : json()}});
  }
  return {{"schema", "hopcost.selftest/1"}, {"seed", options.seed}, {"trials", trials}};
}

}  // namespace

Result<Exit> selftest(const SelftestOptions& asked) {
  SelftestOptions options = asked;
  if (options.seed == 0) options.seed = std::random_device{}() | 1u;
  if (auto r = become_able(false); !r) return forward(r);
  auto lock = lock_out_others();
  if (!lock) return forward(lock);
  if (!options.quiet)
    log_info("seed {}; some {:.0f} s", options.seed, (options.delays + 1) * options.trial_s + 5);
  Selftest test(options);
  if (auto r = test.run(); !r) return forward(r);
  if (options.json) fmt::print("{}\n", to_json(options, test.verdicts()).dump(1));
  const auto failed = [](const Verdict& v) { return v.decided && !v.passed; };
  if (std::ranges::any_of(test.verdicts(), failed)) return Exit::kFailure;
  return std::ranges::all_of(test.verdicts(), &Verdict::decided) ? Exit::kOk : Exit::kUnfit;
}

}  // namespace hopcost::campaign
