// An uncertainty budget: what is known of a figure's standard uncertainty, term by term (JCGM 100, the
// "GUM"). Passive data and its arithmetic. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hopcost {

/// One thing that makes a figure unsure.
struct UncertaintyTerm {
  std::string name;
  std::optional<double> ns;  ///< Standard uncertainty; nothing where it could not be known.
  std::string how;           ///< Where the number is from; for 0 why it is, for nothing what hides it.
  double degrees = 0;        ///< Of freedom, of what was estimated from so many figures; 0: of a bound, none.
};

/// All that makes a figure unsure; the terms are taken to be independent.
struct UncertaintyBudget {
  std::vector<UncertaintyTerm> terms;

  /// Root of the sum of squares of the terms that are known.
  [[nodiscard]] double combined_ns() const noexcept;
  /// Effective degrees of freedom of the combination (Welch and Satterthwaite, JCGM 100 annex G.4); infinite
  /// when no term has any.
  [[nodiscard]] double degrees_of_freedom() const noexcept;
  /// What combined_ns() is expanded by to hold the truth at 95 %: Student's t for the degrees of freedom.
  [[nodiscard]] double coverage_factor() const noexcept;
  [[nodiscard]] double expanded_ns() const noexcept { return coverage_factor() * combined_ns(); }
  /// Whether no term is missing.
  [[nodiscard]] bool complete() const noexcept;
};

/// Of the mean over `packets` differences of two stamps, each off by up to half a step either way; they fall
/// on all of it, since what they time scatters by more than a step. 0 packets: nothing to be uncertain of.
[[nodiscard]] double quantisation_ns(double step_ns, std::uint64_t packets) noexcept;

/// Of a mean of which a `share` crosses between clocks at most `bound_ns` apart, taken as uniform.
[[nodiscard]] double crossing_ns(double share, double bound_ns) noexcept;

/// {"terms": [{"term", "ns" (or null), "how"}], "combined_ns", "degrees_of_freedom" (null: infinite),
/// "coverage_factor", "expanded_ns", "complete"}
[[nodiscard]] nlohmann::json to_json(const UncertaintyBudget& budget);

}  // namespace hopcost
