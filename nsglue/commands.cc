#include "nsglue/commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "nsglue/attach_command.h"
#include "nsglue/nsglue.h"
#include "nsglue/realised_text.h"
#include "nsglue/show/show_svg.h"
#include "nsglue/show/show_text.h"
#include "nsglue/topology/containers.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

json steps_json(const StepTimes& steps) {
  json all = json::array();
  for (const StepTime& s : steps) all.push_back({{"step", s.step}, {"ns", s.took.count()}});
  return all;
}

std::string instance_of(const Config& config, const Topology& topology) {
  return config.instance.empty() ? topology.name : config.instance;
}

/// What this kernel lacks for the topology; null when that can't be found out without privileges.
json lacks_json(const Topology& topology) {
  const auto lacking = lacks(topology);
  return lacking ? json(*lacking) : json(nullptr);
}

/// The folder's topologies. A faulty file is reported and left out.
json available(const std::filesystem::path& dir) {
  json all = json::array();
  std::error_code none;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir, none)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto t = load_topology(file);
    if (t) {
      all.push_back({{"name", t->name},
                     {"group", t->group},
                     {"summary", t->summary},
                     {"lacks", lacks_json(*t)},
                     {"file", file.string()}});
    }
    if (!t) log_warn("{}", describe(t.error()));
  }
  return all;
}

json owner_json(const Listed& l) {
  if (!l.owner) return nullptr;
  return {{"pid", l.owner->pid}, {"state", text(state_of(*l.owner))}};
}

std::string owner_words(const Listed& l) {
  if (!l.owner) return {};
  return fmt::format("  (process {}, {})", l.owner->pid, text(state_of(*l.owner)));
}

void print_group(std::string_view group, const json& topologies) {
  bool first = true;
  for (const json& t : topologies) {
    if (t["group"] != group) continue;
    if (std::exchange(first, false)) fmt::print(" {}\n", group);
    fmt::print("  {:<16} {}\n", t["name"].get<std::string>(), t["summary"].get<std::string>());
    for (const json& lack : t["lacks"]) fmt::print("  {:<16} not here: {}\n", "", lack.get<std::string>());
  }
}

Result<Exit> do_list(const Config& config) {
  auto standing = list();
  if (!standing) return forward(standing);
  const json topologies = available(config.topologies);
  if (config.json) {
    json all = json::array();
    for (const Listed& l : *standing)
      all.push_back(
          {{"instance", l.instance}, {"topology", l.topology}, {"netns", l.netns}, {"owner", owner_json(l)}});
    fmt::print("{}\n", json{{"standing", all}, {"topologies", topologies}}.dump(2));
    return Exit::kOk;
  }
  fmt::print("{}\n", standing->empty() ? "nothing stands" : "standing:");
  for (const Listed& l : *standing) {
    fmt::print("  {:<16} {:<21}", l.instance, l.topology.empty() ? "unfinished" : "topology " + l.topology);
    for (const auto& [node, name] : l.netns) fmt::print(" {}", name);
    fmt::print("{}\n", owner_words(l));
  }
  fmt::print("topologies in {}:\n", config.topologies.string());
  for (const std::string_view group : kGroups) print_group(group, topologies);
  return Exit::kOk;
}

Result<Exit> do_up(const Config& config, const std::vector<Topology>& topologies) {
  json all = json::array();
  for (const Topology& t : topologies) {
    auto realised = up(t, instance_of(config, t));
    if (!realised) return forward(realised);
    json one = realised_json(*realised);
    one["steps"] = steps_json(realised->steps);
    all.push_back(std::move(one));
    if (config.json) continue;
    auto stands = as_it_stands(t, realised->instance);
    if (!stands) return forward(stands);
    print_realised(*stands, *realised);
  }
  if (config.json) fmt::print("{}\n", all.dump(2));
  return Exit::kOk;
}

/// Checks one instance: first its settings and, when they are as declared, by sending packets.
Result<json> check_one(const Topology& topology, const std::string& instance) {
  auto drifts = check(topology, instance);
  if (!drifts) return forward(drifts);
  json told = json::array();
  for (const Drift& d : *drifts)
    told.push_back({{"where", d.where}, {"expected", d.expected}, {"found", d.found}, {"text", text(d)}});
  json one = {{"instance", instance}, {"drifts", told}, {"path", nullptr}};
  if (!drifts->empty()) return one;
  auto proof = prove(topology, instance);
  if (!proof) return forward(proof);
  one["path"] = {{"containers", proof->containers},
                 {"probes", proof->probes},
                 {"never", proof->never},
                 {"faults", proof->faults}};
  return one;
}

