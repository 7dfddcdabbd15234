#include "campaign/bench/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "base/programs.h"
#include "base/signals.h"
#include "campaign/bench/requests.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// The mode that costs are counted from.
constexpr const char* kHost = "host";

/// Steers the device under test's end of the wire to a CPU (RPS); what follows stays there.
void steer(nsglue::Topology& topology, int cpu) {
  const nsglue::Device* const sender = topology.find(topology.sender);
  if (sender == nullptr || !sender->peer) return;
  for (nsglue::Device& d : topology.devices) {
    if (d.at == *sender->peer) d.rps_cpus = fmt::format("{:x}", std::uint64_t{1} << cpu);
  }
}

json sinks_of(const Path& path) {  // a tap on the socket is its own sink
  json sinks = json::array();
  const std::uint16_t watched = path.points.back().port;
  for (const auto& s : path.built.sinks) {
    if (s.port != watched) sinks.push_back({{"netns", s.netns}, {"port", s.port}});
  }
  return sinks;
}

/// Two files may bear one name: the second is told by what was asked for.
std::string unique_name(const std::vector<std::string>& so_far, const std::string& name,
                        const std::string& asked) {
  return std::ranges::find(so_far, name) != so_far.end() ? fmt::format("{}@{}", name, asked) : name;
}

}  // namespace

Result<Layout> campaign_layout(const Config& config) {
  std::filesystem::path folder = config.topologies;
  if (folder.empty()) {
    auto found = find_data("topologies");
    if (!found) return forward(found);
    folder = *found;
  }
  std::vector<nsglue::Topology> topologies;
  std::vector<std::string> names;
  for (const std::string& mode : config.modes) {  // all files are read before anything is built
    auto topology = nsglue::find_topology(mode, folder);
    if (!topology) return forward(topology);
    names.push_back(unique_name(names, topology->name, mode));
    topologies.push_back(std::move(*topology));
  }
  const auto host = std::ranges::find(names, kHost) - names.begin();
  if (host == std::ssize(names)) {
    auto reference = nsglue::find_topology(kHost, folder);
    if (!reference) return forward(reference);
    topologies.push_back(std::move(*reference));
    names.emplace_back(kHost);
  }
  std::rotate(topologies.begin(), topologies.begin() + host, topologies.begin() + host + 1);
  std::rotate(names.begin(), names.begin() + host, names.begin() + host + 1);
  topologies.push_back(topologies.front());
  return Layout{std::move(topologies), lanes_for(names)};
}

Bench::Bench(const Config& config, Layout layout)
    : config_(config), layout_(std::move(layout)), levels_(levels(config)), draw_(config.seed) {}

Result<Bench> Bench::open(const Config& config, Layout layout) {
  Bench bench(config, std::move(layout));
  auto placement = place(config.sender_cpu, config.steer);
  if (!placement) return forward(placement);
  bench.placement_ = *placement;
  if (placement->device) {
    for (auto& t : bench.layout_.topologies) steer(t, *placement->device);
    bench.awake_.emplace(*placement->device);
  }
  Build::clear_away_dead_runs();
  auto build = bench.raise();
  if (!build) return forward(build);
  bench.build_.emplace(std::move(*build));
  if (auto r = bench.start_children(); !r) return forward(r);
  if (auto r = bench.choose_taps(); !r) return forward(r);
  if (auto r = bench.occupy(*bench.build_); !r) return forward(r);
  return bench;
}

Result<void> Bench::start_children() {
  auto pktgen = find_program("pktgen");
  if (!pktgen) return forward(pktgen);
  auto analyzer = find_program("analyzer");
  if (!analyzer) return forward(analyzer);
  auto p = Child::start({pktgen->string(), "--control", "--cpu", std::to_string(placement_.sender)});
  if (!p) return forward(p);
  pktgen_.emplace(std::move(*p));
  auto a = Child::start({analyzer->string(), "--control"});
  if (!a) return forward(a);
  analyzer_.emplace(std::move(*a));
  return {};
}

Result<void> Bench::choose_taps() {
  tap_kind_ = config_.tap_kind;
  if (tap_kind_ == "auto") {
    auto kinds = analyzer_->call("kinds", json::object());
    if (!kinds) return forward(kinds);
    tap_kind_ = get_string_or(*kinds, "best", "af_packet");
  }
  if (config_.fine && tap_kind_ != kBpfTaps)
    return error(Exit::kMissing, "--fine needs taps of kind bpf, which can't be had here",
                 "see: analyzer --list-taps");
  return {};
}

