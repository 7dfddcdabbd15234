#include "campaign/loads/packet_trains.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/signals.h"
#include "campaign/bench/stand.h"
#include "campaign/design/slot_length.h"
#include "campaign/figures/fold.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// What the lanes' slots gave. A lane's p50 is host's latency and the median of its differences from host's,
/// pair by pair, in which what slows both drops out.
std::vector<LanePackets> results_of(const std::vector<SlotResult>& slots, std::size_t lanes) {
  std::vector<const SlotResult*> all;
  for (const SlotResult& slot : slots) all.push_back(&slot);
  const std::vector<LaneBuild> folded = fold(all, std::vector<std::size_t>(lanes, 1), 0);
  std::vector<LanePackets> results(lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto &host = folded[0].latency, &more = lane == 0 ? folded[0].latency : folded[lane].against[0];
    json figures = json::object();
    if (host && more) figures["p50"] = lane == 0 ? host->value : host->value + more->value;
    double sent = 0, lost = 0;
    for (const SlotResult& slot : slots) {
      if (!slot.counts()) continue;
      const LaneSlot& l = slot.lanes[lane];
      (void)results[lane].times.merge(l.end_to_end);
      sent += static_cast<double>(l.sent);
      lost += static_cast<double>(l.taps.back().lost);
    }
    if (sent > 0) figures["lost"] = 100 * lost / sent;
    if (const HdrHistogram& times = results[lane].times; times.count() > 0)
      figures["p99"] = times.interpolated_quantile(0.99);
    results[lane].figures = std::move(figures);
  }
  return results;
}

}  // namespace

json packet_kinds() {
  return {{{"name", "p50"},
           {"unit", "ns"},
           {"better", "lower"},
           {"compared_by", "difference"},
           {"same_within", 20}},
          {{"name", "p99"}, {"unit", "ns"}, {"better", "lower"}},
          {{"name", "lost"},
           {"unit", "%"},
           {"better", "lower"},
           {"compared_by", "difference"},
           {"same_within", 0.1}}};
}

Result<SentPackets> send_packets(const std::shared_ptr<Build>& build, const std::vector<Lane>& lanes,
                                 double seconds, const Config& config, Sites& sites, Random& draw) {
  auto children = Stand::spawn(sites);
  if (!children) return forward(children);
  auto stand = Stand::put_up(build, std::move(*children), config, sites, draw);
  if (!stand) return forward(stand);
  const Load load = levels(config).front();
  const double each = slot_s(config.slot_ms, config.trains, load, lanes.size());
  const auto wanted = std::max(1.0, std::round(seconds * static_cast<double>(lanes.size()) / each));
  std::vector<SlotResult> slots;
  std::uint16_t flow = 0;
  while (static_cast<double>(slots.size()) < wanted) {
    if (stop_requested()) return error(Exit::kPartial, "stopped by a signal");
    const std::vector<std::size_t> order = draw_order(lanes.size(), draw);
    auto slot = stand->run({.lanes = lanes,
                            .order = order,
                            .paths = build->paths(),
                            .load = load,
                            .trains = config.trains,
                            .rounds = slot_rounds(config.slot_ms, config.trains, load, lanes.size()),
                            .gap = config.gap,
                            .first_flow = flow,
                            .seed = draw.bits() >> 12,
                            .sender_cpu = sites.placement().sender,
                            .ipv6 = config.ipv6},
                           config.gates);
    if (!slot) return forward(slot);
    flow = static_cast<std::uint16_t>(flow + lanes.size());
    slots.push_back(std::move(*slot));
  }
  if (std::ranges::none_of(slots, &SlotResult::counts))
    return error(Exit::kFailure,
                 fmt::format("no slot of packets counts: {}", fmt::join(slots.back().voided_by, ", ")));
  return SentPackets{results_of(slots, lanes.size()),
                     {{"rate_pps", load.rate_pps},
                      {"size", load.size},
                      {"backend", stand->backend()},
                      {"tap_kind", stand->tap_kind()}}};
}

}  // namespace hopcost::campaign
