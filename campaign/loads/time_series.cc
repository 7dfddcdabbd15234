#include "campaign/loads/time_series.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// The last sample of a quantum ends with it. One much shorter than a tenth of a second has too few of the
/// kernel's ticks to mean anything.
constexpr double kLeastS = 0.05;

/// Sums at one tenth of a second.
struct Tenth {
  double at_s = 0, value = 0;
  std::size_t quanta = 0;
};

/// The samples of all of a mode's quanta of the case.
std::vector<const json*> samples_of(const MeasuredLoads& measured, const std::string& load,
                                    const std::string& mode) {
  std::vector<const json*> found;
  for (const json& quantum : measured.samples) {
    if (quantum["load"] == load && quantum["mode"] == mode && quantum["samples"].contains("at_s"))
      found.push_back(&quantum["samples"]);
  }
  return found;
}

/// One figure's means; null when no quantum has it.
json means_of(const std::vector<const json*>& quanta, const std::string& figure) {
  std::vector<Tenth> tenths;
  std::size_t with = 0;
  for (const json* samples : quanta) {
    const auto values = samples->find(figure);
    if (values == samples->end()) continue;
    ++with;
    const json& at = (*samples)["at_s"];
    tenths.resize(std::max(tenths.size(), at.size()));
    double before = 0;
    for (std::size_t i = 0; i < std::min(at.size(), values->size()); ++i) {
      const double length = at[i].get<double>() - std::exchange(before, at[i].get<double>());
      if (!(*values)[i].is_number() || length < kLeastS) continue;
      tenths[i].at_s += at[i].get<double>();
      tenths[i].value += (*values)[i].get<double>();
      ++tenths[i].quanta;
    }
  }
  json at_s = json::array(), mean = json::array();
  for (const Tenth& t : tenths) {
    if (t.quanta == 0 || 2 * t.quanta < with) continue;
    at_s.push_back(t.at_s / static_cast<double>(t.quanta));
    mean.push_back(t.value / static_cast<double>(t.quanta));
  }
  if (mean.empty()) return nullptr;
  return {{"at_s", std::move(at_s)}, {"mean", std::move(mean)}};
}

}  // namespace

json time_series(const MeasuredLoads& measured, std::size_t case_index) {
  const MeasuredCase& c = measured.cases[case_index];
  std::vector<std::pair<std::string, std::vector<const json*>>> by_mode;
  for (const Lane& lane : measured.lanes) {
    if (lane.role == Role::kMode)
      by_mode.emplace_back(lane.name, samples_of(measured, c.load.name(), lane.name));
  }
  json all = json::array();
  for (const FigureSeries& figure : c.machine) {
    json modes = json::array();
    for (const auto& [name, quanta] : by_mode) {
      json means = means_of(quanta, figure.kind.name);
      if (means.is_null()) continue;
      means["name"] = name;
      modes.push_back(std::move(means));
    }
    if (!modes.empty())
      all.push_back({{"name", figure.kind.name}, {"unit", figure.kind.unit}, {"modes", std::move(modes)}});
  }
  return all;
}

}  // namespace hopcost::campaign
