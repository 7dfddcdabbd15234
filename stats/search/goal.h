// The goal of a search for a load, and how trials at one load are judged: RFC 9971 (MLRsearch) sections 5 and
// 6, appendices A and B. Pure arithmetic in whole numbers, so that a load right on a boundary is judged as
// the text has it. Any thread. Includes nothing of ours.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hopcost::search {

/// Durations of trials. Those at one load may sum up to 10 days.
using Time = std::chrono::microseconds;

/// A share as a fraction of whole numbers: 0 <= part <= of, 1 <= of <= 1000.
struct Ratio {
  std::int64_t part = 0;
  std::int64_t of = 1;
  [[nodiscard]] double value() const noexcept { return static_cast<double>(part) / static_cast<double>(of); }
};

/// RFC 9971 section 5.6: one goal of a search.
struct Goal {
  std::string name;
  Time final_trial{};    ///< Trials this long or longer are full-length.
  Time initial_trial{};  ///< What a search may begin with; at most final_trial.
  Time duration_sum{};   ///< Trial time that a load needs to be decided for certain.
  Ratio loss;            ///< A trial with more loss than this is a bad one.
  Ratio exceed;          ///< Share of the trial time that may be bad trials; below 1.
  double width = 0.01;   ///< Largest distance of the final bounds, relative to the upper one; above 0.
};

/// The result of one trial. Frames that should have been sent but were not count as offered and as lost.
struct Trial {
  double load = 0;  ///< As asked for, frames a second.
  Time duration{};
  std::uint64_t offered = 0;
  std::uint64_t lost = 0;  ///< 0 to `offered`.
  [[nodiscard]] double loss() const noexcept {
    return offered == 0 ? 1 : static_cast<double>(lost) / static_cast<double>(offered);
  }
  /// RFC 9971 section 5.4.4.
  [[nodiscard]] double forwarding_rate() const noexcept { return load * (1 - loss()); }
};

/// Whether the trial lost a larger share than `loss`; also true for a trial that offered no frames.
[[nodiscard]] bool exceeds(const Trial& trial, const Ratio& loss) noexcept;

/// Durations of the trials at one load, as a goal sorts them.
struct Sums {
  Time full_low{}, full_high{};    ///< Full-length: within the goal's loss, above it.
  Time short_low{}, short_high{};  ///< The same of the shorter ones.
};
/// `trials` are all at one load.
[[nodiscard]] Sums sums_of(std::span<const Trial> trials, const Goal& goal) noexcept;

/// RFC 9971 section 6.1.
enum class LoadClass : std::uint8_t { kUndecided, kLower, kUpper };
/// "undecided", "lower" or "upper".
[[nodiscard]] const char* name_of(LoadClass c) noexcept;

/// Appendix A: the load's class for the goal, from the trials at this load alone.
[[nodiscard]] LoadClass classify(const Sums& sums, const Goal& goal) noexcept;
[[nodiscard]] LoadClass classify(std::span<const Trial> trials, const Goal& goal) noexcept;

/// The share of bad trial time if all trials still missing turn out good.
[[nodiscard]] double optimistic_exceed_ratio(const Sums& sums, const Goal& goal) noexcept;
/// The same if all of them turn out bad.
[[nodiscard]] double pessimistic_exceed_ratio(const Sums& sums, const Goal& goal) noexcept;

/// Appendix B: the load less the loss of the worst trial that the goal still allows, in frames a second. The
/// prose of section 6.2 starts from FL + FH; the appendix's code, as this function, starts from the duration
/// sum if that is more.
[[nodiscard]] double conditional_throughput(double load, std::span<const Trial> trials, const Goal& goal);

/// RFC 2544 section 26.1: one trial of length `trial` per load, without loss.
[[nodiscard]] Goal rfc2544_goal(Time trial);
/// ETSI TST009's binary search with loss verification, z unlimited, max(r) = 2: two trials per load, one of
/// which may lose frames.
[[nodiscard]] Goal tst009_goal(Time trial);
/// CSIT's non-drop rate: 21 trials of length `trial` per load, half of which may lose frames.
[[nodiscard]] Goal ndr_goal(Time trial);
/// CSIT's partial-drop rate: the same, but a trial is bad only above 0.5 % of loss.
[[nodiscard]] Goal pdr_goal(Time trial);

}  // namespace hopcost::search
