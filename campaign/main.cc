// The hopcost program: turns the command line into a configuration, then runs the verb. Nothing below sees
// the parser, except the *_options and load_verb files.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/completion.h"
#include "base/log.h"
#include "base/quantity.h"
#include "base/signals.h"
#include "base/text.h"
#include "campaign/design/config.h"
#include "campaign/device/command.h"
#include "campaign/device_options.h"
#include "campaign/doctor/doctor.h"
#include "campaign/fleet_options.h"
#include "campaign/lifecycle/lifecycle.h"
#include "campaign/lifecycle_options.h"
#include "campaign/load_verb.h"
#include "campaign/report/report.h"
#include "campaign/run_command.h"
#include "campaign/seconds.h"
#include "campaign/selftest/selftest.h"
#include "campaign/site/push.h"

namespace hopcost::campaign {
namespace {

/// The options of `hopcost run` as written, before they are laid over the defaults and the campaign file.
struct RunOptions {
  std::string campaign, rate, size, burst, containers, deal, budget, target, backend, tap_kind, modes, out,
      topologies, gap, train, tester, device, tester_nic, device_nic, device_wire, clock_bound;
  std::uint64_t seed = 0;
  std::uint32_t builds = 0;
  std::uint32_t instances = 0;
  double slot_ms = 0;
  int cpu = -1;
  std::string attach, wire, from;
  bool i_mean_it = false;
  bool fine = false, steer = false, quick = false, json = false, quiet = false, rootless = false,
       ipv6 = false;
};

void declare_run(CLI::App& app, RunOptions& o) {
  app.option_defaults()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);  // so that wrapper scripts can append options
  app.add_option("CAMPAIGN", o.campaign, "campaign file (TOML); the options below override it");
  app.add_option("--modes", o.modes,
                 "modes to measure, as in host,veth,bridge,macvlan, or all that this kernel can do; host is "
                 "always among them");
  app.add_option(
      "--attach", o.attach,
      "containers that run already, as in docker:web,podman:db,lxc:c,cri:ID,netns:n,pid:7, or files of "
      "nsglue attach --keep; beside them only modes that --modes names are measured");
  app.add_option("--wire", o.wire,
                 "the device their packets come in by, where it can't be found (with --attach)");
  app.add_option("--from", o.from, "DEVICE or DEVICE@NETNS that packets start from (with --attach)");
  app.add_flag("--i-mean-it", o.i_mean_it, "send into a network that is no veth pair (with --attach)");
  app.add_option("--tester", o.tester, "host that sends, as on ssh's command line; default: this machine");
  app.add_option("--device", o.device,
                 "host that is measured, as on ssh's command line; default: this machine");
  app.add_option("--tester-nic", o.tester_nic, "interface of the tester that packets leave by");
  app.add_option("--device-nic", o.device_nic, "interface of the device that packets come in by");
  app.add_option(
      "--device-wire", o.device_wire,
      "how frames get from it to modes: bpf, macvlan, or auto (default: macvlan where there is no BPF)");
  app.add_option("--clock-bound", o.clock_bound,
                 "how far apart the clocks of tester and device are at most, as in 200ns (PTP)");
  app.add_option("--backend", o.backend, "af_xdp (default; with interfaces af_packet) or af_packet");
  app.add_option("--tap-kind", o.tap_kind, "auto (default: the best usable here), bpf or af_packet");
  app.add_flag("--fine", o.fine, "split hops at the tracepoints between devices (taps of kind bpf)");
  app.add_flag("--steer", o.steer,
               "the device under test works on another CPU than the sender (RPS), which is kept awake");
  app.add_option(
      "--rate", o.rate,
      "packets a second in a train, as in 20kpps; each value of a list (5kpps,20kpps) is a level; default "
      "100kpps, "
      "or 20kpps between two hosts and with --attach, Open vSwitch, virtual machines, CNI and WireGuard");
  app.add_option("--size", o.size, "frame size in bytes with FCS, as in 64; or a list");
  app.add_option("--burst", o.burst, "packets back to back at each departure, default 1; or a list");
  app.add_option(
      "--containers", o.containers,
      "containers of each mode side by side on one wire, as in 8; each value of a list (1,8,64) is a level");
  app.add_option(
      "--deal", o.deal,
      "which of many containers packets go to: spread (default; all of them), aimed (every other packet to "
      "one, the others get background), alone (all to one); or a list");
  app.add_flag("--ipv6", o.ipv6, "probes over IPv6; --size is 84 then, and not less");
  app.add_option("--gap", o.gap, "jittered (default), poisson or constant");
  app.add_option(
      "--train", o.train,
      "DEPARTURES,UNTIMED: departures of a lane before the next one's turn, and how many of them are not "
      "timed; default 16,6");
  app.add_option("--budget", o.budget, "time to measure each level, as in 60s or 5min; default 90s");
  app.add_option("--target", o.target,
                 "end when every cost's interval has this half-width, as in 5ns; 0: never");
  app.add_option("--builds", o.builds, "exactly this many builds, whatever the budget");
  app.add_option(
      "--instances", o.instances,
      "instances of each mode that stand side by side in a build, 1 to 8, default 3; fewer with more than 21 "
      "lanes, one with --containers, --attach and between two hosts");
  app.add_flag("--quick", o.quick, fmt::format("{} builds: a first answer", kQuickBuilds));
  app.add_option("--slot-ms", o.slot_ms, "length of a slot in ms, default 40");
  app.add_option("--seed", o.seed, "seed of all orders and gaps");
  app.add_option("--out", o.out, "result folder; default results/<time of day>");
  app.add_option("--topologies", o.topologies, "folder of topology files");
  app.add_option("--cpu", o.cpu, "CPU of the sender; default the last isolated one, else the last");
  app.add_flag("--rootless", o.rootless,
               "do everything in a user namespace, without root (backend af_packet)");
  app.add_flag("--json", o.json, "print result.json instead of the table");
  app.add_flag("--quiet", o.quiet, "no progress");
}

/// Turns each word of a comma-separated list into T.
template <class T, class Read>
Result<void> read_list(const std::string& list, Read&& read, std::vector<T>& into) {
  std::vector<T> values;
  for (const std::string& word : split(list, ',')) {
    auto value = read(word);
    if (!value) return forward(value);
    values.push_back(*value);
  }
  into = std::move(values);
  return {};
}

Result<void> read_trains(const std::string& text, Trains& trains) {
  std::vector<std::uint32_t> numbers;
  if (auto r = read_list(text, parse_whole, numbers); !r) return r;
  if (numbers.size() != 2)
    return error(Exit::kUsage, fmt::format("'{}' is not a train", text),
                 "write it like --train 16,6: departures, and how many are untimed");
  trains = {numbers[0], numbers[1]};
  return {};
}

Result<void> to_load(const CLI::App& app, const RunOptions& o, Config& config) {
  const auto given = [&](const char* name) { return app.count(name) > 0; };
  if (given("--rate")) {
    if (auto r = read_list(o.rate, parse_packet_rate, config.rates); !r) return r;
  }
  if (given("--size")) {
    if (auto r = read_list(o.size, parse_whole, config.sizes); !r) return r;
  }
  if (given("--burst")) {
    if (auto r = read_list(o.burst, parse_whole, config.bursts); !r) return r;
  }
  if (given("--containers")) {
    if (auto r = read_list(o.containers, parse_whole, config.containers); !r) return r;
  }
  if (given("--deal")) {
    if (auto r = read_list(o.deal, parse_deal, config.deals); !r) return r;
  }
  return given("--train") ? read_trains(o.train, config.trains) : Result<void>{};
}

Result<Config> to_config(const CLI::App& app, const RunOptions& o) {
  Config config;
  const auto given = [&](const char* name) { return app.count(name) > 0; };
  config.backend.clear();
  config.rates.clear();  // begin_run() chooses
  config.rootless = o.rootless;
  if (!o.campaign.empty()) {
    if (auto r = read_campaign(o.campaign, config); !r) return forward(r);
  }
  if (given("--tester")) config.tester.host = o.tester;
  if (given("--device")) config.device.host = o.device;
  if (given("--tester-nic")) config.tester.nic = o.tester_nic;
  if (given("--device-nic")) config.device.nic = o.device_nic;
  if (given("--device-wire")) config.device.wire = o.device_wire;
  if (given("--clock-bound")) {
    auto bound = parse_duration(o.clock_bound);
    if (!bound) return forward(bound);
    config.clock_bound_ns = bound->count();
  }
  if (o.ipv6) use_ipv6(config);
  if (given("--modes") || given("--attach")) {  // these replace all that the file names
    config.modes = given("--modes") ? split(o.modes, ',') : std::vector<std::string>();
    config.attach = given("--attach") ? split(o.attach, ',') : std::vector<std::string>();
  }
  config.wire = o.wire;
  config.from = o.from;
  config.i_mean_it = o.i_mean_it;
  if (given("--backend")) config.backend = o.backend;
  if (config.backend.empty()) config.backend = default_backend(config);
  if (o.fine) config.fine = true;
  if (given("--tap-kind")) config.tap_kind = o.tap_kind;
  if (o.steer) config.steer = true;
  if (given("--gap")) config.gap = o.gap;
  if (given("--seed")) config.seed = o.seed;
  if (given("--slot-ms")) config.slot_ms = o.slot_ms;
  if (o.quick) config.builds = kQuickBuilds;
  if (given("--builds")) config.builds = o.builds;
  if (given("--instances")) config.instances = o.instances;
  if (auto r = to_load(app, o, config); !r) return forward(r);
  if (given("--budget")) {
    auto budget = seconds_of(o.budget);
    if (!budget) return forward(budget);
    config.budget_s = *budget;
  }
  if (given("--target")) {
    auto target = o.target == "0" ? Result<double>(0) : seconds_of(o.target);
    if (!target) return forward(target);
    config.target_half_width_ns = *target * 1e9;
  }
  config.out = o.out;
  config.topologies = o.topologies;
  config.sender_cpu = o.cpu;
  config.json = o.json;
  config.quiet = o.quiet;
  return config;
}

int fail(const Error& e) {
  log_error("{}", describe(e));
  return static_cast<int>(e.code);
}

int run(const CLI::App& app, const RunOptions& options, const std::vector<std::string>& command) {
  auto config = to_config(app, options);
  if (!config) return fail(config.error());
  auto code = run_command(*config, command);
  return code ? static_cast<int>(*code) : fail(code.error());
}

int doctor(bool json) {
  const auto findings = examine();
  bool fails = false;
  for (const Finding& f : findings) fails = fails || f.state == Finding::State::kFail;
  const std::string text =
      json ? to_json(findings).dump(1) + "\n" : render(findings, isatty(STDOUT_FILENO) == 1);
  std::fputs(text.c_str(), stdout);
  return static_cast<int>(fails ? Exit::kMissing : Exit::kOk);
}

void declare_doctor(CLI::App& app, bool& json) {
  app.add_subcommand("doctor", "say what this machine can and can't do, and what mends it")
      ->add_flag("--json", json, "print JSON");
}

struct PushOptions {
  SiteConfig target;
  bool remove = false;
};

void declare_push(CLI::App& app, PushOptions& o) {
  CLI::App* verb =
      app.add_subcommand("push", "copy the static analyzer and nsglue to a host where nothing is installed");
  verb->add_option("HOST", o.target.host, "as on ssh's command line")->required();
  verb->add_option("--folder", o.target.folder, fmt::format("where they go; default {}", push_folder()));
  verb->add_flag("--remove", o.remove, "remove them again");
}

int push_to(PushOptions o) {
  SiteConfig& target = o.target;
  if (target.folder.empty()) target.folder = push_folder();
  if (target.host.empty() || target.host.starts_with('-'))
    return fail({fmt::format("'{}' is no host", target.host), 0, "name it as ssh has it", Exit::kUsage});
  const auto done = o.remove ? take_back(target) : push(target);
  return done ? 0 : fail(done.error());
}

void declare_selftest(CLI::App& app, SelftestOptions& o) {
  app.add_option("--seed", o.seed, "seed of what is planted where");
  app.add_option("--delays", o.delays, "how many delays are planted, default 3")->check(CLI::Range(0, 100));
  app.add_option("--trial-s", o.trial_s, "seconds for each trial, default 10")->check(CLI::Range(1, 3600));
  app.add_flag("--json", o.json, "print JSON");
  app.add_flag("--quiet", o.quiet, "print verdicts only");
}

int lifecycle(const LifecycleWords& words) {
  auto options = to_lifecycle_options(words);
  if (!options) return fail(options.error());
  auto code = lifecycle(*options);
  return code ? static_cast<int>(*code) : fail(code.error());
}

int device(const DeviceOptions& options, const std::vector<std::string>& command) {
  auto config = to_device_config(options);
  if (!config) return fail(config.error());
  auto code = device_command(std::move(*config), command);
  return code ? static_cast<int>(*code) : fail(code.error());
}

Candidates list_of(auto& names) {
  return {std::begin(names), std::end(names)};
}

ValueCandidates completion_values() {
  const auto modes = [](std::string_view word) {
    Candidates names = shipped_names("topologies");
    names.emplace_back(kAllModes);
    return with_prefix(up_to_last(word, ","), names);
  };
  return {
      {"--modes", modes},
      {"--backend",
       [](std::string_view) {
         return Candidates{"af_xdp", "af_packet"};
       }},
      {"--tap-kind",
       [](std::string_view) {
         return Candidates{"auto", "bpf", "af_packet"};
       }},
      {"--device-wire",
       [](std::string_view) {
         return Candidates{"auto", "bpf", "macvlan"};
       }},
      {"TEST",
       [](std::string_view word) { return with_prefix(up_to_last(word, ","), list_of(kDeviceTests)); }},
      {"--goals", [](std::string_view word) { return with_prefix(up_to_last(word, ","), list_of(kGoals)); }},
      {"--dut",
       [](std::string_view) {
         Candidates names = shipped_names("topologies");
         std::ranges::copy(shipped_names("topologies/device"), std::back_inserter(names));
         return names;
       }},
      {"--deal",
       [](std::string_view word) {
         return with_prefix(up_to_last(word, ","), Candidates{"spread", "aimed", "alone"});
       }},
      {"--gap",
       [](std::string_view) {
         return Candidates{"constant", "jittered", "poisson"};
       }},
      {"LOAD", [](std::string_view) { return shipped_names("loads"); }},
      {"PAPER", [](std::string_view) { return shipped_names("papers"); }}};
}

int dispatch(int argc, char** argv) {
  CLI::App app{"hopcost: what each hop of container networking costs, in nanoseconds"};
  app.set_version_flag("--version", HOPCOST_VERSION);
  app.require_subcommand(1);
  RunOptions options;
  CLI::App* run_verb = app.add_subcommand("run", "measure the modes on this machine");
  declare_run(*run_verb, options);
  const LoadVerb run_loads = declare_load(app), run_paper = declare_paper(app);
  const LoadVerb run_fleet = declare_fleet(app);
  std::string folder;
  CLI::App* report_verb = app.add_subcommand("report", "draw DIR/report.html again from the files in DIR");
  report_verb->add_option("DIR", folder, "result folder")->required();
  SelftestOptions trials;
  CLI::App* selftest_verb = app.add_subcommand(
      "selftest", "plant delays and loss on a packet's way, and see whether they are found");
  declare_selftest(*selftest_verb, trials);
  LifecycleWords words;
  CLI::App* lifecycle_verb = app.add_subcommand("lifecycle", kLifecycleAbout);
  declare_lifecycle(*lifecycle_verb, words);
  DeviceOptions device_options;
  CLI::App* device_verb = app.add_subcommand(
      "device", "test a router, switch or gateway to RFC 2544, 2889, 9004, 9971, 8219 and 6201");
  declare_device(*device_verb, device_options);
  PushOptions push;
  declare_push(app, push);
  bool json = false;
  declare_doctor(app, json);
  if (answer_completion(app, completion_values(), argc, argv)) return 0;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  if (app.got_subcommand("push")) return push_to(std::move(push));
  if (run_verb->parsed()) return run(*run_verb, options, {argv, argv + argc});
  if (device_verb->parsed()) return device(device_options, {argv, argv + argc});
  for (const auto& [verb, run_verb_of] :
       {std::pair{"load", &run_loads}, {"paper", &run_paper}, {"fleet", &run_fleet}}) {
    if (!app.got_subcommand(verb)) continue;
    auto code = (*run_verb_of)({argv, argv + argc});
    return code ? static_cast<int>(*code) : fail(code.error());
  }
  if (app.got_subcommand("doctor")) return doctor(json);
  if (lifecycle_verb->parsed()) return lifecycle(words);
  if (selftest_verb->parsed()) {
    auto code = selftest(trials);
    return code ? static_cast<int>(*code) : fail(code.error());
  }
  if (auto r = write_report(folder); !r) return fail(r.error());
  fmt::print("{}\n", (std::filesystem::path(folder) / "report.html").string());
  return 0;
}

}  // namespace
}  // namespace hopcost::campaign

int main(int argc, char** argv) {
  hopcost::set_log_program("hopcost");
  hopcost::install_stop_signals();
  try {
    return hopcost::campaign::dispatch(argc, argv);
  } catch (const std::exception& e) {  // an exception from a library, mostly std::bad_alloc
    hopcost::log_error("{}", e.what());
    return static_cast<int>(hopcost::Exit::kFailure);
  }
}