void print_check(const Topology& topology, const json& one) {
  const bool as_declared = one["drifts"].empty();
  fmt::print("{}: {}\n", one["instance"].get<std::string>(), as_declared ? "as declared" : "not as declared");
  for (const json& d : one["drifts"]) fmt::print("  {}\n", d["text"].get<std::string>());
  if (!as_declared) return;
  const json& path = one["path"];
  for (const json& f : path["faults"]) fmt::print("  {}\n", f.get<std::string>());
  if (!path["faults"].empty()) return;
  std::vector<std::string> taps;
  for (const Tap& t : topology.taps) taps.push_back(t.name);
  const int containers = path["containers"].get<int>();
  const std::string whose = containers == 1 ? "" : fmt::format(" to {} containers", containers);
  fmt::print("  {} probes{} passed {} in this order, and no other device\n", path["probes"].get<int>(), whose,
             fmt::join(taps, ", "));
  if (path["never"] > 0) fmt::print("  {} that may not arrive did not\n", path["never"].get<int>());
}

Result<Exit> do_check(const Config& config, const std::vector<Topology>& topologies) {
  Exit exit = Exit::kOk;
  json all = json::array();
  for (const Topology& t : topologies) {
    auto stands = as_it_stands(t, instance_of(config, t));
    if (!stands) return forward(stands);
    auto one = check_one(*stands, instance_of(config, t));
    if (!one) return forward(one);
    const json& path = (*one)["path"];
    if (path.is_null() || !path["faults"].empty()) exit = Exit::kFailure;
    if (!config.json) print_check(*stands, *one);
    all.push_back(std::move(*one));
  }
  if (config.json) fmt::print("{}\n", json{{"checks", all}}.dump(2));
  return exit;
}

/// `name`: as the user gave it.
void print_show(const Config& config, const std::string& name, const Topology& topology,
                const Realised& realised, const json& found) {
  print_realised(topology, realised);
  if (found.is_null()) {
    const std::string instance = config.instance.empty() ? "" : " --instance " + realised.instance;
    const std::string many = config.containers == 1 ? "" : fmt::format(" --containers {}", config.containers);
    fmt::print("  does not stand: nsglue up {}{}{}\n", name, many, instance);
    return;
  }
  fmt::print("\n{}", show_text(topology, found));
  if (config.all) fmt::print("\n  every setting:\n{}", all_settings_text(found));
}

/// The topology as it stands; when it does not stand, as it was asked for.
Result<Topology> standing_or(const Topology& asked, const std::string& instance) {
  auto stands = as_it_stands(asked, instance);
  if (!stands && stands.error().code == Exit::kMissing) return asked;
  return stands;
}

Result<Exit> do_svg(const Config& config, const Topology& asked) {
  const std::string instance = instance_of(config, asked);
  auto shown = standing_or(asked, instance);
  if (!shown) return forward(shown);
  const Topology& topology = *shown;
  if (auto valid = describe(topology, instance); !valid) return forward(valid);
  const auto found = settings(topology, instance);
  std::optional<std::vector<Unquiet>> not_quiet;
  if (found) not_quiet = unquiet(topology, *found);
  if (!found && found.error().code != Exit::kMissing) return std::unexpected(found.error());
  fmt::print("{}", show_svg(topology, instance, not_quiet));
  return Exit::kOk;
}

Result<Exit> do_show(const Config& config, const std::vector<Topology>& topologies) {
  json all = json::array();
  for (std::size_t i = 0; i < topologies.size(); ++i) {
    const std::string instance = instance_of(config, topologies[i]);
    auto shown = standing_or(topologies[i], instance);
    if (!shown) return forward(shown);
    const Topology& t = *shown;
    auto realised = describe(t, instance);
    if (!realised) return forward(realised);
    auto found = settings(t, instance);
    if (!found && found.error().code != Exit::kMissing) return forward(found);
    const json read = found ? *found : json(nullptr);  // null when it does not stand
    if (!config.json) {
      if (i > 0) fmt::print("\n");
      print_show(config, config.names[i], t, *realised, read);
    }
    json one = realised_json(*realised);
    one["settings"] = read;
    all.push_back(one);
  }
  if (config.json) fmt::print("{}\n", all.dump(2));
  return Exit::kOk;
}