Result<Build> Bench::raise() {
  return Build::raise(layout_.topologies, builds_++, draw_);
}

Result<void> Bench::occupy(Build& build) {
  json paths = json::array();
  std::vector<json> taps;
  for (Path& path : build.paths()) {
    if (stop_requested()) return error(Exit::kPartial, "stopped while the modes were being built");
    path.points = points_of(path, tap_kind_, config_.fine);
    auto port = pktgen_->call("open", {{"port", path.instance},
                                       {"spec", config_.backend + ":" + path.built.sender.device},
                                       {"netns", path.built.sender.netns}});
    if (!port) return forward(port);
    backend_ = fmt::format("{} ({})", get_string_or(*port, "backend", config_.backend),
                           get_string_or(*port, "mode", "?"));
    taps.push_back(taps_for(path, tap_kind_, false, {}));
    paths.push_back({{"path", path.instance}, {"taps", taps.back()}, {"sinks", sinks_of(path)}});
  }
  auto armed = analyzer_->call("arm", {{"paths", paths}});
  if (!armed) return forward(armed);
  open_taps_ = std::move(taps);
  return {};
}

/// What can't be closed goes with its namespace.
void Bench::leave(const Build& build) {
  json paths = json::array();
  for (const Path& path : build.paths()) {
    (void)pktgen_->call("close", {{"port", path.instance}});
    paths.push_back({{"path", path.instance}});
  }
  (void)analyzer_->call("disarm", {{"paths", paths}});
}

Result<void> Bench::renew() {
  auto next = raise();
  if (!next) return forward(next);
  if (auto r = occupy(*next); !r) {
    leave(*next);
    return r;
  }
  leave(*build_);
  build_.emplace(std::move(*next));
  return {};
}

/// A mode is the lane and the path of its number: paths without a lane's tap keep their end's alone.
Result<void> Bench::set_taps(const PlannedSlot& slot) {
  json paths = json::array();
  for (std::size_t p = 0; p < build_->paths().size(); ++p) {
    const Path& path = build_->paths()[p];
    const bool mode = std::ranges::any_of(
        layout_.lanes, [&](const Lane& l) { return l.path == p && l.role == Role::kMode; });
    const auto interior = p < slot.taps.size() ? slot.taps[p] : std::nullopt;
    json wanted = taps_for(path, tap_kind_, mode && slot.kind == SlotKind::kAll, interior);
    if (wanted == open_taps_[p]) continue;
    paths.push_back({{"path", path.instance}, {"taps", wanted}});
    open_taps_[p] = std::move(wanted);
  }
  if (paths.empty()) return {};
  auto r = analyzer_->call("arm", {{"paths", paths}});
  if (!r) return forward(r);
  return {};
}

Result<SlotResult> Bench::run(const PlannedSlot& planned, const Trains& trains) {
  if (auto r = set_taps(planned); !r) return forward(r);
  const Load& load = levels_[planned.level];
  const std::size_t lanes = layout_.lanes.size();
  const SlotRequest request{.lanes = layout_.lanes,
                            .paths = build_->paths(),
                            .load = load,
                            .trains = trains,
                            .rounds = slot_rounds(config_.slot_ms, trains, load, lanes),
                            .gap = config_.gap,
                            .first_flow = next_flow_,
                            .seed = draw_.bits() >> 12,
                            .sender_cpu = placement_.sender};
  next_flow_ = static_cast<std::uint16_t>(next_flow_ + lanes);
  auto ready = analyzer_->call("expect", expect_request(request));
  if (!ready) return forward(ready);
  const double seconds = slot_s(config_.slot_ms, trains, load, lanes);
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 4000) + 10'000);
  auto sent = pktgen_->call("run", run_request(request), limit);
  if (!sent) return forward(sent);
  auto collected = analyzer_->call("collect", collect_request(request, sent->value("lanes", json::array())));
  if (!collected) return forward(collected);
  auto slot = decode_slot(*sent, *collected);
  if (!slot) return forward(slot);
  slot->plan = planned;
  slot->voided_by = broken_gates(config_.gates, packets_a_lane(request), *slot, *sent, *collected);
  return slot;
}

}  // namespace hopcost::campaign
