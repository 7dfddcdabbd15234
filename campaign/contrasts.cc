#include "campaign/contrasts.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "stats/quantile_interval.h"

namespace hopcost::campaign {
namespace {

constexpr int kResamples = 1000;

/// A block's histogram as (middle of step, count): quick to add up again and again.
using Sparse = std::vector<std::pair<double, std::uint64_t>>;

Sparse sparse(const std::vector<const SlotResult*>& slots) {
  Sparse all;
  for (const SlotResult* s : slots) {
    s->end_to_end.for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
      all.emplace_back((static_cast<double>(lo) + static_cast<double>(hi)) / 2, n);
    });
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// The quantile of several blocks' packets taken together.
double pooled_quantile(const std::vector<Sparse>& blocks, const std::vector<std::size_t>& chosen, double q) {
  Sparse all;
  std::uint64_t n = 0;
  for (const std::size_t b : chosen) {
    all.insert(all.end(), blocks[b].begin(), blocks[b].end());
    for (const auto& [value, count] : blocks[b]) n += count;
  }
  // Only the tail counts for the high quantiles asked for here: sorting is by value, descending, until 1-q is
  // passed.
  const double beyond = (1 - q) * static_cast<double>(n);
  const auto after = [](const auto& x, const auto& y) { return x.first < y.first; };
  std::make_heap(all.begin(), all.end(), after);
  double seen = 0;
  for (auto end = all.end(); end != all.begin(); --end) {
    std::pop_heap(all.begin(), end, after);
    const auto& [value, count] = *(end - 1);
    seen += static_cast<double>(count);
    if (seen > beyond) return value;
  }
  return 0;
}

/// Shift at a high quantile: the difference of the pooled quantiles, its interval from resampling whole
/// blocks (both paths' halves of a block together, so that what they share stays shared).
Estimate quantile_shift(const std::vector<Sparse>& a, const std::vector<Sparse>& b, double q,
                        std::uint64_t seed) {
  std::vector<std::size_t> all(a.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::size_t> pick(0, all.size() - 1);
  std::vector<double> shifts(kResamples);
  for (double& shift : shifts) {
    std::vector<std::size_t> chosen(all.size());
    for (auto& c : chosen) c = pick(random);
    shift = pooled_quantile(a, chosen, q) - pooled_quantile(b, chosen, q);
  }
  std::sort(shifts.begin(), shifts.end());
  const auto at = [&](double p) { return shifts[static_cast<std::size_t>(p * (kResamples - 1))]; };
  return {pooled_quantile(a, all, q) - pooled_quantile(b, all, q), {at(0.025), at(0.975)}, true};
}

std::uint64_t packets(const std::vector<Sparse>& blocks) {
  std::uint64_t n = 0;
  for (const Sparse& b : blocks) {
    for (const auto& [value, count] : b) n += count;
  }
  return n;
}

std::map<std::string, Estimate> shifts(const BlockTable& table, std::size_t mode, std::size_t reference,
                                       const Shift& median, std::uint64_t seed) {
  std::vector<Sparse> a, b;
  for (std::uint32_t block = 0; block < table.blocks(); ++block) {
    const auto left = table.counted(mode, SlotKind::kEnd, block);
    const auto right = table.counted(reference, SlotKind::kEnd, block);
    if (left.size() != 2 || right.size() != 2) continue;
    a.push_back(sparse(left));
    b.push_back(sparse(right));
  }
  std::map<std::string, Estimate> found;
  found["p50"] = {median.estimate, median.ci, median.enough};
  const double n = static_cast<double>(std::min(packets(a), packets(b)));
  for (const auto& [name, q] : {std::pair{"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}) {
    if (median.enough && n * (1 - q) >= kPacketsBeyondQuantile) found[name] = quantile_shift(a, b, q, seed);
  }
  return found;
}

std::string verdict_of(const Cost& cost, double noise_ns) {
  if (!cost.median.enough) return "undecided";
  const Interval ci = cost.median.ci;
  if (cost.p_holm < 0.05 && ci.lo > noise_ns) return "higher";
  if (cost.p_holm < 0.05 && ci.hi < -noise_ns) return "lower";
  return cost.equivalence.equivalent ? "same" : "undecided";
}

}  // namespace

Estimate over_blocks(const std::vector<double>& values) {
  if (values.empty()) return {};
  const Shift s = hodges_lehmann(values);
  return {s.estimate, s.ci, s.enough};
}

std::optional<Cost> contrast(const BlockTable& table, std::size_t mode, std::size_t reference,
                             std::uint64_t seed) {
  const auto medians = table.differences(mode, reference, SlotKind::kEnd, median_of);
  if (medians.empty()) return std::nullopt;
  Cost cost;
  cost.median = hodges_lehmann(medians);
  cost.p_holm = cost.median.p_value;
  cost.equivalence = tost(medians, kEquivalenceNs);
  if (cost.median.enough) cost.bootstrap = bootstrap_blocks(medians, 0.95, seed);
  cost.mean = over_blocks(table.differences(mode, reference, SlotKind::kEnd, mean_of));
  cost.shift = shifts(table, mode, reference, cost.median, seed);
  return cost;
}

void judge(std::vector<ModeFigures>& modes, double noise_ns) {
  std::vector<double> p_values;
  for (const ModeFigures& m : modes) {
    if (m.cost) p_values.push_back(m.cost->median.p_value);
  }
  const std::vector<double> adjusted = holm(p_values);
  std::size_t next = 0;
  for (ModeFigures& m : modes) {
    if (!m.cost) continue;
    m.cost->p_holm = adjusted[next++];
    m.cost->verdict = verdict_of(*m.cost, noise_ns);
  }
}

}  // namespace hopcost::campaign
