#include "campaign/selftest/selftest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/log.h"
#include "base/signals.h"
#include "campaign/selftest/trials.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr std::uint64_t kDelaysNs[] = {50, 100, 200, 500};
constexpr double kRatePps = 50'000, kSlotMs = 120, kMethodSlotMs = 60;

/// On standard output; where that is closed, on standard error.
void tell(const std::string& text) {
  if (!print_to(stdout, text)) print_to(stderr, text);
}

class Selftest {
 public:
  Selftest(const SelftestOptions& options, Sites& sites)
      : options_(options), sites_(sites), draw_(options.seed) {}

  Result<void> run() {
    Build::clear_away_dead_runs(sites_.device());
    if (auto r = on_two_lanes(); !r) return r;
    if (auto r = on_a_mode_and_host(); !r) return r;
    return note(try_stale_stamps(base_config(), sites_));
  }
  [[nodiscard]] const std::vector<Verdict>& verdicts() const { return verdicts_; }

 private:
  [[nodiscard]] Config base_config() const {
    Config config;
    config.tap_kind = "bpf";
    config.budget_s = options_.trial_s;
    config.target_half_width_ns = 0;
    config.seed = options_.seed;
    config.instances = 1;  // what is planted, is planted on one
    return config;
  }

  /// Delays and faults, on a bridge, which has every kind of site and the most hops.
  Result<void> on_two_lanes() {
    Config config = base_config();
    config.rates = {kRatePps};
    config.slot_ms = kSlotMs;
    auto layout = two_lanes_on("bridge");
    if (!layout) return forward(layout);
    auto bench = Bench::open(config, std::move(*layout), sites_);
    if (!bench) return forward(bench);
    const auto sites = plant_sites(bench->build().paths().front());
    const auto any = [&] { return sites[draw_.below(sites.size())]; };
    if (auto r = note(try_delay(*bench, config, any(), 0, draw_)); !r) return r;
    for (unsigned i = 0; i < options_.delays; ++i) {
      const std::uint64_t ns = kDelaysNs[draw_.below(std::size(kDelaysNs))];
      if (auto r = note(try_delay(*bench, config, any(), ns, draw_)); !r) return r;
    }
    const auto egress = std::ranges::find(sites, PlantSite::Hook::kTcEgress, &PlantSite::hook);
    if (auto r = note(try_fault(*bench, config, any(), Fault::kLoss, 50 + draw_.below(100))); !r) return r;
    if (egress == sites.end()) return {};
    if (auto r = note(try_fault(*bench, config, *egress, Fault::kCopies, 50 + draw_.below(100))); !r)
      return r;
    return note(try_fault(*bench, config, *egress, Fault::kOrder, 50 + draw_.below(100)));
  }

  /// Figures that must not depend on the method, on a bridge.
  Result<void> on_a_mode_and_host() {
    Config config = base_config();
    config.slot_ms = kMethodSlotMs;
    config.budget_s *= 2;  // a mode against host scatters more than a path against itself
    auto layout = mode_and_host("bridge");
    if (!layout) return forward(layout);
    auto bench = Bench::open(config, std::move(*layout), sites_);
    if (!bench) return forward(bench);
    auto trains = try_trains(*bench, config);
    if (!trains) return forward(trains);
    for (Verdict& v : *trains) {
      if (auto r = note(std::move(v)); !r) return r;
    }
    return note(try_all_taps(*bench, config));
  }

  Result<void> note(Result<Verdict> verdict) {
    if (!verdict) return forward(verdict);
    if (!options_.json) {
      const char* const word = !verdict->decided ? "?     " : verdict->passed ? "passed" : "FAILED";
      tell(fmt::format("{}  {}\n        {}\n", word, verdict->name, verdict->found));
    }
    verdicts_.push_back(std::move(*verdict));
    if (stop_requested()) return error(Exit::kPartial, "stopped by a signal");
    return {};
  }

  const SelftestOptions& options_;
  Sites& sites_;
  Random draw_;
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
  auto sites = Sites::open({});
  if (!sites) return forward(sites);
  if (auto r = sites->become_able(false); !r) return forward(r);
  if (auto r = sites->place({}); !r) return forward(r);
  if (auto r = sites->device().hold_netfilter(); !r) return forward(r);
  if (!options.quiet)
    log_info("seed {}; some {:.0f} s", options.seed, (options.delays + 5) * options.trial_s + 10);
  Selftest test(options, *sites);
  if (auto r = test.run(); !r) return forward(r);
  if (options.json) tell(to_json(options, test.verdicts()).dump(1) + "\n");
  const auto failed = [](const Verdict& v) { return v.decided && !v.passed; };
  if (std::ranges::any_of(test.verdicts(), failed)) return Exit::kFailure;
  return std::ranges::all_of(test.verdicts(), &Verdict::decided) ? Exit::kOk : Exit::kUnfit;
}

}  // namespace hopcost::campaign
