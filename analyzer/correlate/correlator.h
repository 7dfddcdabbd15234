// Brings together what the taps of one path saw: per hop and per tap, in constant memory. The per-packet half
// is in correlator_hot.cc, the rest in correlator.cc. One owner thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/correlate/correlation_table.h"
#include "analyzer/correlate/latency_stats.h"
#include "analyzer/correlate/train_times.h"
#include "analyzer/correlate/waiting_probes.h"
#include "analyzer/tap/tap.h"
#include "stats/sequence_tracker.h"

namespace hopcost::analyzer {

/// What one tap saw. Every arrival is one of seen, duplicates and ambiguous.
struct TapTally {
  std::uint64_t seen = 0;        ///< Distinct probes.
  std::uint64_t duplicates = 0;  ///< Further copies of probes already seen.
  std::uint64_t reordered =
      0;  ///< Of the distinct probes, those that came after a later one (RFC 4737, section 3).
  std::uint64_t ambiguous = 0;  ///< Probes so far behind that a late one and a copy can't be told apart.
  std::array<std::uint64_t, kStampKinds> stamp{};  ///< Stamps by kind, copies included.
  LatencyStats since_tx;        ///< Stamp minus the probe's tx_ns, each distinct probe once.
  std::uint64_t cross_cpu = 0;  ///< Times in since_tx whose stamp was taken on another CPU than the sender's.
  std::uint64_t cpu_unknown = 0;  ///< Times in since_tx for which a CPU is not known.

  /// Back to nothing counted.
  void reset() noexcept {
    seen = duplicates = reordered = ambiguous = cross_cpu = cpu_unknown = 0;
    stamp = {};
    since_tx.reset();
  }
};

/// What happened between two neighbouring taps.
struct HopTally {
  LatencyStats latency;
  LatencyStats cross_cpu;         ///< The part of `latency` whose stamps were taken on two CPUs.
  std::uint64_t cpu_unknown = 0;  ///< Times in `latency` for which a CPU is not known.
  std::uint64_t stale = 0;        ///< Times of 0 because both taps have the same stamp of the kernel's.
  std::uint64_t lost = 0;         ///< Seen at the first tap, not at the second. Known after close().
  std::uint64_t appeared = 0;     ///< Seen at the second tap, not at the first. Known after close().

  /// Back to nothing counted.
  void reset() noexcept {
    latency.reset();
    cross_cpu.reset();
    cpu_unknown = stale = lost = appeared = 0;
  }
};

/// A flow's sequences as far as any tap saw them.
struct FlowSpan {
  std::uint16_t flow = 0;
  std::uint64_t first = 0;  ///< Lowest and highest since the last restart, in the circular order of 48 bits.
  std::uint64_t last = 0;
  std::uint64_t length = 0;  ///< Sequences from first to last, those of the runs before included.
};

/// What is known of a flow's packets beforehand.
struct Expected {
  std::uint64_t first_sequence = 0;   ///< Packets before it are counted and give no time.
  unsigned sender_cpu = kUnknownCpu;  ///< The one that sends, where it is known.
  TrainShape train = {};
  std::int64_t clock_ahead_ns = 0;  ///< Taps' clock minus sender's; subtracted from each time since tx.
};

class Correlator {
 public:
  /// What it remembers.
  struct Options {
    std::size_t window = std::size_t{1} << 16;  ///< Probes under way at once that are remembered.
    std::size_t max_flows = 1;  ///< At most 1024. Probes of further flows are counted in refused().
  };

  /// 1 to 16 taps. It accounts nothing until expect() or listen().
  Correlator(std::size_t taps, Options options);

  /// Forgets everything and accounts this flow alone.
  void expect(std::uint16_t flow, const Expected& expected);

  /// Forgets everything and accounts every flow, the first max_flows of them.
  void listen();
  /// Call once each tap has been drained after all were open: forgets what was seen. Probes that may have
  /// passed a tap before it opened are left out from here on, so that joining a flow midway counts no loss.
  void begin();
  /// Leaves out probes later than the latest seen by now: those under way can still arrive, and no new one
  /// counts.
  void last_call() noexcept;

  /// Ends the slot: probes still under way are counted as lost where they were. Nothing is accounted from
  /// here on.
  void close() noexcept;

  /// A probe as find_probe() or load_probe() gave it: a reflected one is completed here, by the sender's
  /// clock.
  void probe(unsigned tap, const Probe& p, std::uint64_t stamp_ns, StampKind kind,
             unsigned cpu = kUnknownCpu) noexcept;
  void foreign(std::uint64_t frames) noexcept { foreign_ += open_ ? frames : 0; }

  [[nodiscard]] std::size_t tap_count() const noexcept { return taps_.size(); }
  /// i below tap_count().
  [[nodiscard]] TapTally& tap(std::size_t i) noexcept { return taps_[i]; }
  /// Between tap i and tap i + 1.
  [[nodiscard]] HopTally& hop(std::size_t i) noexcept { return hops_[i]; }
  /// i below tap_count().
  [[nodiscard]] const TapTally& tap(std::size_t i) const noexcept { return taps_[i]; }
  /// Between tap i and tap i + 1.
  [[nodiscard]] const HopTally& hop(std::size_t i) const noexcept { return hops_[i]; }
  [[nodiscard]] std::uint64_t foreign_count() const noexcept {
    return foreign_;
  }  ///< Other frames and flows, and what may be chance.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  /// How often a sender began its numbers anew. It did so when a packet whose number is not above the flow's
  /// newest was sent after it; a copy or a late packet was sent before it.
  [[nodiscard]] std::uint64_t restarts() const noexcept { return restarts_; }
  [[nodiscard]] std::uint64_t evicted() const noexcept {
    return evicted_;
  }  ///< Given up unfinished for lack of room.
  /// In the order their first probes came in.
  [[nodiscard]] std::vector<FlowSpan> flows() const;
  /// Whether trains are expected.
  [[nodiscard]] bool has_trains() const noexcept { return train_.packets != 0; }
  /// Of a tap, stamp less transmit time, for each of the trains that `sent` packets made:
  /// TrainTimes::medians().
  [[nodiscard]] std::vector<double> train_medians(std::size_t tap, std::uint64_t sent) const {
    return trains_[tap].medians(sent, train_);
  }
  /// The same times one by one: TrainTimes::times().
  [[nodiscard]] std::vector<std::optional<std::int64_t>> train_times(std::size_t tap,
                                                                     std::uint64_t sent) const {
    return trains_[tap].times(sent, train_);
  }

