#include "campaign/loads/together.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/control.h"
#include "stats/fairness.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr const char* kFairness = "fairness";

bool summed(const json& kind) {
  return get_string_or(kind, "over_containers", "mean") == "sum";
}

/// One value per container; nothing when one has none.
std::optional<std::vector<double>> values_of(const std::string& name, const std::vector<json>& figures) {
  std::vector<double> values;
  for (const json& of_one : figures) {
    const json value = of_one.value(name, json());
    if (!value.is_number()) return std::nullopt;
    values.push_back(value.get<double>());
  }
  return values;
}

}  // namespace

json shared_kind(const json& kinds) {
  const auto at = std::ranges::find_if(kinds, summed);
  if (at != kinds.end()) return *at;
  return kinds.empty() ? json() : kinds.front();
}

json kinds_together(const json& kinds, std::size_t containers) {
  json all = kinds;
  if (containers > 1) all.push_back({{"name", kFairness}, {"unit", "Jain's index"}, {"better", "higher"}});
  return all;
}

json figures_together(const json& kinds, const std::vector<json>& figures) {
  if (figures.size() == 1) return figures.front();
  json all = json::object();
  for (const json& kind : kinds) {
    const std::string name = get_string_or(kind, "name", "");
    const auto values = values_of(name, figures);
    if (!values) continue;
    const double sum = std::accumulate(values->begin(), values->end(), 0.0);
    all[name] = summed(kind) ? sum : sum / static_cast<double>(values->size());
  }
  if (const auto shares = values_of(get_string_or(shared_kind(kinds), "name", ""), figures))
    all[kFairness] = jain_index(*shares).value_or(1);
  return all;
}

}  // namespace hopcost::campaign
