// An uncertainty budget: what is known of a figure's standard uncertainty, term by term (JCGM 100, the
// "GUM"). Passive data and its arithmetic. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hopcost {

struct UncertaintyTerm {
  std::string name;
  std::optional<double> ns;  ///< Standard uncertainty; nothing where it could not be known.
  std::string how;           ///< Where the number is from; for 0 why it is, for nothing what hides it.
};

struct UncertaintyBudget {
  std::vector<UncertaintyTerm> terms;

  /// Root of the sum of squares of the terms that are known.
  [[nodiscard]] double combined_ns() const noexcept;
  /// k = 2: some 95 % where the terms are many or normal.
  [[nodiscard]] double expanded_ns() const noexcept { return 2 * combined_ns(); }
  /// Whether no term is missing.
  [[nodiscard]] bool complete() const noexcept;
};

/// Of the mean over `packets` differences of two stamps, each off by up to half a step either way; they fall
/// on all of it, since what they time scatters by more than a step. 0 packets: nothing to be uncertain of.
[[nodiscard]] double quantisation_ns(double step_ns, std::uint64_t packets) noexcept;

/// Of a mean of which a `share` crosses between clocks at most `bound_ns` apart, taken as uniform.
[[nodiscard]] double crossing_ns(double share, double bound_ns) noexcept;

/// The standard uncertainty that a 95 % interval of this half-width stands for.
[[nodiscard]] constexpr double from_half_width95(double half_width) noexcept {
  return half_width / 1.96;
}

/// {"terms": [{"term", "ns" (or null), "how"}], "combined_ns", "expanded_k2_ns", "complete"}
[[nodiscard]] nlohmann::json to_json(const UncertaintyBudget& budget);

}  // namespace hopcost
