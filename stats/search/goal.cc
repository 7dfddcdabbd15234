#include "stats/search/goal.h"

#include <algorithm>

namespace hopcost::search {
namespace {

/// Appendix A's sums times (exceed.of - exceed.part), which makes all of them whole numbers.
struct Scaled {
  std::int64_t low = 0, high = 0, whole = 0;
};

Scaled scaled(const Sums& s, const Goal& goal) noexcept {
  const std::int64_t good = goal.exceed.of - goal.exceed.part;
  const std::int64_t excess =
      std::max<std::int64_t>(0, s.short_high.count() * good - s.short_low.count() * goal.exceed.part);
  Scaled r{.low = s.full_low.count() * good, .high = s.full_high.count() * good + excess};
  r.whole = std::max(r.low + r.high, goal.duration_sum.count() * good);
  return r;
}

/// part / whole <= ratio, without rounding.
bool within(std::int64_t part, std::int64_t whole, const Ratio& ratio) noexcept {
  return part * ratio.of <= whole * ratio.part;
}

Goal repeated(std::string name, Time trial, int trials, Ratio loss, Ratio exceed) {
  return {.name = std::move(name),
          .final_trial = trial,
          .initial_trial = trial,
          .duration_sum = trial * trials,
          .loss = loss,
          .exceed = exceed,
          .width = 0.005};
}

}  // namespace

bool exceeds(const Trial& trial, const Ratio& loss) noexcept {
  if (trial.offered == 0) return true;
  return trial.lost * static_cast<std::uint64_t>(loss.of) >
         trial.offered * static_cast<std::uint64_t>(loss.part);
}

Sums sums_of(std::span<const Trial> trials, const Goal& goal) noexcept {
  Sums s;
  for (const Trial& t : trials) {
    const bool bad = exceeds(t, goal.loss);
    if (t.duration >= goal.final_trial) {
      (bad ? s.full_high : s.full_low) += t.duration;
    } else {
      (bad ? s.short_high : s.short_low) += t.duration;
    }
  }
  return s;
}

const char* name_of(LoadClass c) noexcept {
  switch (c) {
    case LoadClass::kLower:
      return "lower";
    case LoadClass::kUpper:
      return "upper";
    case LoadClass::kUndecided:
      return "undecided";
  }
  return "";
}

LoadClass classify(const Sums& sums, const Goal& goal) noexcept {
  const Scaled s = scaled(sums, goal);
  const bool pessimistic = within(s.whole - s.low, s.whole, goal.exceed);
  const bool optimistic = within(s.high, s.whole, goal.exceed);
  if (pessimistic == optimistic) return optimistic ? LoadClass::kLower : LoadClass::kUpper;
  return LoadClass::kUndecided;
}

LoadClass classify(std::span<const Trial> trials, const Goal& goal) noexcept {
  return classify(sums_of(trials, goal), goal);
}

double optimistic_exceed_ratio(const Sums& sums, const Goal& goal) noexcept {
  const Scaled s = scaled(sums, goal);
  return static_cast<double>(s.high) / static_cast<double>(s.whole);
}

double pessimistic_exceed_ratio(const Sums& sums, const Goal& goal) noexcept {
  const Scaled s = scaled(sums, goal);
  return static_cast<double>(s.whole - s.low) / static_cast<double>(s.whole);
}

double conditional_throughput(double load, std::span<const Trial> trials, const Goal& goal) {
  std::vector<Trial> full;
  for (const Trial& t : trials)
    if (t.duration >= goal.final_trial) full.push_back(t);
  std::ranges::sort(full, {}, [](const Trial& t) { return t.loss(); });
  const Sums s = sums_of(trials, goal);
  const std::int64_t whole = std::max(goal.duration_sum, s.full_low + s.full_high).count();
  // Times exceed.of, so that it is a whole number.
  std::int64_t remaining = whole * (goal.exceed.of - goal.exceed.part);
  double quantile = 1;
  for (const Trial& t : full) {
    if (&t != &full.front() && remaining <= 0) break;
    quantile = t.loss();
    remaining -= t.duration.count() * goal.exceed.of;
  }
  if (remaining > 0) quantile = 1;
  return load * (1 - quantile);
}

Goal rfc2544_goal(Time trial) {
  return repeated("rfc2544", trial, 1, {0, 1}, {0, 1});
}

Goal tst009_goal(Time trial) {
  return repeated("tst009", trial, 2, {0, 1}, {1, 2});
}

Goal ndr_goal(Time trial) {
  return repeated("ndr", trial, 21, {0, 1}, {1, 2});
}

Goal pdr_goal(Time trial) {
  return repeated("pdr", trial, 21, {1, 200}, {1, 2});
}

}  // namespace hopcost::search
