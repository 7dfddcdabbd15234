// Simulated runs of two experiment designs on a machine that drifts: how often the interval holds the truth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hopcost {

struct Machine {
  double drift =
      40.0;  ///< Range of the slow drift over the whole plan, ns: a line and a slow wave, of random sign.
  double noise = 7.0;   ///< Stationary deviation of a slot's median, ns.
  double memory = 0.5;  ///< AR(1) coefficient of that noise from one slot to the next.
};

struct Plan {
  std::size_t modes = 5;  ///< Host, three others, the A/A twin.
  std::size_t blocks = 20;
  double cost = 22.0;  ///< What mode 1 costs more than mode 0, ns.
};

/// Block differences of mode 1 less mode 0. Each block holds every mode twice, in random order and mirrored.
[[nodiscard]] std::vector<double> mirrored_differences(const Machine& machine, const Plan& plan,
                                                       std::uint64_t seed);

/// The same number of slots, all of mode 0 first, then all of mode 1, and so on; paired by their place.
[[nodiscard]] std::vector<double> sequential_differences(const Machine& machine, const Plan& plan,
                                                         std::uint64_t seed);

}  // namespace hopcost
