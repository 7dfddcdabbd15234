#include "analyzer/output/summary.h"

#include <fmt/format.h>

namespace hopcost::analyzer {

namespace {

constexpr std::string_view kStaleAdvice =
    "a socket of this host asks for receive time stamps (chrony, ptp4l, ping, a packet capture): the kernel "
    "stamps each "
    "packet once, below this device. Stop that program and measure again";

/// Why a hop has no figure; empty when it has one. Stamps are stale when the second device keeps a lower
/// device's stamp, or when the two stamps are equal too often for a coarse clock to explain (1 packet in
/// 1000).
std::string judge_hop(const HopTally& hop, bool second_inherits) {
  const std::uint64_t pairs = hop.latency.count();
  const bool often = hop.stale * 1000 >= pairs;
  if (hop.stale == 0 || (!second_inherits && !often)) return {};
  return fmt::format("stale stamps: {} of {} are the same at both taps; {}", hop.stale, pairs, kStaleAdvice);
}

std::string judge_tap(const TapTally& tap, bool inherits, bool hop_is_stale) {
  const std::uint64_t software = tap.stamp[static_cast<std::size_t>(StampKind::kSoftware)];
  if (software == 0 || (!inherits && !hop_is_stale)) return {};
  return fmt::format("stale stamps: {} were taken before the packet reached this device; {}", software,
                     kStaleAdvice);
}

}  // namespace

std::string_view regime_of(const std::array<std::uint64_t, kStampKinds>& stamp) noexcept {
  static constexpr std::array<std::string_view, kStampKinds> kNames = {"tap", "software", "hardware"};
  std::string_view regime = "none";
  for (std::size_t i = 0; i < kStampKinds; ++i) {
    if (stamp[i] != 0) regime = regime == "none" ? kNames[i] : "mixed";
  }
  return regime;
}

std::optional<double> HopSummary::cross_share() const noexcept {
  const auto cross = static_cast<double>(tally->cross_cpu.count());
  const double known = static_cast<double>(same_cpu()) + cross;
  return known > 0 ? std::optional(cross / known) : std::nullopt;
}

std::uint64_t implied_sent(const std::vector<FlowSpan>& flows) noexcept {
  std::uint64_t sent = 0;
  for (const auto& flow : flows) sent += flow.length;
  return sent;
}

namespace {

/// What the hop to tap `to` is a part of. A tap within the wait for the backlog splits it into several such
/// hops.
std::string_view part_of(std::span<const TapFacts> taps, std::size_t to) {
  for (std::size_t begin = 0; begin < to; ++begin) {
    if (taps[begin].tracepoint != "netif_rx") continue;
    for (std::size_t end = to; end < taps.size(); ++end) {
      if (taps[end].tracepoint == "netif_receive_skb" && taps[end].device == taps[begin].device)
        return kBacklogWait;
    }
  }
  return {};
}

/// `tap_at` and `hop_at` give the tally of an index.
void judge_all(Summary& s, std::span<const TapFacts> taps, auto tap_at, auto hop_at) {
  std::array<std::uint64_t, kStampKinds> all{};
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const TapTally& tally = tap_at(i);
    for (std::size_t k = 0; k < kStampKinds; ++k) all[k] += tally.stamp[k];
    bool hop_is_stale = false;
    if (i > 0) {
      const HopTally& hop = hop_at(i - 1);
      s.hops.push_back(
          {taps[i - 1].name, taps[i].name, &hop, judge_hop(hop, taps[i].inherits_stamp), part_of(taps, i)});
      hop_is_stale = !s.hops.back().invalid.empty();
    }
    s.taps.push_back({taps[i].name,
                      &tally,
                      s.sent > tally.seen ? s.sent - tally.seen : 0,
                      taps[i].ring_drops,
                      regime_of(tally.stamp),
                      judge_tap(tally, taps[i].inherits_stamp, hop_is_stale),
                      {}});
  }
  s.regime = regime_of(all);
}

}  // namespace

Summary summarise(const Correlator& c, std::span<const TapFacts> taps, std::uint64_t sent) {
  Summary s;
  s.sent = sent;
  s.flows = c.flows();
  s.foreign = c.foreign_count();
  s.refused = c.refused();
  s.evicted = c.evicted();
  s.restarts = c.restarts();
  judge_all(
      s, taps, [&](std::size_t i) -> const TapTally& { return c.tap(i); },
      [&](std::size_t i) -> const HopTally& { return c.hop(i); });
  for (std::size_t i = 0; i < s.taps.size() && c.has_trains(); ++i)
    s.taps[i].train_medians_ns = c.train_medians(i, sent);
  return s;
}

Summary summarise(const PacketMatcher& m, std::span<const TapFacts> taps, Match match) {
  Summary s;
  s.match = match;
  s.sent = m.tap(0).seen;
  s.matched_flows = m.flows().by_packets();
  s.other_flows = m.flows().others();
  s.foreign = m.foreign_count();
  s.evicted = m.evicted();
  judge_all(
      s, taps, [&](std::size_t i) -> const TapTally& { return m.tap(i); },
      [&](std::size_t i) -> const HopTally& { return m.hop(i); });
  return s;
}

Summary summarise(const Tallies& t, std::span<const TapFacts> taps) {
  Summary s;
  judge_all(
      s, taps, [&](std::size_t i) -> const TapTally& { return t.taps[i]; },
      [&](std::size_t i) -> const HopTally& { return t.hops[i]; });
  return s;
}

}  // namespace hopcost::analyzer
