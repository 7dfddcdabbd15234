#include "campaign/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "campaign/block_table.h"
#include "campaign/contrasts.h"
#include "campaign/hops.h"

namespace hopcost::campaign {
namespace {

std::optional<std::size_t> host_of(const std::vector<MeasuredPath>& paths) {
  for (std::size_t p = 0; p < paths.size(); ++p) {
    if (paths[p].topology == "host" && paths[p].role == Role::kMode) return p;
  }
  return std::nullopt;
}

void add_counts(TapCount& sum, const TapCount& slot) {
  sum.name = slot.name;
  sum.seen += slot.seen;
  sum.lost += slot.lost;
  sum.duplicates += slot.duplicates;
  sum.reordered += slot.reordered;
  sum.ring_drops += slot.ring_drops;
}

void count_packets(const BlockTable& table, std::size_t path, ModeFigures& mode) {
  for (const SlotResult* s : table.counted(path, SlotKind::kEnd)) {
    mode.sent += s->sent;
    add_counts(mode.end, s->taps.back());
    (void)mode.end_to_end.merge(s->end_to_end);
    mode.end_cpu.add(s->end_cpu);
  }
  for (const SlotResult* s : table.counted(path, SlotKind::kHop)) {
    mode.taps.resize(s->taps.size());
    for (std::size_t i = 0; i < s->taps.size(); ++i) add_counts(mode.taps[i], s->taps[i]);
  }
  for (const SlotResult* s : table.all(path)) {
    ++(s->counts() ? mode.slots : mode.void_slots);
    mode.slow_slots += s->voided_by == std::vector<std::string>{kSlowCpu} ? 1 : 0;
    for (const auto& reason : s->voided_by) ++mode.void_reasons[reason];
  }
}

void count_events(const BlockTable& table, std::size_t path, ModeFigures& mode) {
  const auto slots = table.counted(path, SlotKind::kEnd);
  for (std::size_t c = 0; c < kCounterNames.size(); ++c) {
    double total = 0, packets = 0;
    bool known = !slots.empty();
    for (const SlotResult* s : slots) {
      const auto it = s->counters.find(kCounterNames[c]);
      known = known && it != s->counters.end() && it->is_number();
      if (known) total += it->get<double>();
      packets += static_cast<double>(s->sent);
    }
    if (known && packets > 0) mode.per_packet[c] = total / packets;
  }
  if (!slots.empty()) mode.missing_counters = slots.front()->missing_counters;
}

void list_blocks(const BlockTable& table, std::size_t path, std::optional<std::size_t> host,
                 ModeFigures& mode) {
  for (std::uint32_t b = 0; b < table.blocks(); ++b) {
    BlockPoint point{b,
                     table.in_block(path, SlotKind::kEnd, b, median_of),
                     table.in_block(path, SlotKind::kEnd, b, mean_of),
                     {}};
    if (host && *host != path && point.p50_ns) {
      if (const auto reference = table.in_block(*host, SlotKind::kEnd, b, median_of))
        point.cost_ns = *point.p50_ns - *reference;
    }
    mode.blocks.push_back(point);
  }
}

/// What should not differ: a mode, and the path that controls it in `role`.
void compare_controls(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures) {
  for (std::size_t c = 0; c < paths.size(); ++c) {
    for (std::size_t p = 0; p < paths.size() && paths[c].role != Role::kMode; ++p) {
      if (paths[p].role != Role::kMode || paths[p].topology != paths[c].topology) continue;
      const auto differences = table.differences(p, c, SlotKind::kEnd, median_of);
      if (differences.empty()) continue;
      const Pair pair{paths[p].name, paths[c].name, hodges_lehmann(differences)};
      if (paths[c].role == Role::kRebuild) {
        figures.rebuild = pair;
      } else {
        figures.aa = pair;
        if (pair.shift.enough) figures.mde_ns = minimum_detectable_effect(differences, 0.05, 0.8);
      }
    }
  }
}

/// How far from 0 a control proved to be: 0 when its interval holds 0.
double proven_noise(const std::optional<Pair>& control) {
  if (!control || !control->shift.enough || control->shift.ci.holds(0)) return 0;
  return std::abs(control->shift.estimate);
}

double noise_floor(const Figures& figures) {
  return std::max(proven_noise(figures.aa), proven_noise(figures.rebuild));
}

std::string overall_regime(const std::vector<SlotResult>& slots) {
  std::set<std::string> seen;
  for (const SlotResult& s : slots) {
    if (s.regime != "none") seen.insert(s.regime);
  }
  return seen.empty() ? "none" : seen.size() == 1 ? *seen.begin() : "mixed";
}

/// Whether the modes' void rates differ by more than chance: chi-squared over the modes, p below 0.001.
/// Binomial spread is a floor, for a slow spell takes several slots in a row; the quantiles are doubled for
/// it.
bool voids_are_uneven(const Figures& figures) {
  double all = 0, voids = 0, chi = 0;
  for (const ModeFigures& m : figures.modes) {
    all += m.slots + m.void_slots;
    voids += m.void_slots;
  }
  if (voids == 0 || voids == all) return false;
  const double rate = voids / all;
  for (const ModeFigures& m : figures.modes) {
    const double n = m.slots + m.void_slots;
    if (n > 0) chi += std::pow(m.void_slots - n * rate, 2) / (n * rate * (1 - rate));
  }
  const double degrees = static_cast<double>(figures.modes.size()) - 1;
  if (degrees < 1) return false;
  // Wilson and Hilferty's approximation of the chi-squared quantile at 0.999.
  const double h = 2 / (9 * degrees);
  return chi > 2 * degrees * std::pow(1 - h + 3.09 * std::sqrt(h), 3);
}

void assess(const Gates& gates, Figures& figures) {
  const auto unfit = [&](std::string why) {
    figures.fit = false;
    figures.reasons.push_back(std::move(why));
  };
  if (figures.regime == "software" || figures.regime == "mixed") {
    unfit(
        "some process on this host asks for receive timestamps, so the kernel stamps packets before the taps "
        "do, and the error "
        "differs by mode: stop it (hopcost doctor names the usual ones) and run again");
  }
  if (figures.regime == "none") unfit("no packet was seen");
  for (const ModeFigures& m : figures.modes) {
    const std::uint32_t all = m.slots + m.void_slots, faulty = m.void_slots - m.slow_slots;
    const auto above = [&](std::uint32_t n, double share) { return n > share * std::max(1u, all); };
    if (above(faulty, gates.max_void_share) || above(m.slow_slots, gates.max_slow_share)) {
      unfit(fmt::format(
          "{}: of {} slots {} are void, {} more for a slow CPU: the machine is too busy for the claim",
          m.path.name, all, faulty, m.slow_slots));
    }
    if (m.cost && !m.cost->median.enough)
      unfit(fmt::format("{}: too few whole blocks for an interval", m.path.name));
  }
  if (voids_are_uneven(figures))
    unfit("some modes lost far more slots than others: the gates may have chosen between them");
  if (const double ns = proven_noise(figures.aa); ns > 0) {
    figures.reasons.push_back(
        fmt::format("{} measured twice differs from itself by {:.1f} ns: costs below that are not claimed",
                    figures.aa->a, ns));
  }
  if (const double ns = proven_noise(figures.rebuild); ns > 0) {
    figures.reasons.push_back(fmt::format(
        "two builds of {} differ by {:.1f} ns: costs below that are not claimed", figures.rebuild->a, ns));
  }
}

}  // namespace

std::string mode_log_name(const ModeFigures& mode) {
  return mode.path.name + ".hlog";
}

std::string hop_log_name(const ModeFigures& mode, const Hop& hop) {
  return fmt::format("{}.{}-{}.hlog", mode.path.name, hop.from, hop.to);
}

Figures analyse(const std::vector<MeasuredPath>& paths, const std::vector<SlotResult>& slots,
                const Gates& gates, std::uint64_t seed) {
  const BlockTable table(slots);
  Figures figures;
  figures.blocks = table.blocks();
  figures.regime = overall_regime(slots);
  measure_tap_cost(table, paths, figures);
  const auto host = host_of(paths);
  std::vector<std::size_t> order;
  for (std::size_t p = 0; p < paths.size(); ++p) {
    if (paths[p].role != Role::kMode) continue;
    ModeFigures mode;
    mode.path = paths[p];
    count_packets(table, p, mode);
    count_events(table, p, mode);
    list_blocks(table, p, host, mode);
    if (host && *host != p) mode.cost = contrast(table, p, *host, seed);
    explain(table, p, figures, mode);
    figures.modes.push_back(std::move(mode));
    order.push_back(p);
  }
  for (std::size_t a = 0; a < order.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto d = table.differences(order[a], order[b], SlotKind::kEnd, median_of);
      if (!d.empty())
        figures.pairs.push_back({paths[order[a]].name, paths[order[b]].name, hodges_lehmann(d)});
    }
  }
  for (std::uint32_t b = 0; b < table.blocks(); ++b) {
    const bool whole = !host || table.in_block(*host, SlotKind::kEnd, b, median_of).has_value();
    figures.void_blocks += whole ? 0 : 1;
  }
  compare_controls(table, paths, figures);
  judge(figures.modes, noise_floor(figures));
  assess(gates, figures);
  return figures;
}

std::optional<double> widest_half_width(const std::vector<MeasuredPath>& paths,
                                        const std::vector<SlotResult>& slots) {
  const BlockTable table(slots);
  const auto host = host_of(paths);
  if (!host) return std::nullopt;
  double widest = 0;
  for (std::size_t p = 0; p < paths.size(); ++p) {
    if (p == *host) continue;
    const Estimate cost = over_blocks(table.differences(p, *host, SlotKind::kEnd, median_of));
    if (!cost.known) return std::nullopt;
    widest = std::max(widest, cost.ci95.half_width());
  }
  return widest;
}

}  // namespace hopcost::campaign