/// Removes what the command line names. Gives the instances.
Result<std::vector<std::string>> remove_named(const Config& config) {
  std::vector<std::string> instances;
  if (!config.instance.empty()) instances.push_back(config.instance);
  if (config.all) {
    auto standing = list();
    if (!standing) return forward(standing);
    for (const Listed& l : *standing) instances.push_back(l.instance);
  }
  for (const std::string& name : config.names) {
    const bool path = name.find('/') != std::string::npos || name.ends_with(".toml");
    if (!path) instances.push_back(many_name(name, config.containers));
    if (!path || !config.instance.empty()) continue;
    auto t = load_topology(name);
    if (!t) return forward(t);
    instances.push_back(many_name(t->name, config.containers));
  }
  for (const std::string& instance : instances) {
    if (auto done = down(instance); !done) return forward(done);
  }
  if (config.all) {
    auto hidden = sweep_hidden();
    if (!hidden) return hidden;
    instances.insert(instances.end(), hidden->begin(), hidden->end());
  }
  return instances;
}

Result<Exit> do_down(const Config& config) {
  const auto gone = config.dead ? sweep() : remove_named(config);
  if (!gone) return std::unexpected(gone.error());
  if (config.json) fmt::print("{}\n", json{{"down", *gone}}.dump(2));
  // With --dead the instances are not known beforehand.
  for (const std::string& instance : *gone) {
    if (config.dead && !config.json) fmt::print("removed {}\n", instance);
  }
  return Exit::kOk;
}

}  // namespace

Result<void> validate(const Config& config) {
  const bool needs_name = config.verb != Config::Verb::kList && config.verb != Config::Verb::kDown;
  if (config.verb == Config::Verb::kAttach && config.names.empty())
    return error(Exit::kUsage, "name a container", "as in: nsglue attach docker:web");
  if (!config.keep.empty() && config.names.size() != 1)
    return error(Exit::kUsage, "--keep writes one file, so name one container");
  if (needs_name && config.names.empty())
    return error(Exit::kUsage, "name a topology, or a file", "nsglue list shows them");
  if (needs_name && !config.instance.empty() && config.names.size() != 1) {
    return error(Exit::kUsage, "--instance names one instance, so give one topology");
  }
  const bool names_any = !config.names.empty() || !config.instance.empty() || config.all;
  if (config.verb == Config::Verb::kDown && !names_any && !config.dead)
    return error(Exit::kUsage, "name an instance, or give --all or --dead", "nsglue list shows what stands");
  if (config.dead && names_any)
    return error(Exit::kUsage, "--dead stands alone: it finds the instances itself");
  if (config.svg && (config.names.size() != 1 || config.json || config.all))
    return error(Exit::kUsage, "--svg draws one topology, and goes with neither --json nor --all");
  if (config.containers != 1 && config.names.empty())
    return error(Exit::kUsage, "--containers goes with a topology's name");
  if (config.containers < 1 || config.containers > kMostContainers)
    return error(Exit::kUsage, fmt::format("--containers is 1 to {}", kMostContainers));
  return {};
}

Result<Exit> run(const Config& config) {
  if (config.verb == Config::Verb::kList) return do_list(config);
  if (config.verb == Config::Verb::kDown) return do_down(config);
  if (config.verb == Config::Verb::kAttach) return attach_command(config);
  std::vector<Topology> topologies;  // all are read before the first is built
  for (const std::string& name : config.names) {
    auto t = name.starts_with(kCniPrefix) ? cni_topology(name) : find_topology(name, config.topologies);
    if (!t) return forward(t);
    if (auto located = locate_nodes(*t); !located) return forward(located);
    auto many = with_containers(*t, config.containers);
    if (!many) return forward(many);
    topologies.push_back(std::move(*many));
  }
  if (config.verb == Config::Verb::kUp) return do_up(config, topologies);
  if (config.verb == Config::Verb::kCheck) return do_check(config, topologies);
  return config.svg ? do_svg(config, topologies.front()) : do_show(config, topologies);
}

}  // namespace hopcost::nsglue
