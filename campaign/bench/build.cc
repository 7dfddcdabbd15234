#include "campaign/bench/build.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "base/signals.h"
#include "campaign/bench/lanes.h"

namespace hopcost::campaign {

Result<Build> Build::raise(const std::vector<nsglue::Topology>& topologies, std::uint32_t number,
                           Random& draw) {
  Build build;
  for (std::size_t i = 0; i < topologies.size(); ++i) {
    build.paths_.push_back({.mode = topologies[i].name,
                            .instance = fmt::format("r{}-{}-{}", getpid(), number, i),
                            .topology = topologies[i],
                            .built = {}});
  }
  for (const std::size_t i : draw_order(topologies.size(), draw)) {
    if (stop_requested()) return error(Exit::kPartial, "stopped while the modes were being built");
    Path& path = build.paths_[i];
    auto built = nsglue::up(path.topology, path.instance, nsglue::Ownership::kThisProcess);
    if (!built) return forward(built);
    auto stands = nsglue::as_it_stands(path.topology, path.instance);
    if (!stands) return forward(stands);
    path.topology = std::move(*stands);
    path.built = std::move(*built);
  }
  return build;
}

Build::Build(Build&& other) noexcept : paths_(std::exchange(other.paths_, {})) {}

Build& Build::operator=(Build&& other) noexcept {
  if (this != &other) {
    remove();
    paths_ = std::exchange(other.paths_, {});
  }
  return *this;
}

Build::~Build() {
  remove();
}

void Build::remove() noexcept {
  for (const Path& p : paths_) {
    if (auto r = nsglue::down(p.instance); !r) {
      log_error("{}", describe(r.error()));
      log_error("remove what is left with: sudo nsglue down {}", p.instance);
    }
  }
  paths_.clear();
}

Result<std::vector<std::string>> Build::drift() const {
  std::vector<std::string> found;
  for (const Path& p : paths_) {
    auto differences = nsglue::check(p.topology, p.instance);
    if (!differences) return forward(differences);
    for (const auto& d : *differences) found.push_back(nsglue::text(d));
  }
  return found;
}

Result<void> Build::prove() const {
  for (const Path& p : paths_) {
    auto proof = nsglue::prove(p.topology, p.instance);
    if (!proof) return forward(proof);
    if (proof->faults.empty()) continue;
    return error(
        Exit::kFailure, fmt::format("packets do not take {}'s way: {}", p.mode, proof->faults.front()),
        fmt::format("look closer with: sudo nsglue up {0}; sudo nsglue check {0}; or leave it out of --modes",
                    p.topology.file.string()));
  }
  return {};
}

void Build::clear_away_dead_runs() {
  auto removed = nsglue::sweep();
  if (!removed) {
    log_warn("what a run that was killed left behind can't be removed: {}", describe(removed.error()));
  } else if (!removed->empty()) {
    log_info("removed what a run that was killed left behind: {} instances", removed->size());
  }
}

nlohmann::json Build::settings() const {
  nlohmann::json all = nlohmann::json::object();
  for (const Path& p : paths_) {
    auto s = nsglue::settings(p.topology, p.instance);
    all[p.mode] = s ? *s : nlohmann::json(describe(s.error()));
  }
  return all;
}

}  // namespace hopcost::campaign
