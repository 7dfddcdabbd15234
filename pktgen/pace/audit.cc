#include "pktgen/pace/audit.h"

namespace hopcost::pktgen {
namespace {

double share_up_to(const HdrHistogram& h, std::uint64_t limit) noexcept {
  if (h.count() == 0) return 0;
  return static_cast<double>(h.count_between(0, limit)) / static_cast<double>(h.count() + h.overflow());
}

}  // namespace

void Lateness::merge(const Lateness& other) {
  missed_slots_ += other.missed_slots_;
  (void)late_.merge(other.late_);  // of one layout, so that no value can be out of range
}

double Lateness::share_within(std::uint64_t limit_ns) const noexcept {
  return share_up_to(late_, limit_ns);
}

void Audit::merge(const Audit& other) {
  lateness_.merge(other.lateness_);
  micro_bursts_ += other.micro_bursts_;
  never_departed_ += other.never_departed_;
  gap_changes_ += other.gap_changes_;
  interruptions_ += other.interruptions_;
  // They all have the default layout, so that no value can be out of range.
  (void)gap_error_.merge(other.gap_error_);
  (void)undisturbed_gap_error_.merge(other.undisturbed_gap_error_);
  (void)gaps_.merge(other.gaps_);
}

double Audit::gaps_within(std::uint64_t limit_ns) const noexcept {
  return share_up_to(gap_error_, limit_ns);
}

double Audit::undisturbed_gaps_within(std::uint64_t limit_ns) const noexcept {
  return share_up_to(undisturbed_gap_error_, limit_ns);
}

}  // namespace hopcost::pktgen
