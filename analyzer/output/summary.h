// What a slot or a run found, judged: which figures hold and which the stamps forbid. Points into the
// correlator it was made from; valid until that is changed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/correlate/correlator.h"
#include "analyzer/correlate/tallies.h"
#include "analyzer/match/match.h"
#include "analyzer/match/packet_matcher.h"

namespace hopcost::analyzer {

/// What is known of a tap beside its tally.
struct TapFacts {
  std::string name;
  bool inherits_stamp = false;
  std::uint64_t ring_drops = 0;
  std::string device = {};      ///< With its namespace; empty for a port or a file.
  std::string tracepoint = {};  ///< Of the device, or empty.
};

/// What is told of one tap.
struct TapSummary {
  std::string name;
  const TapTally* tally = nullptr;
  std::uint64_t lost = 0;  ///< sent - seen, what the ring dropped included.
  std::uint64_t ring_drops = 0;
  std::string_view regime;
  std::string invalid;  ///< Why since_tx must not be read, or empty.
  /// Where trains were expected, Correlator::train_medians().
  std::optional<std::vector<double>> train_medians_ns = {};
};

/// What is told of one hop.
struct HopSummary {
  std::string from, to;
  const HopTally* tally = nullptr;
  std::string invalid;    ///< Why the hop must not be read, or empty.
  std::string_view part;  ///< What of the kernel's work it is, where the taps tell: kBacklogWait, or empty.

  /// Those whose stamps were both taken on one CPU.
  [[nodiscard]] std::uint64_t same_cpu() const noexcept {
    return tally->latency.count() - tally->cross_cpu.count() - tally->cpu_unknown;
  }
  /// Share of those that changed the CPU; nothing where no CPU is known.
  [[nodiscard]] std::optional<double> cross_share() const noexcept;
};

/// The hop from netif_rx, which queues a packet to a CPU's backlog, to netif_receive_skb of the same device,
/// which the softirq calls for the packet.
inline constexpr std::string_view kBacklogWait = "backlog wait";

/// A file that the frames went to.
struct WrittenFile {
  std::string path;
  std::uint64_t every = 1;  ///< Only packets whose number is a multiple of it were to be written.
  std::uint64_t frames = 0;
  std::uint64_t skipped = 0;   ///< Frames of other packets.
  std::uint64_t left_out = 0;  ///< Frames that there was no room for.
};

struct Summary {
  std::vector<TapSummary> taps;
  std::vector<HopSummary> hops;
  std::vector<FlowSpan> flows;
  Match match = Match::kProbe;
  std::vector<MatchedFlow> matched_flows;  ///< Where packets are matched: those with most packets first.
  MatchedFlow other_flows;                 ///< All flows beyond FlowTable::kFlows together.
  std::optional<WrittenFile> written;
  std::uint64_t sent = 0;
  std::uint64_t foreign = 0, refused = 0, evicted = 0, restarts = 0;
  std::string_view regime;
};

/// "tap", "software", "hardware", "mixed" or "none", from stamps counted by kind.
[[nodiscard]] std::string_view regime_of(const std::array<std::uint64_t, kStampKinds>& stamp) noexcept;

/// `sent` as the sender says, or what the flows' sequences imply.
[[nodiscard]] Summary summarise(const Correlator& correlator, std::span<const TapFacts> taps,
                                std::uint64_t sent);
/// Of matched packets; "sent" is what the first tap saw.
[[nodiscard]] Summary summarise(const PacketMatcher& matcher, std::span<const TapFacts> taps, Match match);
/// The same of an interval; `sent` and all counts outside taps and hops are 0.
[[nodiscard]] Summary summarise(const Tallies& tallies, std::span<const TapFacts> taps);
/// Probes the flows' sequences imply: those between the first and the last that any tap saw.
[[nodiscard]] std::uint64_t implied_sent(const std::vector<FlowSpan>& flows) noexcept;

}  // namespace hopcost::analyzer
