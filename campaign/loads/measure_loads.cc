#include "campaign/loads/measure_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/control.h"
#include "base/signals.h"
#include "campaign/bench/environment.h"
#include "campaign/loads/load_stand.h"
#include "campaign/loads/packet_trains.h"
#include "campaign/loads/together.h"
#include "stats/hdr_codec.h"
#include "wire/frame_template.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

/// After so many builds, a load is no longer tried on a lane where it never gave a figure: each attempt may
/// take seconds.
constexpr std::size_t kBuildsToTry = 2;

Better better_of(const std::string& word) {
  if (word.empty()) return Better::kNeither;
  return word == "higher" ? Better::kHigher : Better::kLower;
}

FigureKind kind_of(const json& j) {
  FigureKind kind{
      .name = get_string_or(j, "name", "?"),
      .unit = get_string_or(j, "unit", ""),
      .better = better_of(get_string_or(j, "better", "")),
      .scale = get_string_or(j, "compared_by", "ratio") == "difference" ? Scale::kDifference : Scale::kRatio};
  if (const double within = get_number_or(j, "same_within", 0); within > 0) kind.same_within = within;
  return kind;
}

/// Means of figures over the quanta of one build, by lane.
class Means {
 public:
  explicit Means(std::size_t lanes) : sums_(lanes) {}
  void add(std::size_t lane, const json& figures) {
    for (const auto& [name, value] : figures.items()) {
      if (!value.is_number()) continue;
      auto& [sum, n] = sums_[lane][name];
      sum += value.get<double>();
      ++n;
    }
  }
  void forget(std::size_t lane) { sums_[lane].clear(); }
  [[nodiscard]] std::vector<std::optional<double>> of(const std::string& figure) const {
    std::vector<std::optional<double>> by_lane;
    for (const auto& lane : sums_) {
      const auto at = lane.find(figure);
      by_lane.push_back(at == lane.end() ? std::nullopt
                                         : std::optional(at->second.first / at->second.second));
    }
    return by_lane;
  }

 private:
  std::vector<std::map<std::string, std::pair<double, int>>> sums_;
};

/// The results of one case in one build. They count if the build does.
struct BuildShows {
  explicit BuildShows(std::size_t lanes) : figures(lanes), each(lanes), machine(lanes), histograms(lanes) {}
  Means figures, each, machine;
  std::vector<HdrHistogram> histograms;  // by lane
  std::vector<json> samples;

  /// Drops what a lane's quanta gave.
  void forget(std::size_t lane, const std::string& name) {
    for (Means* means : {&figures, &each, &machine}) means->forget(lane);
    histograms[lane] = HdrHistogram();
    std::erase_if(samples, [&](const json& quantum) { return quantum["mode"] == name; });
  }
};

class LoadRunner {
 public:
  LoadRunner(const Config& config, const Layout& layout, const LoadPlan& plan, Sites& sites,
             const LoadProgress& tell)
      : config_(config), layout_(layout), plan_(plan), sites_(sites), tell_(tell), draw_(config.seed) {
    measured_.lanes = layout.lanes;
    for (const LoadCase& load : plan.cases)
      measured_.cases.push_back({.load = load,
                                 .left_out = {},
                                 .way = {},
                                 .figures = {},
                                 .each = {},
                                 .machine = {},
                                 .histograms = {}});
    fruits_.resize(plan.cases.size(), std::vector<Fruit>(layout.lanes.size()));
  }

  Result<MeasuredLoads> run() {
    for (std::size_t number = 0; another(number); ++number) {
      auto stand = raise(number);
      if (!stand && number == 0) return forward(stand);
      if (!stand) {
        end_early(describe(stand.error()));
        break;
      }
      if (number == 0) {
        if (auto seen = look_around(*stand); !seen) return forward(seen);
      }
      one_build(*stand, number);
      if (!measured_.partial_reason.empty()) break;
      tell_(measured_);
    }
    if (!not_counted_.empty()) {
      std::string& why = measured_.missing_counters;
      why += (why.empty() ? "" : "; ") + ("the container's: " + not_counted_);
    }
    measured_.elapsed_s = seconds();
    return std::move(measured_);
  }

