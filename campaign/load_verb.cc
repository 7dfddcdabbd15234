#include "campaign/load_verb.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/programs.h"
#include "base/text.h"
#include "campaign/load_command.h"
#include "campaign/seconds.h"

namespace hopcost::campaign {
namespace {

/// The options of `hopcost load` as written.
struct Words {
  std::vector<std::string> loads;
  std::string modes, containers, budget, quantum, out, topologies;
  std::uint32_t builds = 0;
  std::uint64_t seed = 0;
  int cpu = -1;
  bool quick = false, together = false, count_containers = false, ipv6 = false, rootless = false,
       json = false, quiet = false;
};

void declare(CLI::App& verb, Words& w) {
  verb.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb.add_option("LOAD", w.loads,
                  "loads: rr, stream, ... or files, with parameters as in rr:protocol=udp,size=1/1+100/200")
      ->required()
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb.add_option("--modes", w.modes,
                  "modes to measure, as in host,veth,bridge,macvlan, or all; host is always among them");
  verb.add_option("--containers", w.containers,
                  "containers of a mode that work at once, as in 1,2,4; each number is a case");
  verb.add_option("--builds", w.builds,
                  fmt::format("how often every mode is made anew, default {}", kLoadBuilds));
  verb.add_flag("--quick", w.quick, fmt::format("{} builds: a first answer", kQuickBuilds));
  verb.add_option("--budget", w.budget, "begin no build that would end later, as in 5min");
  verb.add_option("--quantum", w.quantum,
                  "length of every quantum, as in 300ms; default: what the load's file says");
  verb.add_flag("--together", w.together,
                "run clients and servers on one CPU; default: clients on a CPU of their own");
  verb.add_flag("--count-containers", w.count_containers,
                "count the events of what works in the container, in one more quantum of each mode");
  verb.add_flag("--ipv6", w.ipv6, "use IPv6");
  verb.add_option("--seed", w.seed, "of all orders");
  verb.add_option("--out", w.out, "result folder; default results/<time of day>");
  verb.add_option("--topologies", w.topologies, "folder of topology files");
  verb.add_option("--cpu", w.cpu, "CPU of the clients; default the last isolated one, else the last");
  verb.add_flag("--rootless", w.rootless, "do everything in a user namespace, without root");
  verb.add_flag("--json", w.json, "print result.json instead of the tables");
  verb.add_flag("--quiet", w.quiet, "no progress");
}

Config config_of(const Words& w) {
  Config config;
  if (!w.modes.empty()) config.modes = split(w.modes, ',');
  if (w.quick) config.builds = kQuickBuilds;
  if (w.builds > 0) config.builds = w.builds;
  if (w.ipv6) use_ipv6(config);
  config.seed = w.seed;
  config.out = w.out;
  config.topologies = w.topologies;
  config.sender_cpu = w.cpu;
  config.rootless = w.rootless;
  config.json = w.json;
  config.quiet = w.quiet;
  return config;
}

Result<Exit> run(const Words& w, const std::vector<std::string>& command) {
  Config config = config_of(w);
  LoadOptions options{.loads = {},
                      .together = w.together,
                      .count_containers = w.count_containers,
                      .budget_s = 0,
                      .paper = {},
                      .quantum_s = 0};
  for (const std::string& text : w.loads) {
    auto ask = parse_load_ask(text);
    if (!ask) return forward(ask);
    if (!w.containers.empty()) ask->parameters.emplace(kContainers, split(w.containers, ','));
    options.loads.push_back(std::move(*ask));
  }
  for (const auto& [text, into] :
       {std::pair{&w.budget, &options.budget_s}, {&w.quantum, &options.quantum_s}}) {
    if (text->empty()) continue;
    auto seconds = seconds_of(*text);
    if (!seconds) return forward(seconds);
    *into = *seconds;
  }
  return load_command(std::move(config), options, command);
}

/// The options of `hopcost paper` as written.
struct PaperWords {
  std::string name, budget, out;
  std::uint32_t builds = 0;
  std::uint64_t seed = 0;
  bool quick = false, json = false, quiet = false;
};

void declare(CLI::App& verb, PaperWords& w) {
  verb.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb.add_option("PAPER", w.name, "lee2018, noronha2018, morabito2017 or amaral2015; or a file")->required();
  verb.add_option("--builds", w.builds,
                  fmt::format("how often every mode is made anew, default {}", kLoadBuilds));
  verb.add_flag("--quick", w.quick,
                fmt::format("{} builds, and none that would end after 14 minutes", kQuickBuilds));
  verb.add_option("--budget", w.budget, "begin no build that would end later, as in 30min");
  verb.add_option("--seed", w.seed, "of all orders");
  verb.add_option("--out", w.out, "result folder; default results/<time of day>");
  verb.add_flag("--json", w.json, "print result.json instead of the table");
  verb.add_flag("--quiet", w.quiet, "no progress");
}

Result<Exit> run(const PaperWords& w, const std::vector<std::string>& command) {
  constexpr double kQuickBudgetS = 14 * 60;
  auto folder = find_data("papers");
  if (!folder) return forward(folder);
  auto paper = read_paper(w.name, *folder);
  if (!paper) return forward(paper);
  LoadOptions options{.loads = paper->loads,
                      .together = false,
                      .count_containers = false,
                      .budget_s = w.quick ? kQuickBudgetS : 0,
                      .paper = {},
                      .quantum_s = 0};
  if (!w.budget.empty()) {
    auto budget = seconds_of(w.budget);
    if (!budget) return forward(budget);
    options.budget_s = *budget;
  }
  Config config;
  config.modes = paper->modes;
  config.builds = w.builds > 0 ? w.builds : w.quick ? kQuickBuilds : 0;
  config.seed = w.seed;
  config.out = w.out;
  config.json = w.json;
  config.quiet = w.quiet;
  options.paper = std::move(*paper);
  return load_command(std::move(config), options, command);
}

}  // namespace

LoadVerb declare_load(CLI::App& app) {
  auto words = std::make_shared<Words>();
  declare(*app.add_subcommand("load", "measure what the modes do to requests, streams and tools"), *words);
  return [words](const std::vector<std::string>& command) { return run(*words, command); };
}

LoadVerb declare_paper(CLI::App& app) {
  auto words = std::make_shared<PaperWords>();
  declare(
      *app.add_subcommand("paper", "run a paper's experiments again, and say which of its claims hold here"),
      *words);
  return [words](const std::vector<std::string>& command) { return run(*words, command); };
}

}  // namespace hopcost::campaign