 private:
  // Sequences are kept unwrapped: 64 bits whose low 48 are those on the wire, starting one epoch up, so that
  // half a circle behind the first is still above zero. A restart puts the sender's next run two epochs up.
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};  // above every flow's `until`
  // A sender that begins anew has paused for longer than this; packets that are only stamped out of their
  // order are nearer.
  static constexpr std::uint64_t kRestartNs = 1'000'000;
  static constexpr std::uint64_t kNeverSent = ~std::uint64_t{0} - kRestartNs;
  struct Run {
    std::uint16_t tag = 0;                    // stands for the run in the table
    std::uint64_t first = kNone;              // lowest seen so far, or kNone
    std::uint64_t newest = 0;                 // highest seen so far; before that the reference for unwrapping
    std::uint64_t newest_tx_ns = kNeverSent;  // when that one was sent
    [[nodiscard]] bool any() const noexcept { return first != kNone; }
    [[nodiscard]] std::uint64_t length() const noexcept { return any() ? newest - first + 1 : 0; }
  };
  struct Flow {
    std::uint16_t id = 0;
    Run run, before;                    // before: the one before the last restart
    std::uint64_t restarted_ns = 0;     // what was sent earlier than that is of the run before
    std::uint64_t length_before = 0;    // of the runs before that one
    std::uint64_t from = 0, until = 0;  // accounted, both included
    std::uint64_t tx_ns = 0;            // of the latest probe, when tx_known
    std::uint64_t stamp_ns = 0;         // when a tap saw that one
    bool tx_known = false;
    std::vector<SequenceTracker> trackers;  // one a tap
  };
  static constexpr std::uint16_t kNoFlow = 0xffff;
  static constexpr std::uint64_t kEpoch = kProbeSequenceMask + 1;
  // A tag is a flow's place in flows_ and, below, the number of its run modulo so many.
  static constexpr std::size_t kTaggedRuns = 64, kMostFlows = 65'536 / kTaggedRuns;

  void reset();
  void forget_flows() noexcept;
  void start_flow(Flow& flow, std::uint64_t unwrapped) noexcept;
  Flow& add_flow(const Probe& p) noexcept;
  [[gnu::noinline]] void probe_reflected(Flow* flow, ProbeEvent e) noexcept;
  [[gnu::noinline, gnu::cold]] void doubt(Flow* flow, const ProbeEvent& e) noexcept;
  [[gnu::noinline, gnu::cold]] void recount(Flow& flow, const ProbeEvent& e) noexcept;
  // Inlined by force: a call more costs 8 ns a packet (BM_CorrelatorPerPacket).
  [[gnu::always_inline]] void account(Flow& flow, unsigned tap, const Probe& p, std::uint64_t stamp_ns,
                                      StampKind kind, unsigned cpu) noexcept;
  [[gnu::always_inline]] void count(Flow& flow, Run& run, std::uint64_t unwrapped, unsigned tap,
                                    const Probe& p, std::uint64_t stamp_ns, StampKind kind,
                                    unsigned cpu) noexcept;
  [[gnu::noinline, gnu::cold]] void account_before(Flow& flow, const ProbeEvent& e) noexcept;
  [[gnu::noinline, gnu::cold]] std::uint64_t restart(Flow& flow, const Probe& p) noexcept;
  [[nodiscard]] static bool admit(const Flow& flow, Run& run, std::uint64_t unwrapped,
                                  std::uint64_t tx_ns) noexcept;
  void correlate(unsigned tap, std::uint16_t tag, const Probe& p, CpuStamp stamp, StampKind kind,
                 bool timed) noexcept;
  void record_hop(std::size_t hop, const CorrelationTable::Entry& e, const CpuStamp* stamps) noexcept;
  void finalise(const CorrelationTable::Entry& e) noexcept;

  WaitingProbes waiting_;  // counted in foreign_
  CorrelationTable table_;
  std::vector<TapTally> taps_;
  std::vector<HopTally> hops_;
  std::vector<Flow> flows_;               // max_flows of them, made beforehand
  std::vector<std::uint16_t> flow_slot_;  // by flow id: index in flows_, or kNoFlow
  std::size_t flows_used_ = 0;
  TrainPlaces places_;              // by unwrapped sequences
  TrainShape train_;                // expect() alone
  std::vector<TrainTimes> trains_;  // one a tap, from the first expect() of trains on
  unsigned sender_cpu_ = kUnknownCpu;
  std::uint64_t clock_ahead_ns_ = 0;  // modulo 2^64
  std::uint64_t foreign_ = 0, refused_ = 0, evicted_ = 0, restarts_ = 0;
  bool open_ = false;
  bool any_flow_ = false;
  bool closing_ = false;
};

}  // namespace hopcost::analyzer
