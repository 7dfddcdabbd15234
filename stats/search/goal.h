// What a search for a load is after, and how trials at one load are judged: RFC 9971 (MLRsearch) sections 5
// and 6, appendices A and B. Pure arithmetic in whole numbers, so that a load right on a boundary is judged
// as the text has it. Any thread. Includes nothing of ours.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hopcost::search {

/// Durations of trials. Of one load they may sum up to 10 days.
using Time = std::chrono::microseconds;

/// A share as a fraction of whole numbers: 0 <= part <= of, 1 <= of <= 1000.
struct Ratio {
  std::int64_t part = 0;
  std::int64_t of = 1;
  [[nodiscard]] double value() const noexcept { return static_cast<double>(part) / static_cast<double>(of); }
};

/// RFC 9971 section 5.6: one thing a search is after.
struct Goal {
  std::string name;
  Time final_trial{};    ///< Trials this long or longer are full-length.
  Time initial_trial{};  ///< What a search may begin with; at most final_trial.
  Time duration_sum{};   ///< So much of trials a load needs to be decided without doubt.
  Ratio loss;            ///< A trial with more loss than this is a bad one.
  Ratio exceed;          ///< So much of the duration may be bad trials; below 1.
  double width = 0.01;   ///< Of the bounds, relative to the upper one; above 0.
};

/// What came of one trial. Frames that were to be sent and were not count as offered, and as lost.
struct Trial {
  double load = 0;  ///< Asked for, frames a second.
  Time duration{};
  std::uint64_t offered = 0;
  std::uint64_t lost = 0;  ///< 0 to `offered`.
  [[nodiscard]] double loss() const noexcept {
    return offered == 0 ? 1 : static_cast<double>(lost) / static_cast<double>(offered);
  }
  /// RFC 9971 section 5.4.4.
  [[nodiscard]] double forwarding_rate() const noexcept { return load * (1 - loss()); }
};

/// Whether the trial lost more than the goal lets pass. One that offered nothing did.
[[nodiscard]] bool exceeds(const Trial& trial, const Ratio& loss) noexcept;

/// Durations of the trials at one load, as a goal sorts them.
struct Sums {
  Time full_low{}, full_high{};    ///< Full-length: within the goal's loss, above it.
  Time short_low{}, short_high{};  ///< The same of the shorter ones.
};
/// Of trials at one load.
[[nodiscard]] Sums sums_of(std::span<const Trial> trials, const Goal& goal) noexcept;

/// RFC 9971 section 6.1.
enum class LoadClass : std::uint8_t { kUndecided, kLower, kUpper };
/// "undecided", "lower" or "upper".
[[nodiscard]] const char* name_of(LoadClass c) noexcept;

/// Appendix A: what the load is to the goal, by its trials alone.
[[nodiscard]] LoadClass classify(const Sums& sums, const Goal& goal) noexcept;
[[nodiscard]] LoadClass classify(std::span<const Trial> trials, const Goal& goal) noexcept;

/// The share of bad trials if all that are missing turn out good.
[[nodiscard]] double optimistic_exceed_ratio(const Sums& sums, const Goal& goal) noexcept;
/// The same if they turn out bad.
[[nodiscard]] double pessimistic_exceed_ratio(const Sums& sums, const Goal& goal) noexcept;

/// Appendix B: the load less the loss that a trial of the least allowed quality had, in frames a second.
/// Where the prose of section 6.2 starts from FL + FH, the appendix's code takes the duration sum when that
/// is more; so does this.
[[nodiscard]] double conditional_throughput(double load, std::span<const Trial> trials, const Goal& goal);

/// One trial each of `trial`, without loss: RFC 2544 section 26.1.
[[nodiscard]] Goal rfc2544_goal(Time trial);
/// Two trials, one of which may lose: ETSI TST009's binary search with loss verification, z unlimited, max(r)
/// = 2.
[[nodiscard]] Goal tst009_goal(Time trial);
/// 21 trials of 1 s for a `trial` of 1 s, half of which may lose: CSIT's non-drop rate.
[[nodiscard]] Goal ndr_goal(Time trial);
/// The same with 0.5 % of loss in a trial: CSIT's partial-drop rate.
[[nodiscard]] Goal pdr_goal(Time trial);

}  // namespace hopcost::search
