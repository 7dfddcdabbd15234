#include "pktgen/audit.h"

namespace hopcost::pktgen {

double Audit::share_within(std::uint64_t limit_ns) const noexcept {
  if (late_.count() == 0) return 0;
  return static_cast<double>(late_.count_between(0, limit_ns)) /
         static_cast<double>(late_.count() + late_.overflow());
}

}  // namespace hopcost::pktgen
