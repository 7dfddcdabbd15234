#include "pktgen/receive/rx_account.h"

#include "wire/find_probe.h"

namespace hopcost::pktgen {

void RxAccount::see(std::span<const std::byte> frame, std::uint64_t rx_ns) noexcept {
  const auto found = find_probe(frame);
  if (!found || found->probe.flow != flow_) {
    ++foreign_;
    return;
  }
  take(complete(found->probe, rx_ns), rx_ns);
}

void RxAccount::watch_gaps(const Probe& p, std::uint64_t rx_ns) noexcept {
  if (p.sequence > tracker_.next_expected() && p.tx_ns > first_tx_ns_) last_gap_tx_ns_ = p.tx_ns;
  if (last_rx_ns_ == 0) {
    first_tx_ns_ = p.tx_ns;
  } else if (rx_ns > last_rx_ns_) {
    longest_silence_ns_ = std::max(longest_silence_ns_, rx_ns - last_rx_ns_);
  }
  last_rx_ns_ = rx_ns;
}

std::optional<std::uint64_t> RxAccount::take(const Probe& p, std::uint64_t rx_ns,
                                             FlowInterval* interval) noexcept {
  watch_gaps(p, rx_ns);
  const auto verdict = tracker_.see(p.sequence);
  if (verdict == SequenceTracker::Verdict::kDuplicate || verdict == SequenceTracker::Verdict::kStale)
    return std::nullopt;
  if (p.reflected) {
    if (p.residence_ns == kLongestResidenceNs) {
      ++residence_unknown_;
      return std::nullopt;
    }
    residence_.record(p.residence_ns);
    if (interval != nullptr) interval->residence.record(p.residence_ns);
  }
  const std::uint64_t left_ns =
      p.tx_ns + p.residence_ns;  // as if it had left that much later and had not been kept
  jitter_.see(left_ns, rx_ns);
  if (rx_ns < left_ns) {
    ++negative_;
    return std::nullopt;
  }
  const std::uint64_t latency = rx_ns - left_ns;
  latency_.record(latency);
  steps_.see(p.sequence, latency);
  if (interval != nullptr) interval->latency.record(latency);
  if (board_ == nullptr) return latency;
  if (const auto late = board_->late_ns(p.sequence)) {
    intended_.record(latency + *late);
    if (interval != nullptr) interval->intended.record(latency + *late);
  } else {
    ++plan_unknown_;
  }
  return latency;
}

void RxAccount::merge(const RxAccount& other) {
  jitter_.mix(other.jitter_, static_cast<double>(tracker_.received()),
              static_cast<double>(other.tracker_.received()));
  tracker_.add_counts(other.tracker_);
  if (other.last_rx_ns_ != 0) {
    first_tx_ns_ = last_rx_ns_ == 0 ? other.first_tx_ns_ : std::min(first_tx_ns_, other.first_tx_ns_);
    last_rx_ns_ = std::max(last_rx_ns_, other.last_rx_ns_);
  }
  last_gap_tx_ns_ = std::max(last_gap_tx_ns_, other.last_gap_tx_ns_);
  longest_silence_ns_ = std::max(longest_silence_ns_, other.longest_silence_ns_);
  foreign_ += other.foreign_;
  negative_ += other.negative_;
  plan_unknown_ += other.plan_unknown_;
  residence_unknown_ += other.residence_unknown_;
  // They all have the default layout, so that no value can be out of range.
  (void)latency_.merge(other.latency_);
  steps_.merge(other.steps_);
  (void)intended_.merge(other.intended_);
  (void)residence_.merge(other.residence_);
}

}  // namespace hopcost::pktgen
