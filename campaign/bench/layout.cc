#include "campaign/bench/layout.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hopcost::campaign {
namespace {

/// The different numbers of containers among the levels, in order of first appearance.
std::vector<std::uint32_t> counts_of(const std::vector<Load>& levels) {
  std::vector<std::uint32_t> counts;
  for (const Load& load : levels) {
    if (std::ranges::find(counts, load.containers) == counts.end()) counts.push_back(load.containers);
  }
  return counts;
}

/// Removes the taps that would have to stand once for each container.
void keep_shared_taps(std::vector<nsglue::Topology>& one_mode) {
  const auto most = std::ranges::max_element(one_mode, {}, &nsglue::container_count);
  if (most->containers.empty()) return;
  const auto &first = most->containers[0].taps, &second = most->containers[1].taps;
  std::vector<std::string> shared;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].at == second[i].at) shared.push_back(first[i].name);
  }
  for (nsglue::Topology& t : one_mode) {
    std::erase_if(
        t.taps, [&](const nsglue::Tap& tap) { return std::ranges::find(shared, tap.name) == shared.end(); });
  }
}

/// The mode with each number of containers, one topology for each of `counts`.
Result<std::vector<nsglue::Topology>> multiplied(const nsglue::Topology& mode,
                                                 const std::vector<std::uint32_t>& counts) {
  std::vector<nsglue::Topology> all;
  for (const std::uint32_t n : counts) {
    auto topology = nsglue::with_containers(mode, n);
    if (!topology) return forward(topology);
    if (n > 1 && topology->sinks.empty())
      return error(Exit::kUsage, mode.name + " has no socket at its end, by which containers are watched",
                   "leave out --containers, or the mode");
    all.push_back(std::move(*topology));
  }
  keep_shared_taps(all);
  return all;
}

}  // namespace

Result<Layout> layout_of(std::vector<ModeFile> modes, const std::vector<Load>& levels) {
  const std::vector<std::uint32_t> counts = counts_of(levels);
  const std::size_t further = modes.size() - 1;
  Layout layout;
  std::vector<std::string> names;
  layout.topologies.resize(counts.size() * further + kControls);
  layout.topologies.front() = layout.topologies.back() = modes.front().topology;
  if (layout.topologies.back().adopted())
    nsglue::end_at_next_port(layout.topologies.back());  // both share its devices: another port
  for (std::size_t m = 0; m < modes.size(); ++m) {
    names.push_back(modes[m].name);
    if (m == 0) continue;
    auto many = multiplied(modes[m].topology, counts);
    if (!many) return forward(many);
    for (std::size_t c = 0; c < counts.size(); ++c)
      layout.topologies[c * further + m] = std::move((*many)[c]);
  }
  for (const Load& load : levels) {
    const auto count = static_cast<std::size_t>(std::ranges::find(counts, load.containers) - counts.begin());
    std::vector<Lane> lanes = lanes_for(names);
    for (Lane& lane : lanes) {
      if (lane.role == Role::kMode && lane.path > 0) lane.path += count * further;
      if (lane.role == Role::kInstance) lane.path = layout.topologies.size() - 1;
    }
    layout.levels.push_back(std::move(lanes));
  }
  layout.lanes = layout.levels.front();
  return layout;
}

std::vector<Lane> Layout::at(std::size_t level, std::size_t instance) const {
  std::vector<Lane> own = levels.empty() ? lanes : levels[level];
  if (instances.empty()) return own;
  for (Lane& lane : own) lane.path = instances[instance][lane.path];
  return own;
}

Layout side_by_side(Layout layout, std::size_t instances) {
  const std::size_t paths = layout.topologies.size();
  layout.instances.assign(instances, std::vector<std::size_t>(paths));
  for (auto& of_instance : layout.instances)
    std::iota(of_instance.begin(), of_instance.end(), std::size_t{0});
  for (std::size_t i = 1; i < instances; ++i) {
    for (std::size_t p = 0; p < paths; ++p) {
      if (layout.topologies[p].runs_programs()) continue;
      layout.instances[i][p] = layout.topologies.size();
      layout.topologies.push_back(layout.topologies[p]);
    }
  }
  return layout;
}

Result<Layout> campaign_layout(const Config& config) {
  auto modes = read_modes(config);
  if (!modes) return forward(modes);
  return layout_of(std::move(*modes), levels(config));
}

}  // namespace hopcost::campaign
