#include "campaign/lifecycle/lifecycle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/exclusive.h"
#include "base/log.h"
#include "base/programs.h"
#include "base/random.h"
#include "base/signals.h"
#include "base/whole_file.h"
#include "campaign/bench/lanes.h"
#include "campaign/lifecycle/lifecycle_json.h"
#include "campaign/result/result_folder.h"
#include "campaign/site/able.h"
#include "stats/paired.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The mode with so many containers. One container alone has no parts that could be built one by one, so it
/// is taken as the first of two, of which the second is never built.
Result<nsglue::Topology> crowd_of(const nsglue::Topology& one, std::uint32_t containers) {
  auto many = nsglue::with_containers(one, std::max(2u, containers));
  if (many && many->shared.nodes == many->nodes.size())
    return error(Exit::kUsage, fmt::format("{} has no containers that could be built", one.name));
  return many;
}

/// Adds a cell for each manner; for a single container there is only one.
void add_cells(const Cell& cell, std::vector<Tried>& cells) {
  for (const Manner manner : {Manner::kOneByOne, Manner::kAtOnce}) {
    if (manner == Manner::kAtOnce && cell.containers == 1) continue;
    cells.push_back({cell, {}});
    cells.back().cell.manner = manner;
  }
}

/// Adds cells for the engines that are there, with every number of containers that they can start. Gives the
/// others, and why they are left out.
Result<std::vector<LeftOut>> add_engines(const LifecycleOptions& options, std::vector<Tried>& cells) {
  std::vector<LeftOut> missing;
  for (const Engine& engine : options.engines) {
    if (std::string why = why_missing(engine); !why.empty()) {
      log_warn("left out: {}: {}", text(engine), why);
      missing.push_back({text(engine), std::move(why)});
      continue;
    }
    for (const std::uint32_t n : options.containers) {
      if (n > 1 && engine.word == "lxc") continue;  // the name stands for one container
      add_cells({.mode = text(engine), .topology = {}, .engine = engine, .containers = n}, cells);
    }
  }
  if (!cells.empty()) return missing;
  const std::string why = missing.empty() ? "lxc: names one container" : missing.front().reason;
  return error(Exit::kMissing, "nothing can be ordered: " + why, "name another of docker:, podman:, lxc:");
}

/// The cells of every mode with every number of containers, in both manners.
Result<std::vector<Tried>> cells_of(const LifecycleOptions& options) {
  std::vector<Tried> cells;
  if (options.modes.empty()) return cells;
  auto found = find_data("topologies", options.topologies);
  if (!found) return forward(found);
  const fs::path& folder = *found;
  for (const std::string& mode : options.modes) {
    auto one = nsglue::find_topology(mode, folder);
    if (!one) return forward(one);
    for (const std::uint32_t n : options.containers) {
      auto many = crowd_of(*one, n);
      if (!many) return forward(many);
      add_cells({.mode = one->name, .topology = std::move(*many), .containers = n}, cells);
    }
  }
  return cells;
}

Result<void> nothing_lacks(const std::vector<Tried>& cells) {
  for (const Tried& t : cells) {
    if (t.cell.engine) continue;
    auto lacking = nsglue::lacks(t.cell.topology);
    if (!lacking) return forward(lacking);
    if (!lacking->empty())
      return error(Exit::kMissing,
                   fmt::format("{} can't be built here: {}", t.cell.mode, fmt::join(*lacking, "; ")));
  }
  return {};
}

/// Runs rounds of all cells, each in a new random order, until `repeats` or the budget is reached, but as
/// many as an interval needs, whatever the budget. The first round warms up and does not count.
class Rounds {
 public:
  Rounds(const LifecycleOptions& options, std::uint64_t seed) : options_(options), draw_(seed) {}

  Result<void> run(std::vector<Tried>& cells) {
    for (std::uint32_t round = 0; more(round); ++round) {
      for (const std::size_t i : draw_order(cells.size(), draw_)) {
        if (stop_requested()) return {};
        auto trial = try_cell(cells[i].cell, fmt::format("life{}", getpid()));
        if (!trial && trial.error().code == Exit::kPartial) return {};
        if (!trial) return forward(trial);
        if (round > 0) cells[i].trials.push_back(std::move(*trial));
      }
      if (!options_.quiet) log_info("{} of every combination", round);
    }
    return {};
  }

 private:
  [[nodiscard]] bool more(std::uint32_t round) const {
    if (options_.repeats > 0) return round <= options_.repeats;
    const double spent = std::chrono::duration<double>(Clock::now() - began_).count();
    return round <= units_needed(0.95) || spent * (round + 1) / round < options_.budget_s;
  }

  const LifecycleOptions& options_;
  Random draw_;
  Clock::time_point began_ = Clock::now();
};

}  // namespace

Result<void> validate(const LifecycleOptions& o) {
  if (o.modes.empty() && o.engines.empty()) return error(Exit::kUsage, "name a mode with --modes");
  if (o.containers.empty()) return error(Exit::kUsage, "--containers is empty");
  for (const std::uint32_t n : o.containers) {
    if (n < 1 || n > nsglue::kMostContainers)
      return error(Exit::kUsage, fmt::format("--containers is 1 to {}", nsglue::kMostContainers));
  }
  if (o.repeats == 0 && !(o.budget_s > 0)) return error(Exit::kUsage, "--budget must be above 0");
  return {};
}

Result<Exit> lifecycle(const LifecycleOptions& options) {
  if (auto r = validate(options); !r) return forward(r);
  auto cells = cells_of(options);
  if (!cells) return forward(cells);
  auto missing = add_engines(options, *cells);
  if (!missing) return forward(missing);
  auto lock = lock_out_others();
  if (!lock) return forward(lock);
  if (!options.out.empty()) {
    if (auto r = prepare_folder(options.out); !r) return forward(r);
  }
  if (auto r = become_able(false); !r) return forward(r);
  if (auto r = nothing_lacks(*cells); !r) return forward(r);
  if (auto swept = nsglue::sweep(); !swept) return forward(swept);
  const std::uint64_t seed = options.seed != 0 ? options.seed : std::random_device{}() | 1u;
  if (auto done = Rounds(options, seed).run(*cells); !done) return forward(done);
  const nlohmann::json result = lifecycle_json(*cells, *missing, seed, stop_requested());
  std::fputs(options.json ? (result.dump(1) + "\n").c_str() : lifecycle_table(result).c_str(), stdout);
  if (!options.out.empty()) {
    if (auto r = replace_text(options.out / "lifecycle.json", result.dump(1) + "\n"); !r) return forward(r);
  }
  return stop_requested() ? Exit::kPartial : Exit::kOk;
}

}  // namespace hopcost::campaign
