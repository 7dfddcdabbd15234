#include "pktgen/audit.h"

namespace hopcost::pktgen {

void Audit::merge(const Audit& other) {
  departures_ += other.departures_;
  micro_bursts_ += other.micro_bursts_;
  missed_slots_ += other.missed_slots_;
  gap_changes_ += other.gap_changes_;
  // They all have the default layout, so that no value can be out of range.
  (void)late_.merge(other.late_);
  (void)gap_error_.merge(other.gap_error_);
  (void)gaps_.merge(other.gaps_);
}

double Audit::share_within(std::uint64_t limit_ns) const noexcept {
  if (late_.count() == 0) return 0;
  return static_cast<double>(late_.count_between(0, limit_ns)) /
         static_cast<double>(late_.count() + late_.overflow());
}

}  // namespace hopcost::pktgen