 private:
  /// Whether a load ever gave a figure on a lane.
  struct Fruit {
    bool ever = false;
    std::size_t builds_without = 0;
  };

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

  [[nodiscard]] bool another(std::size_t done) const {
    if (done == 0) return true;
    if (done >= config_.builds) return false;
    const double each = seconds() / static_cast<double>(done);
    return plan_.budget_s <= 0 || seconds() + each <= plan_.budget_s;
  }

  void end_early(std::string why) {
    measured_.partial_reason = stop_requested() ? "stopped by a signal" : std::move(why);
  }

  Result<LoadStand> raise(std::size_t number) {
    auto build = Build::raise(sites_.device(), layout_.topologies, static_cast<std::uint32_t>(number), draw_);
    if (!build) return forward(build);
    if (number == 0) {
      if (auto proven = build->prove(); !proven) return forward(proven);
    }
    return LoadStand::put_up(
        std::make_shared<Build>(std::move(*build)), sites_,
        {.ipv6 = config_.ipv6, .together = plan_.together, .count_containers = plan_.count_containers});
  }

  /// Describes the machines, and finds out which loads can run here.
  Result<void> look_around(LoadStand& stand) {
    auto environment = describe_environment(*stand.build(), sites_);
    if (!environment) return forward(environment);
    measured_.environment = std::move(*environment);
    for (MeasuredCase& c : measured_.cases) {
      if (config_.ipv6) c.left_out = c.load.no_ipv6;
      if (!c.left_out.empty()) continue;
      if (auto found = stand.find_programs(c.load); !found) c.left_out = describe(found.error());
    }
    return {};
  }

  void one_build(LoadStand& stand, std::size_t number) {
    const auto order = draw_order(measured_.cases.size(), draw_);
    std::vector<BuildShows> shows(measured_.cases.size(), BuildShows(measured_.lanes.size()));
    for (const std::size_t i : order) {
      if (!measured_.cases[i].left_out.empty()) continue;
      if (!one_case(stand, number, i, shows[i])) {
        end_early("");
        if (number > 0) return;  // an incomplete build counts only when there is no complete one
        break;
      }
      stand.close(measured_.cases[i].load);
    }
    if (!leave_out_drifted(*stand.build(), number, shows)) return;
    ++measured_.builds;
    for (std::size_t i = 0; i < measured_.cases.size(); ++i) count(measured_.cases[i], shows[i]);
  }

  void count(MeasuredCase& c, const BuildShows& shows) {
    for (FigureSeries& s : c.figures) s.by_build.push_back(shows.figures.of(s.kind.name));
    for (FigureSeries& s : c.each) s.by_build.push_back(shows.each.of(s.kind.name));
    for (FigureSeries& s : c.machine) s.by_build.push_back(shows.machine.of(s.kind.name));
    c.histograms.resize(measured_.lanes.size());
    for (std::size_t lane = 0; lane < measured_.lanes.size(); ++lane)
      (void)c.histograms[lane].merge(shows.histograms[lane]);
    measured_.samples.insert(measured_.samples.end(), shows.samples.begin(), shows.samples.end());
  }

  /// Runs one case's quanta in one build. False when a stop signal cut it short.
  bool one_case(LoadStand& stand, std::size_t number, std::size_t i, BuildShows& shows) {
    if (measured_.cases[i].load.kind == kPackets) return packets(stand, number, i, shows);
    for (const std::size_t lane : mirrored_order(measured_.lanes.size(), draw_)) {
      if (stop_requested()) return false;
      if (!fruits_[i][lane].ever && fruits_[i][lane].builds_without >= kBuildsToTry) continue;
      auto quantum = attempt(stand, number, i, lane, false);
      if (!quantum && !stop_requested()) quantum = attempt(stand, number, i, lane, true);
      if (!quantum) continue;
      take(measured_.cases[i], number, lane, *quantum, shows);
    }
    for (std::size_t lane = 0; lane < measured_.lanes.size(); ++lane) note_fruit(i, lane, shows.figures);
    return !plan_.count_containers || count_containers(stand, number, i, shows);
  }

