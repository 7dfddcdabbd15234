#include "campaign/fleet/fleet_metrics.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/openmetrics.h"
#include "campaign/report/intervals.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string level_labels(const json& load) {
  std::string labels = fmt::format("rate=\"{}\",size=\"{}\",burst=\"{}\"", load["rate_pps"].get<double>(),
                                   load["size"].get<int>(), load["burst"].get<int>());
  const json deal = load.value("deal", json()), containers = load.value("containers", json());
  if (deal.is_string() && containers.is_number_integer())
    labels += fmt::format(",containers=\"{}\",{}", containers.get<int>(),
                          metric_label("deal", deal.get<std::string>()));
  return labels;
}

std::string sample(const char* name, const std::string& labels, const json& value, double times) {
  return value.is_number() ? fmt::format("{}{{{}}} {}\n", name, labels, times * value.get<double>()) : "";
}

/// A family with a sample for each mode of each level.
void of_modes(std::string& out, const json& fleet, const char* name, const char* unit, const char* help,
              auto&& samples) {
  append_family(out, name, "gauge", help, unit);
  for (const json& level : fleet["levels"]) {
    for (const json& mode : level["modes"])
      samples(mode,
              metric_label("mode", mode["name"].get<std::string>()) + "," + level_labels(level["load"]));
  }
}

/// A member of a figure over all hosts; null when there is none.
json of_all(const json& mode, const char* figure, const char* key) {
  return mode[figure].is_object() ? mode[figure][key] : json();
}

json end_of(const json& ci, std::size_t which) {
  return is_interval(ci) ? ci[which] : json();
}

/// A family with a sample for each host.
void of_hosts(std::string& out, const json& fleet, const char* name, const char* unit, const char* help,
              double times, auto&& value) {
  of_modes(out, fleet, name, unit, help, [&](const json& mode, const std::string& labels) {
    for (const json& row : mode["hosts"])
      out += sample(name, metric_label("host", row["host"].get<std::string>()) + "," + labels, value(row),
                    times);
  });
}

constexpr double kSecondsANs = 1e-9;

void cost_families(std::string& out, const json& fleet) {
  const auto cost = [](const json& row) { return row["cost_ns"]["estimate"]; };
  const auto low = [](const json& row) { return end_of(row["cost_ns"]["ci95"], 0); };
  const auto high = [](const json& row) { return end_of(row["cost_ns"]["ci95"], 1); };
  of_hosts(out, fleet, "hopcost_fleet_cost_seconds", "seconds",
           "What a mode costs a packet more than host, on one host.", kSecondsANs, cost);
  of_hosts(out, fleet, "hopcost_fleet_cost_low_seconds", "seconds", "The lower end of its 95 % interval.",
           kSecondsANs, low);
  of_hosts(out, fleet, "hopcost_fleet_cost_high_seconds", "seconds", "The upper end of its 95 % interval.",
           kSecondsANs, high);
  of_hosts(out, fleet, "hopcost_fleet_cost_ratio", "ratio",
           "The cost as a share of host's own time, where that is known.", 1, [](const json& row) {
             return row["share_of_host"].is_object() ? row["share_of_host"]["estimate"] : json();
           });
  of_hosts(out, fleet, "hopcost_fleet_outlier", nullptr, "1 where a host's cost differs from all others'.", 1,
           [](const json& row) { return json(row["outlier"] == true ? 1 : 0); });
}

void mean_families(std::string& out, const json& fleet) {
  struct Family {
    const char *name, *help;
    json (*value)(const json& mode);
  };
  constexpr Family kFamilies[] = {
      {"hopcost_fleet_mean_seconds", "A mode's cost over all hosts, by the random-effects model.",
       [](const json& m) { return of_all(m, "cost_ns", "mean"); }},
      {"hopcost_fleet_mean_low_seconds", "The lower end of the mean's 95 % interval.",
       [](const json& m) { return end_of(of_all(m, "cost_ns", "ci95"), 0); }},
      {"hopcost_fleet_mean_high_seconds", "The upper end of the mean's 95 % interval.",
       [](const json& m) { return end_of(of_all(m, "cost_ns", "ci95"), 1); }},
      {"hopcost_fleet_spread_seconds", "By how much hosts truly differ: a standard deviation.",
       [](const json& m) { return of_all(m, "cost_ns", "between_host_sd"); }}};
  for (const Family& f : kFamilies)
    of_modes(out, fleet, f.name, "seconds", f.help, [&](const json& mode, const std::string& labels) {
      out += sample(f.name, labels, f.value(mode), kSecondsANs);
    });
}

}  // namespace

std::string fleet_metrics(const json& fleet, double now_unix_s) {
  std::string out;
  cost_families(out, fleet);
  mean_families(out, fleet);
  append_family(out, "hopcost_fleet_host", "gauge", "1 for the state that a host's run is in.");
  for (const json& host : fleet["hosts"])
    out +=
        fmt::format("hopcost_fleet_host{{{},{}}} 1\n", metric_label("host", host["name"].get<std::string>()),
                    metric_label("state", host["state"].get<std::string>()));
  append_family(out, "hopcost_fleet_elapsed_seconds", "gauge", "How long the fleet took.", "seconds");
  out += fmt::format("hopcost_fleet_elapsed_seconds {}\n", fleet["elapsed_s"].get<double>());
  append_family(out, "hopcost_fleet_end_timestamp_seconds", "gauge", "When it ended.", "seconds");
  out += fmt::format("hopcost_fleet_end_timestamp_seconds {:.0f}\n", now_unix_s);
  return out + "# EOF\n";
}

}  // namespace hopcost::campaign
