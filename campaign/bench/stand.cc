#include "campaign/bench/stand.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/control.h"
#include "base/signals.h"
#include "campaign/bench/lanes.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json sinks_of(const Path& path) {
  json sinks = json::array();
  const bool watched = path.points.back().port != 0;  // the end's tap receives at the first socket itself
  const auto add = [&](const std::vector<nsglue::Sink>& of_container) {
    for (const auto& s : of_container | std::views::drop(watched ? 1 : 0))
      sinks.push_back({{"netns", s.netns}, {"port", s.port}});
  };
  if (path.built.containers.empty()) add(path.built.sinks);
  for (const auto& container : path.built.containers) add(container.sinks);
  return sinks;
}

/// Each mode has a port, since a port sends only one frame. On a NIC with af_xdp each port has a queue of its
/// own.
std::string port_spec(const Config& config, const Path& path, std::size_t number) {
  std::string spec = config.backend + ":" + path.built.sender.device;
  if (config.backend != "af_xdp") return spec;
  if (!config.tester.nic.empty()) spec += fmt::format(",queue={}", number);
  // Every frame is written before a slot begins, so frames that a slot does not need would only empty the
  // caches. Those of a millisecond are enough, and two bursts.
  constexpr std::uint32_t kLeastFrames = 64, kMostFrames = 1024;
  const double in_a_ms = std::min(*std::ranges::max_element(config.rates) / 1000, double{kMostFrames});
  const std::uint32_t wanted =
      static_cast<std::uint32_t>(in_a_ms) + 2 * *std::ranges::max_element(config.bursts);
  return spec + fmt::format(",frames={}", std::clamp(std::bit_ceil(wanted), kLeastFrames, kMostFrames));
}

}  // namespace

Result<Stand::Children> Stand::spawn(Sites& sites) {
  auto pktgen =
      sites.tester().spawn("pktgen", {"--control", "--cpu", std::to_string(sites.placement().sender)});
  if (!pktgen) return forward(pktgen);
  auto analyzer = sites.device().spawn("analyzer", {"--control"});
  if (!analyzer) return forward(analyzer);
  return Children{std::move(*pktgen), std::move(*analyzer)};
}

Result<Stand> Stand::put_up(std::shared_ptr<Build> build, Children children, const Config& config,
                            Sites& sites, Random& draw) {
  Stand stand(std::move(build), std::move(children));
  if (auto r = sites.tester().greet(stand.pktgen_); !r) return forward(r);
  if (auto r = sites.device().greet(stand.analyzer_); !r) return forward(r);
  if (auto r = stand.choose_taps(config); !r) return forward(r);
  if (auto r = stand.open_paths(config, draw); !r) return forward(r);
  return stand;
}

Stand::~Stand() {
  pktgen_.dismiss();
  analyzer_.dismiss();
}

Result<void> Stand::choose_taps(const Config& config) {
  tap_kind_ = config.tap_kind;
  if (tap_kind_ == "auto") {
    auto kinds = analyzer_.call("kinds", json::object());
    if (!kinds) return forward(kinds);
    tap_kind_ = get_string_or(*kinds, "best", "af_packet");
  }
  if (has_many(config) && tap_kind_ != kBpfTaps)
    return error(Exit::kMissing, "--containers needs taps of kind bpf, which can't be had here",
                 "see: analyzer --list-taps");
  if (config.fine && tap_kind_ != kBpfTaps)
    return error(Exit::kMissing, "--fine needs taps of kind bpf, which can't be had here",
                 "see: analyzer --list-taps");
  return {};
}

Result<void> Stand::open_paths(const Config& config, Random& draw) {
  for (Path& path : build_->paths()) path.points = points_of(path, tap_kind_, config.fine);
  drop_shared_points(build_->paths());
  json paths = json::array();
  open_taps_.resize(build_->paths().size());
  for (const std::size_t p : draw_order(build_->paths().size(), draw)) {
    Path& path = build_->paths()[p];
    if (stop_requested()) return error(Exit::kPartial, "stopped while the modes were being built");
    if (!ends_at_target(path)) {
      return error(Exit::kMissing,
                   fmt::format("no device of '{}' shows its packets where {} ends", path.topology.target.node,
                               path.mode),
                   "its end is a socket, which only taps of kind bpf can watch: analyzer --list-taps");
    }
    auto port = pktgen_.call("open", {{"port", path.instance},
                                      {"spec", port_spec(config, path, p)},
                                      {"netns", path.built.sender.netns},
                                      {"allow_default_route", config.i_mean_it}});  // set with --attach only
    if (!port) return forward(port);
    backend_ = fmt::format("{} ({})", get_string_or(*port, "backend", config.backend),
                           get_string_or(*port, "mode", "?"));
    open_taps_[p] = taps_for(path, tap_kind_, false, {});
    paths.push_back({{"path", path.instance}, {"taps", open_taps_[p]}, {"sinks", sinks_of(path)}});
  }
  auto armed = analyzer_.call("arm", {{"paths", paths}});
  if (!armed) return forward(armed);
  return {};
}

Result<void> Stand::set_taps(const PlannedSlot& slot, const std::vector<Lane>& lanes) {
  std::vector<std::optional<std::size_t>> interior(build_->paths().size());
  std::vector<bool> all(build_->paths().size());
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (lanes[i].role != Role::kMode) continue;
    if (i < slot.taps.size()) interior[lanes[i].path] = slot.taps[i];
    all[lanes[i].path] = slot.kind == SlotKind::kAll;
  }
  json paths = json::array();
  for (std::size_t p = 0; p < build_->paths().size(); ++p) {
    const Path& path = build_->paths()[p];
    json wanted = taps_for(path, tap_kind_, all[p], interior[p]);
    if (wanted == open_taps_[p]) continue;
    paths.push_back({{"path", path.instance}, {"taps", wanted}});
    open_taps_[p] = std::move(wanted);
  }
  if (paths.empty()) return {};
  auto r = analyzer_.call("arm", {{"paths", paths}});
  if (!r) return forward(r);
  return {};
}

Result<json> Stand::send(const SlotRequest& request) {
  const double seconds = static_cast<double>(packets_a_lane(request.rounds, request.trains, request.load)) *
                         static_cast<double>(request.lanes.size()) / request.load.rate_pps;
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 4000) + 10'000);
  return pktgen_.call("run", run_request(request), limit);
}

Result<SlotResult> Stand::run(const SlotRequest& request, const Gates& gates) {
  auto ready = analyzer_.call("expect", expect_request(request));
  if (!ready) return forward(ready);
  auto sent = send(request);
  if (!sent) return forward(sent);
  auto collected = analyzer_.call("collect", collect_request(request, sent->value("lanes", json::array())));
  if (!collected) return forward(collected);
  auto slot = decode_slot(*sent, *collected, request.order);
  if (!slot) return forward(slot);
  if (request.dealing != nullptr) {
    if (auto r = part(*slot, *request.dealing, request.trains, request.load.burst); !r) return forward(r);
  }
  slot->voided_by = broken_gates(gates, packets_a_lane(request.rounds, request.trains, request.load), *slot,
                                 *sent, *collected);
  return slot;
}

}  // namespace hopcost::campaign