  /// Sends packets on all lanes, by turns. It takes them all: a failure voids the case on every lane, and it
  /// is tried once more. False when a stop signal cut it short.
  bool packets(LoadStand& stand, std::size_t number, std::size_t i, BuildShows& shows) {
    MeasuredCase& c = measured_.cases[i];
    if (!fruits_[i][0].ever && fruits_[i][0].builds_without >= kBuildsToTry) return true;
    const Config config = for_packets(config_, c.load);
    for (const bool again : {false, true}) {
      auto sent = send_packets(stand.build(), measured_.lanes, c.load.quantum_s, config, sites_, draw_);
      if (stop_requested()) return false;
      for (const Lane& lane : measured_.lanes) {
        if (!sent)
          measured_.voids.push_back({number, c.load.name(), lane.name, describe(sent.error()), again});
      }
      if (!sent) continue;
      c.way = sent->way;
      for (std::size_t lane = 0; lane < sent->lanes.size(); ++lane) {
        take(c, number, lane,
             {.figures = sent->lanes[lane].figures,
              .kinds = packet_kinds(),
              .each = {},
              .histograms = {encode_base64(sent->lanes[lane].times)},
              .machine = json::object(),
              .machine_kinds = json::array()},
             shows);
      }
      break;
    }
    for (std::size_t lane = 0; lane < measured_.lanes.size(); ++lane) note_fruit(i, lane, shows.figures);
    return true;
  }

  /// Runs one more quantum of each lane, from which only the container's counters are taken. False when a
  /// stop signal cut it short.
  bool count_containers(LoadStand& stand, std::size_t number, std::size_t i, BuildShows& shows) {
    MeasuredCase& c = measured_.cases[i];
    if (c.load.kind == kCapacity) return true;
    for (const std::size_t lane : draw_order(measured_.lanes.size(), draw_)) {
      if (stop_requested()) return false;
      if (!fruits_[i][lane].ever) continue;
      auto quantum = stand.count(c.load, measured_.lanes[lane].path);
      if (!quantum) not_counted_ = describe(quantum.error());
      if (!quantum) continue;
      shows.machine.add(lane, quantum->machine.value("figures", json::object()));
      note_samples(c, number, lane, *quantum, shows);
    }
    return true;
  }

  void note_samples(const MeasuredCase& c, std::size_t number, std::size_t lane, const Quantum& quantum,
                    BuildShows& shows) {
    if (!quantum.machine.contains("samples")) return;  // nobody watches the machine while pktgen sends
    shows.samples.push_back({{"build", number},
                             {"load", c.load.name()},
                             {"mode", measured_.lanes[lane].name},
                             {"samples", quantum.machine.value("samples", json::object())}});
    if (quantum.machine.contains("missing"))
      measured_.missing_counters = get_string_or(quantum.machine, "missing", "");
  }

  void note_fruit(std::size_t i, std::size_t lane, const Means& means) {
    const auto& kinds = measured_.cases[i].figures;
    Fruit& fruit = fruits_[i][lane];
    if (!kinds.empty() && means.of(kinds.front().kind.name)[lane])
      fruit.ever = true;
    else
      ++fruit.builds_without;
  }

  Result<Quantum> attempt(LoadStand& stand, std::size_t number, std::size_t i, std::size_t lane, bool again) {
    const LoadCase& load = measured_.cases[i].load;
    auto quantum = stand.run(load, measured_.lanes[lane].path);
    if (!quantum)
      measured_.voids.push_back(
          {number, load.name(), measured_.lanes[lane].name, describe(quantum.error()), again});
    return quantum;
  }

  void take(MeasuredCase& c, std::size_t number, std::size_t lane, const Quantum& quantum,
            BuildShows& shows) {
    if (c.figures.empty()) {
      c.figures = series_of(quantum.kinds);
      c.each = series_of(kinds_of_each(quantum));
      c.machine = series_of(quantum.machine_kinds);
    }
    shows.figures.add(lane, quantum.figures);
    json each = json::object();
    for (std::size_t k = 0; k < quantum.each.size(); ++k) each[c.each[k].kind.name] = quantum.each[k];
    shows.each.add(lane, each);
    shows.machine.add(lane, quantum.machine.value("figures", json::object()));
    note_samples(c, number, lane, quantum, shows);
    for (const std::string& text : quantum.histograms) {
      if (auto h = decode_base64(text)) (void)shows.histograms[lane].merge(*h);
    }
  }

