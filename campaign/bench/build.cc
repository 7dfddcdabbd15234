#include "campaign/bench/build.h"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/signals.h"
#include "campaign/bench/lanes.h"

namespace hopcost::campaign {

Result<Build> Build::raise(Site& device, const std::vector<nsglue::Topology>& topologies,
                           std::uint32_t number, Random& draw) {
  Build build(device, number);
  for (std::size_t i = 0; i < topologies.size(); ++i) {
    build.paths_.push_back({.mode = topologies[i].name,
                            .instance = fmt::format("r{}-{}-{}", getpid(), number, i),
                            .topology = topologies[i],
                            .built = {}});
  }
  for (const std::size_t i : draw_order(topologies.size(), draw)) {
    if (stop_requested()) return error(Exit::kPartial, "stopped while the modes were being built");
    Path& path = build.paths_[i];
    auto stands = device.up(path.topology, path.instance);
    if (!stands) return forward(stands);
    auto built = nsglue::describe(*stands, path.instance);
    if (!built) return forward(built);
    path.topology = std::move(*stands);
    path.built = std::move(*built);
  }
  return build;
}

Result<Build> Build::raise_one(Site& device, const nsglue::Topology& topology, std::uint32_t number) {
  Random draw(1);
  return raise(device, {topology}, number, draw);
}

Build::Build(Build&& other) noexcept
    : device_(other.device_), number_(other.number_), paths_(std::exchange(other.paths_, {})) {}

Build& Build::operator=(Build&& other) noexcept {
  if (this != &other) {
    remove();
    device_ = other.device_;
    number_ = other.number_;
    paths_ = std::exchange(other.paths_, {});
  }
  return *this;
}

Build::~Build() {
  remove();
}

void Build::remove() noexcept {
  int failed = 0;
  for (const Path& p : paths_) {
    auto r = device_->down(p.instance);
    if (r) continue;
    log_error("{}", describe(r.error()));
    log_error("what is left on {} goes by itself, within {} s; else with: sudo nsglue down {}",
              device_->name(), kLease.count(), p.instance);
    if (++failed == 2) break;  // the site does not answer: the others would fail alike
  }
  paths_.clear();
}

Result<std::vector<Drifted>> Build::drift() const {
  std::map<std::string, std::vector<const Path*>> instances;
  for (const Path& p : paths_) instances[p.mode].push_back(&p);
  std::vector<Drifted> found;
  for (const auto& [mode, all] : instances) {
    auto differences = device_->check(all[number_ % all.size()]->instance);
    if (!differences) return forward(differences);
    for (std::string& what : *differences) found.push_back({mode, std::move(what)});
  }
  return found;
}

Result<void> Build::prove() const {
  std::set<std::string> proven;  // further instances of a mode are made the same
  for (const Path& p : paths_) {
    if (!proven.insert(p.mode).second) continue;
    auto faults = device_->prove(p.instance);
    if (!faults) return forward(faults);
    if (faults->empty()) continue;
    return error(
        Exit::kFailure, fmt::format("packets do not take {}'s way: {}", p.mode, faults->front()),
        fmt::format("look closer with: sudo nsglue up {0}; sudo nsglue check {0}; or leave it out of --modes",
                    p.topology.file.string()));
  }
  return {};
}

Result<void> Build::wire_to(const std::string& tester_nic) {
  for (Path& p : paths_) {
    auto wire = device_->deal(p.instance);
    if (!wire) return forward(wire);
    p.built.sender.netns.clear();
    p.built.sender.device = tester_nic;
    p.built.sender.mac = wire->from;
    p.built.target.mac = wire->to;
  }
  return {};
}

void Build::clear_away_dead_runs(Site& device) {
  auto removed = device.sweep();
  if (!removed) {
    log_warn("what a run that was killed left behind can't be removed: {}", describe(removed.error()));
  } else if (*removed > 0) {
    log_info("removed what a run that was killed left behind: {} instances", *removed);
  }
}

nlohmann::json Build::settings() const {
  nlohmann::json all = nlohmann::json::object();
  for (const Path& p : paths_) {
    if (all.contains(p.mode)) continue;  // further instances are made the same
    auto s = device_->settings(p.instance);
    all[p.mode] = s ? *s : nlohmann::json(describe(s.error()));
  }
  return all;
}

}  // namespace hopcost::campaign
