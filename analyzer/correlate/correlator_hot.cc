// What the correlator does for each packet: noexcept, no allocation, no lock.
#include "analyzer/correlate/correlator.h"

namespace hopcost::analyzer {

namespace {

constexpr int kUnusedBits = 64 - 48;
constexpr std::uint64_t kEpochs = (std::uint64_t{1} << kUnusedBits) - 1;

/// The number nearest to `reference` whose low 48 bits are `sequence`.
std::uint64_t unwrap(std::uint64_t sequence, std::uint64_t reference) noexcept {
  const auto distance = static_cast<std::int64_t>((sequence - reference) << kUnusedBits) >> kUnusedBits;
  return reference + static_cast<std::uint64_t>(distance);
}

}  // namespace

void Correlator::probe(unsigned tap, const Probe& p, std::uint64_t stamp_ns, StampKind kind,
                       unsigned cpu) noexcept {
  if (!open_) return;
  const std::uint16_t slot = flow_slot_[p.flow];
  Flow* const flow = slot == kNoFlow ? nullptr : &flows_[slot];
  if (p.reflected) [[unlikely]] {
    probe_reflected(flow, {tap, p, stamp_ns, kind, cpu});
    return;
  }
  if (flow == nullptr || !WaitingProbes::near(p.tx_ns, flow->tx_ns)) [[unlikely]] {
    doubt(flow, {tap, p, stamp_ns, kind, cpu});
    return;
  }
  account(*flow, tap, p, stamp_ns, kind, cpu);
}

// The transmit time is completed from the flow's latest probe: its transmit time, plus the time between the
// two stamps. So it matters neither how far the clocks are apart nor how long the flow paused. But the
// completed time is always near the latest one, so it can't tell chance from a probe; the sequence does.
void Correlator::probe_reflected(Flow* flow, ProbeEvent e) noexcept {
  const bool known = flow != nullptr && flow->tx_known;
  e.probe = complete(e.probe, known ? flow->tx_ns + (e.stamp_ns - flow->stamp_ns) : e.stamp_ns);
  if (known && WaitingProbes::few_apart(e.probe.sequence, flow->run.newest & kProbeSequenceMask)) {
    recount(*flow, e);
  } else {
    doubt(flow, e);
  }
}

// The packet may be chance, or the sender's clock was set. It counts once another probe agrees with it.
void Correlator::doubt(Flow* flow, const ProbeEvent& e) noexcept {
  if (flow != nullptr && !flow->tx_known) {  // the flow of expect(): its first probe counts
    recount(*flow, e);
    return;
  }
  if (closing_) return;
  if (flow == nullptr && !any_flow_) {
    ++foreign_;
    return;
  }
  if (flow == nullptr && flows_used_ == flows_.size()) {
    ++refused_;
    return;
  }
  if (!waiting_.agrees(e.probe)) {
    waiting_.put(e);
    ++foreign_;
    return;
  }
  if (flow == nullptr) flow = &add_flow(e.probe);
  waiting_.take(e.probe, [&](const ProbeEvent& earlier) noexcept {
    --foreign_;
    recount(*flow, earlier);
  });
  recount(*flow, e);
}

void Correlator::recount(Flow& flow, const ProbeEvent& e) noexcept {
  account(flow, e.tap, e.probe, e.stamp_ns, e.kind, e.cpu);
}

inline void Correlator::account(Flow& flow, unsigned tap, const Probe& p, std::uint64_t stamp_ns,
                                StampKind kind, unsigned cpu) noexcept {
  flow.tx_ns = p.tx_ns;
  flow.stamp_ns = stamp_ns;
  flow.tx_known = true;
  if (p.tx_ns < flow.restarted_ns) [[unlikely]] {
    account_before(flow, {tap, p, stamp_ns, kind, cpu});
    return;
  }
  std::uint64_t sequence = unwrap(p.sequence, flow.run.newest);
  if (sequence <= flow.run.newest && p.tx_ns > flow.run.newest_tx_ns + kRestartNs) [[unlikely]]
    sequence = restart(flow, p);
  count(flow, flow.run, sequence, tap, p, stamp_ns, kind, cpu);
}

void Correlator::account_before(Flow& flow, const ProbeEvent& e) noexcept {
  const std::uint64_t sequence = unwrap(e.probe.sequence, flow.before.newest);
  count(flow, flow.before, sequence, e.tap, e.probe, e.stamp_ns, e.kind, e.cpu);
}

inline void Correlator::count(Flow& flow, Run& run, std::uint64_t sequence, unsigned tap, const Probe& p,
                              std::uint64_t stamp_ns, StampKind kind, unsigned cpu) noexcept {
  if (!admit(flow, run, sequence, p.tx_ns)) return;
  TapTally& tally = taps_[tap];
  ++tally.stamp[static_cast<std::size_t>(kind)];
  switch (flow.trackers[tap].see(sequence)) {
    case SequenceTracker::Verdict::kDuplicate:
      ++tally.duplicates;
      return;
    case SequenceTracker::Verdict::kStale:
      ++tally.ambiguous;
      return;
    case SequenceTracker::Verdict::kReordered:
      ++tally.reordered;
      break;
    case SequenceTracker::Verdict::kInOrder:
      break;
  }
  ++tally.seen;
  const std::uint64_t place = places_.place(sequence);
  const bool timed = places_.timed(place);
  const std::uint64_t arrived_ns = stamp_ns - clock_ahead_ns_;  // on the sender's clock
  if (timed && has_trains())
    trains_[tap].put(places_.index(place), static_cast<std::int64_t>(arrived_ns - p.tx_ns));
  if (timed && tally.since_tx.record(p.tx_ns, arrived_ns)) {
    const bool known = cpu < kUnknownCpu && sender_cpu_ < kUnknownCpu;
    tally.cpu_unknown += !known;
    tally.cross_cpu += known && cpu != sender_cpu_;
  }
  if (!hops_.empty()) correlate(tap, run.tag, p, {stamp_ns, cpu}, kind, timed);
}

Correlator::Flow& Correlator::add_flow(const Probe& p) noexcept {
  flow_slot_[p.flow] = static_cast<std::uint16_t>(flows_used_);
  Flow& flow = flows_[flows_used_++];
  flow.id = p.flow;
  start_flow(flow, p.sequence);
  return flow;
}

/// Begins a new run with this probe and gives its sequence there. restarted_ns is the middle of the pause:
/// packets that were sent earlier belong to the run before, though they may still be on their way.
std::uint64_t Correlator::restart(Flow& flow, const Probe& p) noexcept {
  const std::uint64_t epoch = flow.run.newest / kEpoch + 2;
  if (epoch >= kEpochs) return unwrap(p.sequence, flow.run.newest);
  if (closing_) return kNone;
  ++restarts_;
  flow.length_before += flow.before.length();
  flow.before = flow.run;
  flow.restarted_ns = p.tx_ns - (p.tx_ns - flow.run.newest_tx_ns) / 2;
  const auto tag = flow.run.tag / kTaggedRuns * kTaggedRuns + (flow.run.tag + 1) % kTaggedRuns;
  flow.run = {.tag = static_cast<std::uint16_t>(tag), .newest = epoch * kEpoch + p.sequence};
  return flow.run.newest;
}

/// Whether the probe is to be accounted. If so, the run's span grows to hold it.
inline bool Correlator::admit(const Flow& flow, Run& run, std::uint64_t sequence,
                              std::uint64_t tx_ns) noexcept {
  if (sequence < flow.from || sequence > flow.until) return false;
  if (sequence < run.first) [[unlikely]] {
    if (!run.any()) run.newest = sequence, run.newest_tx_ns = tx_ns;
    run.first = sequence;
  }
  if (sequence > run.newest) {
    run.newest = sequence;
    run.newest_tx_ns = tx_ns;
  }
  return true;
}

void Correlator::correlate(unsigned tap, std::uint16_t tag, const Probe& p, CpuStamp stamp, StampKind kind,
                           bool timed) noexcept {
  const std::size_t at = table_.place(tag, p.sequence, [this](const CorrelationTable::Entry& e) noexcept {
    evicted_ += e.seen != table_.all();
    finalise(e);
  });
  auto& entry = table_.entry(at);
  const auto mark = static_cast<std::uint16_t>(1u << tap);
  if (entry.seen & mark) return;  // a duplicate that the tracker has forgotten
  entry.seen = static_cast<std::uint16_t>(entry.seen | mark);
  if (kind == StampKind::kSoftware) entry.software = static_cast<std::uint16_t>(entry.software | mark);
  CpuStamp* const stamps = table_.stamps(at);
  stamps[tap] = stamp;
  if (!timed) return;
  if (tap > 0 && (entry.seen >> (tap - 1) & 1u)) record_hop(tap - 1, entry, stamps);
  if (tap < hops_.size() && (entry.seen >> (tap + 1) & 1u)) record_hop(tap, entry, stamps);
}

void Correlator::record_hop(std::size_t hop, const CorrelationTable::Entry& e,
                            const CpuStamp* stamps) noexcept {
  HopTally& tally = hops_[hop];
  const CpuStamp from = stamps[hop], to = stamps[hop + 1];
  const std::int64_t ns = CpuStamp::between(from, to);
  if (!tally.latency.record(ns)) return;
  if (!CpuStamp::known(from, to)) {
    ++tally.cpu_unknown;
  } else if (!CpuStamp::same_cpu(from, to)) {
    tally.cross_cpu.record(ns);
  }
  const bool both_by_kernel = (e.software >> hop & 3u) == 3u;
  tally.stale += both_by_kernel && ns == 0;
}

void Correlator::finalise(const CorrelationTable::Entry& e) noexcept {
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    const unsigned pair = e.seen >> i & 3u;
    hops_[i].lost += pair == 1u;
    hops_[i].appeared += pair == 2u;
  }
}

}  // namespace hopcost::analyzer
