#include "stats/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "stats/normal.h"

namespace hopcost {

double UncertaintyBudget::combined_ns() const noexcept {
  double squares = 0;
  for (const auto& t : terms) squares += t.ns.value_or(0) * t.ns.value_or(0);
  return std::sqrt(squares);
}

double UncertaintyBudget::degrees_of_freedom() const noexcept {
  double fourths = 0;
  for (const auto& t : terms) {
    if (t.degrees > 0) fourths += std::pow(t.ns.value_or(0), 4) / t.degrees;
  }
  return fourths == 0 ? kInfinite : std::pow(combined_ns(), 4) / fourths;
}

double UncertaintyBudget::coverage_factor() const noexcept {
  return student_t975(degrees_of_freedom());
}

bool UncertaintyBudget::complete() const noexcept {
  return std::ranges::all_of(terms, [](const UncertaintyTerm& t) { return t.ns.has_value(); });
}

double quantisation_ns(double step_ns, std::uint64_t packets) noexcept {
  return packets == 0 ? 0 : step_ns * std::sqrt(2.0 / 12.0 / static_cast<double>(packets));
}

double crossing_ns(double share, double bound_ns) noexcept {
  return share * bound_ns / std::sqrt(3.0);
}

double student_t975(double degrees) noexcept {
  constexpr double kExact1 = 12.706204736, kExact2 = 4.302652730;
  if (degrees <= 1) return kExact1;
  if (degrees <= 2) return kExact1 + (kExact2 - kExact1) * (degrees - 1);  // on the safe side between them
  const double z = normal_quantile(0.975), z2 = z * z, v = degrees;
  if (!std::isfinite(v)) return z;
  const double g1 = (z2 + 1) * z / 4;
  const double g2 = ((5 * z2 + 16) * z2 + 3) * z / 96;
  const double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
  const double g4 = ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) * z / 92160;
  return z + g1 / v + g2 / (v * v) + g3 / (v * v * v) + g4 / (v * v * v * v);
}

nlohmann::json to_json(const UncertaintyBudget& budget) {
  nlohmann::json terms = nlohmann::json::array();
  for (const auto& t : budget.terms)
    terms.push_back(
        {{"term", t.name}, {"ns", t.ns ? nlohmann::json(*t.ns) : nlohmann::json()}, {"how", t.how}});
  const double degrees = budget.degrees_of_freedom();
  return {{"terms", std::move(terms)},
          {"combined_ns", budget.combined_ns()},
          {"degrees_of_freedom", std::isfinite(degrees) ? nlohmann::json(degrees) : nlohmann::json()},
          {"coverage_factor", budget.coverage_factor()},
          {"expanded_ns", budget.expanded_ns()},
          {"complete", budget.complete()}};
}

}  // namespace hopcost
