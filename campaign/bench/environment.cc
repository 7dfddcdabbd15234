#include "campaign/bench/environment.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace hopcost::campaign {

using nlohmann::json;

Result<json> describe_environment(const Bench& bench, Sites& sites) {
  auto environment = describe_environment(bench.build(), sites);
  if (environment) (*environment)["placement"]["backend"] = bench.backend();
  return environment;
}

Result<json> describe_environment(const Build& build, Sites& sites) {
  auto environment = sites.device().machine();
  if (!environment) return environment;
  json& e = *environment;
  e["placement"] = {{"pktgen_cpu", sites.placement().sender},
                    {"device_cpu", sites.placement().device ? json(*sites.placement().device) : json()},
                    {"others", "other CPUs, off the sender's core where there are enough"}};
  e["versions"] = {{"hopcost", HOPCOST_VERSION}, {"compiler", __VERSION__}};
  e["topologies"] = build.settings();
  e["sites"] = {{"tester", sites.tester().name()}, {"device", sites.device().name()}};
  if (sites.one_clock()) return environment;
  auto tester = sites.tester().machine();
  if (!tester) return tester;
  e["tester"] = std::move(*tester);
  return environment;
}

std::vector<std::string> emulated_machines(const json& environment) {
  std::vector<std::string> found;
  const auto look = [&](const json& machine, const char* site) {
    if (!machine.is_object() || machine.value("emulated", json()) != true) return;
    const std::string name = environment["sites"][site];
    found.push_back(fmt::format(
        "the CPU of {} is EMULATED IN SOFTWARE (TCG): times are the emulator's, not a machine's", name));
  };
  look(environment, "device");
  look(environment.value("tester", json()), "tester");
  return found;
}

}  // namespace hopcost::campaign
