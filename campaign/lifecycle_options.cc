#include "campaign/lifecycle_options.h"

#include <chrono>

#include "base/quantity.h"
#include "base/text.h"
#include "campaign/seconds.h"

namespace hopcost::campaign {

void declare_lifecycle(CLI::App& verb, LifecycleWords& words) {
  LifecycleOptions& o = words.options;
  verb.add_option(
      "--modes", words.modes,
      "modes whose containers are built; default veth,bridge,macvlan,bridge-nat,nested-bridge,nested-nat");
  verb.add_option("--engines", words.engines,
                  "containers of real engines, in place of modes unless those are named too: docker:IMAGE, "
                  "podman:IMAGE, lxc:CONTAINER");
  verb.add_option("--engine-arguments", words.engine_arguments,
                  "further words for docker run and podman run, as in \"--network flat\"");
  verb.add_option("--containers", words.containers, "how many, 1 to 256; a list, default 1,2,4,8,16");
  verb.add_option("--repeats", o.repeats,
                  "trials of every combination; default: as many as the budget allows, at least six");
  verb.add_option("--budget", words.budget, "time for all of it, as in 60s or 5min; default 2min");
  verb.add_option("--seed", o.seed, "seed of the order of trials");
  verb.add_option("--topologies", words.topologies, "folder of topology files");
  verb.add_option("--out", words.out, "folder for lifecycle.json");
  verb.add_flag("--json", o.json, "print JSON instead of the table");
  verb.add_flag("--quiet", o.quiet, "no progress");
}

Result<LifecycleOptions> to_lifecycle_options(const LifecycleWords& words) {
  LifecycleOptions options = words.options;
  if (!words.engines.empty()) options.modes.clear();
  if (!words.modes.empty()) options.modes = split(words.modes, ',');
  if (!words.engines.empty()) {
    for (const std::string& word : split(words.engines, ',')) {
      auto engine = parse_engine(word);
      if (!engine) return forward(engine);
      if (!words.engine_arguments.empty()) engine->arguments = split(words.engine_arguments, ' ');
      options.engines.push_back(std::move(*engine));
    }
  } else if (!words.engine_arguments.empty()) {
    return error(Exit::kUsage, "--engine-arguments is about --engines", "name one: --engines docker:busybox");
  }
  if (!words.containers.empty()) {
    options.containers.clear();
    for (const std::string& word : split(words.containers, ',')) {
      auto n = parse_whole(word);
      if (!n) return forward(n);
      options.containers.push_back(*n);
    }
  }
  if (!words.budget.empty()) {
    auto budget = seconds_of(words.budget);
    if (!budget) return forward(budget);
    options.budget_s = *budget;
  }
  options.out = words.out;
  options.topologies = words.topologies;
  return options;
}

}  // namespace hopcost::campaign
