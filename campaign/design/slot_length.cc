#include "campaign/design/slot_length.h"

#include <algorithm>

namespace hopcost::campaign {
namespace {

/// How long a round takes, seconds: two trains of every lane.
double round_s(const Trains& trains, const Load& load, std::size_t lanes) {
  return 2 * static_cast<double>(lanes) * trains.departures * load.burst / load.rate_pps;
}

}  // namespace

std::uint64_t timed_a_round(const Trains& trains, const Load& load) noexcept {
  return std::uint64_t{2} * (trains.departures - trains.untimed) * load.burst;
}

std::uint32_t slot_rounds(double slot_ms, const Trains& trains, const Load& load, std::size_t lanes,
                          double stretch) {
  const double wanted = std::max(double{kLeastRounds}, slot_ms / 1000 / round_s(trains, load, lanes));
  const double most = static_cast<double>(kMostTimed / timed_a_round(trains, load));
  return std::max(kLeastRounds, static_cast<std::uint32_t>(std::min(wanted * stretch, most)));
}

double slot_s(double slot_ms, const Trains& trains, const Load& load, std::size_t lanes) {
  return slot_rounds(slot_ms, trains, load, lanes) * round_s(trains, load, lanes);
}

}  // namespace hopcost::campaign
