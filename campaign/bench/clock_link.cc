#include "campaign/bench/clock_link.h"

#include <algorithm>
#include <cmath>

namespace hopcost::campaign {

void ClockLink::learn(std::vector<double> host_ns) {
  std::erase_if(host_ns, [](double t) { return !std::isfinite(t); });
  if (host_ns.empty()) return;
  const auto middle = host_ns.begin() + static_cast<std::ptrdiff_t>(host_ns.size() / 2);
  std::ranges::nth_element(host_ns, middle);
  ahead_ns_ += std::llround(*middle) - kMedianNs;
}

}  // namespace hopcost::campaign
