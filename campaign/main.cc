// The hopcost program: one command line into one Config, then the verb. Nothing below here sees the parser.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/completion.h"
#include "base/log.h"
#include "base/quantity.h"
#include "base/signals.h"
#include "campaign/config.h"
#include "campaign/doctor/doctor.h"
#include "campaign/report/report.h"
#include "campaign/run_command.h"
#include "campaign/selftest/selftest.h"

namespace hopcost::campaign {
namespace {

/// What the command line says, before it is laid over the defaults and the campaign file.
struct RunOptions {
  std::string campaign, rate, budget, backend, tap_kind, modes, out, topologies, gap;
  std::uint64_t size = 0, seed = 0, blocks = 0;
  double slot_ms = 0;
  int cpu = -1;
  bool fine = false, json = false, quiet = false, rootless = false;
};

void declare_run(CLI::App& app, RunOptions& o) {
  app.option_defaults()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);  // scripts append to wrap others
  app.add_option("CAMPAIGN", o.campaign, "campaign file (TOML); the options below win over it");
  app.add_option("--modes", o.modes,
                 "modes to measure, as in host,veth,bridge,macvlan; host is always among them");
  app.add_option("--backend", o.backend, "af_xdp (default) or af_packet");
  app.add_option("--tap-kind", o.tap_kind, "auto (default: the best usable here), bpf or af_packet");
  app.add_flag("--fine", o.fine, "split hops at the tracepoints between devices (taps of kind bpf)");
  app.add_option("--rate", o.rate, "packets a second in each slot, as in 20kpps");
  app.add_option("--size", o.size, "frame size in bytes with FCS, as in 64")->check(CLI::PositiveNumber);
  app.add_option("--gap", o.gap, "jittered (default), poisson or constant");
  app.add_option("--budget", o.budget, "time for measuring, as in 60s or 5min");
  app.add_option("--blocks", o.blocks, "stop after so many blocks");
  app.add_option("--slot-ms", o.slot_ms, "length of a slot in ms");
  app.add_option("--seed", o.seed, "of the order of slots and of the gaps");
  app.add_option("--out", o.out, "result folder; default results/<time of day>");
  app.add_option("--topologies", o.topologies, "folder of topology files");
  app.add_option("--cpu", o.cpu, "CPU of the sender; default the last one");
  app.add_flag("--rootless", o.rootless, "do it all in a user namespace, without root (backend af_packet)");
  app.add_flag("--json", o.json, "print result.json instead of the table");
  app.add_flag("--quiet", o.quiet, "no progress line");
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    words.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

Result<Config> to_config(const CLI::App& app, const RunOptions& o) {
  Config config;
  const auto given = [&](const char* name) { return app.count(name) > 0; };
  if (o.rootless) config.backend = "af_packet";
  if (!o.campaign.empty()) {
    if (auto r = read_campaign(o.campaign, config); !r) return forward(r);
  }
  if (given("--modes")) config.modes = split(o.modes);
  if (given("--backend")) config.backend = o.backend;
  if (o.fine) config.fine = true;
  if (given("--tap-kind")) config.tap_kind = o.tap_kind;
  if (given("--gap")) config.load.gap = o.gap;
  if (given("--size")) config.load.size = static_cast<std::uint32_t>(o.size);
  if (given("--seed")) config.seed = o.seed;
  if (given("--slot-ms")) config.slot_ms = o.slot_ms;
  if (given("--blocks")) config.max_blocks = static_cast<std::uint32_t>(o.blocks);
  if (given("--rate")) {
    auto rate = parse_packet_rate(o.rate);
    if (!rate) return forward(rate);
    config.load.rate_pps = *rate;
  }
  if (given("--budget")) {
    auto budget = parse_duration(o.budget);
    if (!budget) return forward(budget);
    config.budget_s = std::chrono::duration<double>(*budget).count();
  }
  config.out = o.out;
  config.topologies = o.topologies;
  config.sender_cpu = o.cpu;
  config.json = o.json;
  config.quiet = o.quiet;
  config.rootless = o.rootless;
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

void declare_selftest(CLI::App& app, SelftestOptions& o) {
  app.add_option("--seed", o.seed, "of what is planted where");
  app.add_option("--delays", o.delays, "how many delays are planted, default 3")->check(CLI::Range(0, 100));
  app.add_option("--trial-s", o.trial_s, "seconds for each, default 10")->check(CLI::Range(1, 3600));
  app.add_flag("--json", o.json, "as JSON");
  app.add_flag("--quiet", o.quiet, "verdicts alone");
}

ValueCandidates completion_values() {
  const auto modes = [](std::string_view word) {
    return with_prefix(up_to_last(word, ","), shipped_names("topologies"));
  };
  return {{"--modes", modes},
          {"--backend",
           [](std::string_view) {
             return Candidates{"af_xdp", "af_packet"};
           }},
          {"--tap-kind",
           [](std::string_view) {
             return Candidates{"auto", "bpf", "af_packet"};
           }},
          {"--gap", [](std::string_view) {
             return Candidates{"constant", "jittered", "poisson"};
           }}};
}

int dispatch(int argc, char** argv) {
  CLI::App app{"hopcost: what each hop of container networking costs, in nanoseconds"};
  app.set_version_flag("--version", HOPCOST_VERSION);
  app.require_subcommand(1);
  RunOptions options;
  CLI::App* run_verb = app.add_subcommand("run", "measure the modes on this machine");
  declare_run(*run_verb, options);
  std::string folder;
  CLI::App* report_verb = app.add_subcommand("report", "draw DIR/report.html again from the files in DIR");
  report_verb->add_option("DIR", folder, "result folder")->required();
  SelftestOptions trials;
  CLI::App* selftest_verb = app.add_subcommand(
      "selftest", "plant delays and loss on a packet's way, and see whether they are found");
  declare_selftest(*selftest_verb, trials);
  bool json = false;
  CLI::App* doctor_verb =
      app.add_subcommand("doctor", "say what this machine can and can't do, and what mends it");
  doctor_verb->add_flag("--json", json, "as JSON");
  if (answer_completion(app, completion_values(), argc, argv)) return 0;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  if (run_verb->parsed()) return run(*run_verb, options, {argv, argv + argc});
  if (doctor_verb->parsed()) return doctor(json);
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
  } catch (const std::exception& e) {  // what libraries throw; memory, in the main
    hopcost::log_error("{}", e.what());
    return static_cast<int>(hopcost::Exit::kFailure);
  }
}
