#include "campaign/fleet_options.h"

#include <memory>

#include "campaign/fleet_command.h"
#include "campaign/seconds.h"

namespace hopcost::campaign {
namespace {

/// The options as written.
struct FleetWords {
  FleetOptions options;
  std::string campaign, timeout, out, metrics;
};

Result<Exit> run(const FleetWords& w, const std::vector<std::string>& command) {
  FleetOptions options = w.options;
  options.campaign = w.campaign;
  options.out = w.out;
  options.metrics = w.metrics;
  if (options.image.empty())
    return error(Exit::kUsage, "--image names no image", "leave it out, or name one");
  if (options.collect && options.out.empty())
    return error(Exit::kUsage, "--collect reads a fleet's folder", "name it: --out DIR");
  if (!w.timeout.empty()) {
    auto timeout = seconds_of(w.timeout);
    if (!timeout) return forward(timeout);
    options.limits.timeout_s = *timeout;
  }
  return fleet_command(options, command);
}

}  // namespace

std::function<Result<Exit>(const std::vector<std::string>&)> declare_fleet(CLI::App& app) {
  constexpr std::size_t kMostForks = 1000;
  auto words = std::make_shared<FleetWords>();
  FleetOptions& o = words->options;
  CLI::App* verb = app.add_subcommand("fleet", "run a campaign on every host of an Ansible inventory");
  verb->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  verb->add_option("CAMPAIGN", words->campaign,
                   "campaign file (TOML); default: what hopcost run does without one");
  verb->add_option("-i,--inventory", o.inventory,
                   "Ansible inventory: a file, a folder, a script; may be given again")
      ->required()
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--limit", o.limit, "only these hosts and groups, as in web,db*,!db3");
  verb->add_option("--forks", o.limits.forks, "hosts at once, default 5")
      ->check(CLI::Range(std::size_t{1}, kMostForks));
  verb->add_option("--timeout", words->timeout, "end a host's run that takes longer, as in 10min");
  verb->add_option(
      "--out", words->out,
      "folder for the results; an existing one is continued; default results/fleet-<time of day>");
  verb->add_flag("--collect", o.collect, "start nothing: make the table from what the folder has");
  verb->add_option("--metrics", words->metrics,
                   "also write the metrics there, as for the node exporter's textfile collector");
  CLI::Option* kubernetes = verb->add_flag(
      "--kubernetes", o.kubernetes,
      "print manifests that do the same in a cluster whose nodes are the hosts, and do nothing else");
  verb->add_option("--image", o.image, "container image for --kubernetes; default hopcost:" HOPCOST_VERSION)
      ->needs(kubernetes);
  verb->add_flag("--json", o.json, "print fleet.json instead of the table");
  verb->add_flag("--quiet", o.quiet, "no progress");
  return [words](const std::vector<std::string>& command) { return run(*words, command); };
}

}  // namespace hopcost::campaign
