#include "campaign/fleet/fleet_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/look.h"
#include "campaign/report/intervals.h"
#include "stats/random_effects.h"
#include "stats/student_t.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Below this p-value, adjusted by Holm over the hosts of one mode, a host differs from all others.
constexpr double kOutlier = 0.05;

/// One host's figure in the form that the model takes; nothing when it has no interval.
std::optional<UnitEstimate> unit_of(const json& figure, std::size_t builds) {
  const json &middle = look(figure, "estimate"), &ci = look(figure, "ci95");
  if (!middle.is_number() || !is_interval(ci) || builds < 2) return {};
  const double half = (ci[1].get<double>() - ci[0].get<double>()) / 2;
  // Even builds that agree to the last digit have some error.
  const double least = 1e-4 * std::abs(middle.get<double>()) + 1e-9;
  const double se = std::max(half / student_t_quantile(0.975, static_cast<double>(builds) - 1), least);
  return UnitEstimate{middle.get<double>(), se * se};
}

json both_ends(const Interval& i) {
  return std::isfinite(i.lo) && std::isfinite(i.hi) ? json{i.lo, i.hi} : json();
}

/// The mean of the hosts' estimates of one figure, and how much the hosts differ.
json together(const std::vector<UnitEstimate>& units) {
  if (units.empty()) return nullptr;
  const RandomEffects r = random_effects(units);
  const bool several = units.size() > 1;
  return {{"hosts", units.size()},
          {"mean", r.mean},
          {"ci95", both_ends(r.ci95)},
          {"between_host_sd", several ? json(r.between_sd) : json()},
          {"between_host_share", several ? json(r.between_share) : json()},
          {"next_host95", r.next95 ? both_ends(*r.next95) : json()}};
}

/// A host's row for one mode.
json host_row(const FleetMember& member, const json& mode) {
  const json& cost = look(mode, "cost_vs_host_ns");
  return {{"host", member.host.name},
          {"cost_ns", {{"estimate", look(cost, "estimate")}, {"ci95", look(cost, "ci95")}}},
          {"share_of_host", look(cost, "share_of_host")},
          {"builds", look(cost, "builds")},
          {"verdict", look(cost, "verdict")},
          {"lost", look(mode, "lost")},
          {"in_mean", false},
          {"outlier", false},
          {"outlier_p", nullptr},
          {"others_mean_ns", nullptr}};
}

/// Marks the hosts whose cost differs from that of all others. `of_row`: the row of each of `units`.
void mark_outliers(json& rows, const std::vector<std::size_t>& of_row,
                   const std::vector<UnitEstimate>& units) {
  const std::vector<FromOthers> each = from_others(units);
  for (std::size_t i = 0; i < each.size(); ++i) {
    json& row = rows[of_row[i]];
    row["outlier_p"] = each[i].p;
    row["outlier"] = each[i].p < kOutlier;
    row["others_mean_ns"] = each[i].others_mean;
  }
}

/// The level of a result that has this load; null when there is none.
const json* level_of(const json& result, const json& load) {
  if (look(result, "load") == load) return &result;
  for (const json& level : look(result, "further_levels"))
    if (look(level, "load") == load) return &level;
  return nullptr;
}

const json* mode_of(const json& level, const std::string& name) {
  for (const json& mode : look(level, "modes"))
    if (look(mode, "name") == name) return &mode;
  return nullptr;
}

