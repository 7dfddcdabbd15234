#include "tests/stats/design_simulation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace hopcost {
namespace {

// What each slot of the run adds to the mode's own latency.
std::vector<double> disturbance(const Machine& machine, std::size_t slots, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  const double slope = machine.drift * uniform(random);
  const double wave = 0.5 * machine.drift * uniform(random);
  const double phase = M_PI * uniform(random);
  const double fresh = machine.noise * std::sqrt(1.0 - machine.memory * machine.memory);
  double noise = machine.noise * normal(random);
  std::vector<double> out(slots);
  for (std::size_t i = 0; i < slots; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(slots);
    out[i] = slope * t + wave * std::sin(2.0 * M_PI * t + phase) + noise;
    noise = machine.memory * noise + fresh * normal(random);
  }
  return out;
}

// Mode of each slot.
std::vector<std::size_t> mirrored_order(const Plan& plan, std::mt19937_64& random) {
  std::vector<std::size_t> order, block(plan.modes);
  std::iota(block.begin(), block.end(), std::size_t{0});
  for (std::size_t b = 0; b < plan.blocks; ++b) {
    std::shuffle(block.begin(), block.end(), random);
    order.insert(order.end(), block.begin(), block.end());
    order.insert(order.end(), block.rbegin(), block.rend());
  }
  return order;
}

std::vector<std::size_t> sequential_order(const Plan& plan) {
  std::vector<std::size_t> order;
  for (std::size_t mode = 0; mode < plan.modes; ++mode) order.insert(order.end(), 2 * plan.blocks, mode);
  return order;
}

// The k-th pair of mode 1's slots less the k-th pair of mode 0's.
std::vector<double> differences(const std::vector<std::size_t>& order, const std::vector<double>& added,
                                const Plan& plan) {
  std::vector<double> sums(2 * plan.blocks);
  std::size_t seen[2] = {0, 0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t mode = order[i];
    if (mode > 1) continue;
    sums[2 * (seen[mode]++ / 2) + mode] += (added[i] + (mode == 1 ? plan.cost : 0.0)) / 2.0;
  }
  std::vector<double> out(plan.blocks);
  for (std::size_t b = 0; b < plan.blocks; ++b) out[b] = sums[2 * b + 1] - sums[2 * b];
  return out;
}

}  // namespace

std::vector<double> mirrored_differences(const Machine& machine, const Plan& plan, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto order = mirrored_order(plan, random);
  return differences(order, disturbance(machine, order.size(), random), plan);
}

std::vector<double> sequential_differences(const Machine& machine, const Plan& plan, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto order = sequential_order(plan);
  return differences(order, disturbance(machine, order.size(), random), plan);
}

}  // namespace hopcost
