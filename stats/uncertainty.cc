#include "stats/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "stats/normal.h"
#include "stats/student_t.h"

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
  return student_t_quantile(0.975, degrees_of_freedom());
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