json mode_json(const std::vector<FleetMember>& members, const json& load, const std::string& name) {
  json rows = json::array();
  std::vector<UnitEstimate> costs, shares;
  std::vector<std::size_t> of_row;
  for (const FleetMember& member : members) {
    const json* level = level_of(member.outcome.result, load);
    const json* mode = level == nullptr ? nullptr : mode_of(*level, name);
    if (mode == nullptr) continue;
    json row = host_row(member, *mode);
    const std::size_t builds = row["builds"].is_number() ? row["builds"].get<std::size_t>() : 0;
    const bool fit = member.outcome.state != "unfit";
    if (const auto cost = unit_of(row["cost_ns"], builds); cost && fit) {
      row["in_mean"] = true;
      of_row.push_back(rows.size());
      costs.push_back(*cost);
      if (const auto share = unit_of(row["share_of_host"], builds)) shares.push_back(*share);
    }
    rows.push_back(std::move(row));
  }
  mark_outliers(rows, of_row, costs);
  // A mean over only some of the hosts is left out, since it would stand beside one over all.
  json share = shares.size() == costs.size() ? together(shares) : json();
  return {{"name", name}, {"hosts", rows}, {"cost_ns", together(costs)}, {"share_of_host", share}};
}

/// The different values, in order of first appearance.
json distinct(const json& values) {
  json once = json::array();
  for (const json& v : values)
    if (std::ranges::find(once, v) == once.end()) once.push_back(v);
  return once;
}

/// Adds the load of a level, unless it lacks what doc/result-format.md has.
void add_load(json& loads, const json& level) {
  const json& load = look(level, "load");
  const auto number = [&](const char* key) { return look(load, key).is_number(); };
  if (number("rate_pps") && number("size") && number("burst") && look(load, "gap").is_string())
    loads.push_back(load);
}

json levels_json(const std::vector<FleetMember>& members) {
  json loads = json::array();
  for (const FleetMember& m : members) {
    add_load(loads, m.outcome.result);
    for (const json& level : look(m.outcome.result, "further_levels")) add_load(loads, level);
  }
  json levels = json::array();
  for (const json& load : distinct(loads)) {
    json names = json::array(), modes = json::array();
    for (const FleetMember& m : members) {
      const json* level = level_of(m.outcome.result, load);
      if (level == nullptr) continue;
      for (const json& mode : look(*level, "modes"))
        if (!look(mode, "cost_vs_host_ns").is_null()) names.push_back(look(mode, "name"));
    }
    for (const json& name : distinct(names)) modes.push_back(mode_json(members, load, name));
    levels.push_back({{"load", load}, {"modes", modes}});
  }
  return levels;
}

/// The members of environment.json that distinguish hosts.
json machine_of(const json& result) {
  const json& environment = look(result, "environment");
  json machine = json::object();
  for (const char* key : {"kernel", "cpu", "architecture"}) machine[key] = look(environment, key);
  return machine;
}

json host_json(const FleetMember& m) {
  const json& result = m.outcome.result;
  const auto name = [](const SiteConfig& site) { return site.host.empty() ? json() : json(site.host); };
  return {{"name", m.host.name},
          {"groups", m.host.groups},
          {"tester", name(m.host.tester)},
          {"device", name(m.host.device)},
          {"state", m.outcome.state},
          {"reason", m.outcome.reason.empty() ? json() : json(m.outcome.reason)},
          {"reused", m.reused},
          {"folder", folder_of("", m.host.name).result().string()},
          {"started", look(result, "started")},
          {"took_s", m.took_s > 0 ? json(m.took_s) : json()},
          {"machine", machine_of(result)}};
}

}  // namespace

json fleet_json(const FleetFacts& facts, const std::vector<FleetMember>& members) {
  json hosts = json::array();
  for (const FleetMember& m : members) hosts.push_back(host_json(m));
  const bool complete = std::ranges::all_of(members, [](const FleetMember& m) {
    return m.outcome.state == "complete" || m.outcome.state == "unfit";
  });
  return {{"schema", kFleetSchema},
          {"version", HOPCOST_VERSION},
          {"command", facts.command},
          {"started", facts.started},
          {"elapsed_s", facts.elapsed_s},
          {"inventory", facts.inventory},
          {"campaign", facts.campaign.empty() ? json() : json(facts.campaign)},
          {"complete", complete},
          {"hosts", hosts},
          {"levels", levels_json(members)}};
}

}  // namespace hopcost::campaign