  /// The figure that containers share, once for each of them: "goodput of container 1".
  static json kinds_of_each(const Quantum& quantum) {
    json kinds = json::array();
    for (std::size_t k = 0; k < quantum.each.size(); ++k) {
      kinds.push_back(shared_kind(quantum.kinds));
      kinds.back()["name"] =
          fmt::format("{} of container {}", get_string_or(kinds.back(), "name", "?"), k + 1);
    }
    return kinds;
  }

  /// Series for figures that appear for the first time: earlier builds get no values.
  [[nodiscard]] std::vector<FigureSeries> series_of(const json& kinds) const {
    const std::vector<std::optional<double>> nothing(measured_.lanes.size());
    std::vector<FigureSeries> all;
    for (const json& kind : kinds)
      all.push_back(
          {kind_of(kind), std::vector<std::vector<std::optional<double>>>(measured_.builds, nothing)});
    return all;
  }

  /// Drops what was measured on modes whose settings changed under way, as when a container is gone. False
  /// when the build can't count at all: host is among them, or nobody knows.
  bool leave_out_drifted(const Build& build, std::size_t number, std::vector<BuildShows>& shows) {
    auto found = build.drift();
    if (!found) measured_.void_builds.push_back(describe(found.error()));
    if (!found) return false;
    const std::string& host = build.paths()[measured_.lanes.front().path].mode;
    for (const Drifted& d : *found) {
      if (d.mode == host) {
        measured_.void_builds.push_back("settings changed under way: " + d.what);
        return false;
      }
    }
    std::set<std::string> told;
    for (const Drifted& d : *found) {
      if (!told.insert(d.mode).second) continue;
      measured_.void_modes.push_back(
          fmt::format("{} is left out of build {}: settings changed under way: {}", d.mode, number, d.what));
      for (std::size_t lane = 0; lane < measured_.lanes.size(); ++lane) {
        if (build.paths()[measured_.lanes[lane].path].mode != d.mode) continue;
        for (BuildShows& of_case : shows) of_case.forget(lane, measured_.lanes[lane].name);
      }
    }
    return true;
  }

  const Config& config_;
  const Layout& layout_;
  const LoadPlan& plan_;
  Sites& sites_;
  const LoadProgress& tell_;
  Random draw_;
  MeasuredLoads measured_;
  std::string not_counted_;  // why the container's counters are missing; empty: they are not
  Clock::time_point start_ = Clock::now();
  std::vector<std::vector<Fruit>> fruits_;  // by case and lane
};

}  // namespace

std::vector<std::size_t> mirrored_order(std::size_t lanes, Random& draw) {
  auto order = draw_order(lanes, draw);
  for (std::size_t i = lanes; i-- > 0;) order.push_back(order[i]);
  return order;
}

Config for_packets(Config config, const LoadCase& load) {
  constexpr std::uint64_t kNoFrame = 1 << 20;  // so long that validate() refuses it
  const auto size = load.client.at("size").get<std::uint64_t>();
  config.sizes = {size == 0 ? min_frame_size(config.ipv6)
                            : static_cast<std::uint32_t>(std::min(size, kNoFrame))};
  if (const double pps = load.client.at("rate"); pps != 0) config.rates = {pps};
  return config;
}

double quanta_s(const LoadPlan& plan, std::size_t lanes, std::size_t builds) {
  double each = 0;
  for (const LoadCase& load : plan.cases) {
    const bool sockets = load.kind != kCapacity && load.kind != kPackets;
    const double times = load.kind == kCapacity ? kCapacityTrials : 1;
    const double quanta = load.kind == kPackets ? 1 : plan.count_containers && sockets ? 3 : 2;
    each += quanta * times * load.quantum_s * static_cast<double>(lanes);
  }
  return each * static_cast<double>(builds);
}

Result<MeasuredLoads> measure_loads(const Config& config, const Layout& layout, const LoadPlan& plan,
                                    Sites& sites, const LoadProgress& tell) {
  return LoadRunner(config, layout, plan, sites, tell).run();
}

}  // namespace hopcost::campaign
