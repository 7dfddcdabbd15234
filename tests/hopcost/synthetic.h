// Slots as a machine would give them, with known costs in them.
#pragma once

#include <cmath>
#include <random>

#include "campaign/slot.h"

namespace hopcost::campaign {

/// A slot of `n` packets, normally distributed about `mean_ns`, on a path with the taps named.
inline SlotResult synthetic_slot(SlotKind kind, std::size_t path, std::uint32_t block, double mean_ns,
                                 std::mt19937_64& random, std::vector<std::string> taps = {"end"},
                                 std::vector<double> hop_means = {}, int n = 500) {
  SlotResult s;
  s.kind = kind;
  s.path = path;
  s.block = block;
  s.sent = static_cast<std::uint64_t>(n);
  s.regime = "tap";
  std::normal_distribution<double> noise(0, 20);
  const auto draw = [&](double mean) {
    return static_cast<std::uint64_t>(std::max(0.0, std::round(mean + noise(random))));
  };
  for (int i = 0; i < n; ++i) s.end_to_end.record(draw(mean_ns));
  for (const auto& name : taps) s.taps.push_back({name, static_cast<std::uint64_t>(n), 0, 0, 0, 0});
  if (hop_means.empty()) hop_means = {mean_ns};
  for (std::size_t h = 0; h < taps.size(); ++h) {
    HopTimes times{h == 0 ? "tx" : taps[h - 1], taps[h], {}, 0, ""};
    times.cpu.same = static_cast<std::uint64_t>(n);
    for (int i = 0; i < n; ++i) times.times.record(draw(hop_means.at(h)));
    s.hops.push_back(std::move(times));
  }
  s.counters = {{"cycles", 1000 * n}, {"instructions", nullptr}};
  return s;
}

}  // namespace hopcost::campaign
