// An uncertainty budget: the components of a figure's standard uncertainty (JCGM 100, the "GUM"). Passive
// data and its arithmetic. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hopcost {

/// One source of uncertainty.
struct UncertaintyTerm {
  std::string name;
  std::optional<double> ns;  ///< Standard uncertainty; nothing where it could not be known.
  std::string how;     ///< Where `ns` comes from; for 0 why it is 0, for nothing why it could not be known.
  double degrees = 0;  ///< Degrees of freedom of an estimate; 0: `ns` follows from a bound and has none.
};

/// All sources of a figure's uncertainty; they are assumed to be independent.
struct UncertaintyBudget {
  std::vector<UncertaintyTerm> terms;

  /// Root of the sum of squares of the terms that are known.
  [[nodiscard]] double combined_ns() const noexcept;
  /// Effective degrees of freedom of the combination (Welch and Satterthwaite, JCGM 100 annex G.4); infinite
  /// when no term has any.
  [[nodiscard]] double degrees_of_freedom() const noexcept;
  /// The factor that makes combined_ns() the half-width of a 95 % interval: Student's t for the degrees of
  /// freedom.
  [[nodiscard]] double coverage_factor() const noexcept;
  [[nodiscard]] double expanded_ns() const noexcept { return coverage_factor() * combined_ns(); }
  /// Whether `ns` is known for every term.
  [[nodiscard]] bool complete() const noexcept;
};

/// Standard uncertainty of the mean over `packets` differences of two stamps, due to the clock's step. Each
/// stamp's error is taken as uniform within half a step either way, since the times scatter by more than a
/// step. 0 without packets.
[[nodiscard]] double quantisation_ns(double step_ns, std::uint64_t packets) noexcept;

/// Standard uncertainty of a mean when a `share` (0..1) of its packets is timed across two clocks. The
/// clocks' difference is taken as uniform within +-bound_ns.
[[nodiscard]] double crossing_ns(double share, double bound_ns) noexcept;

/// {"terms": [{"term", "ns" (or null), "how"}], "combined_ns", "degrees_of_freedom" (null: infinite),
/// "coverage_factor", "expanded_ns", "complete"}
[[nodiscard]] nlohmann::json to_json(const UncertaintyBudget& budget);

}  // namespace hopcost
