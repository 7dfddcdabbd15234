#include "campaign/device/command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/exclusive.h"
#include "base/log.h"
#include "base/placement.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "campaign/device/device_page.h"
#include "campaign/device/device_result.h"
#include "campaign/device/estimate.h"
#include "campaign/device/frames.h"
#include "campaign/device/tests.h"
#include "campaign/device/ways.h"
#include "campaign/report/folder.h"
#include "campaign/result/result_folder.h"
#include "campaign/site/able.h"
#include "wire/address.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kConfigFile = "config.json";

/// A resumed run must have the options of the first one, or the trials in its log would answer other
/// questions.
Result<void> check_resumed(const DeviceConfig& config) {
  std::ifstream in(config.out / kConfigFile);
  const json before = json::parse(in, nullptr, false);
  if (before.is_discarded())
    return error(Exit::kMissing, fmt::format("there is no run in {} to go on with", config.out.string()),
                 "leave out --resume");
  const json now = config_json(config);
  for (const auto& [key, value] : now.items())
    if (before.value(key, json()) != value)
      return error(Exit::kUsage,
                   fmt::format("the run in {} had another {}: {}", config.out.string(), key,
                               before.value(key, json()).dump()),
                   "resume with the same options, or begin anew in another folder");
  return {};
}

Result<void> prepare(DeviceConfig& config) {
  if (config.out.empty())
    config.out = fmt::format("results/device-{:%Y-%m-%dT%H%M%SZ}", fmt::gmtime(std::time(nullptr)));
  if (config.resume) return check_resumed(config);
  if (auto made = prepare_folder(config.out); !made) return made;
  return replace_text(config.out / kConfigFile, config_json(config).dump(1) + "\n");
}

void tell(const TrialNews& news, double expected_s) {
  const TrialResult& t = news.trial;
  const double left_s = std::max(0.0, expected_s - news.spent_s);
  log_info("{} {}: lost {} of {} ({:.4f} %){}; some {} left", news.test, news.asked, t.lost, t.offered,
           100 * t.loss(), t.void_reason.empty() ? "" : ", does not count: " + t.void_reason,
           left_s < 90 ? fmt::format("{:.0f} s", left_s) : fmt::format("{:.0f} min", left_s / 60));
}

/// What a test has to say of a size that the device does not carry: its throughput is 0 (RFC 2544
/// section 9.4).
json of_no_frames(const std::string& test, const SizeFacts& facts) {
  const std::string why =
      fmt::format("nothing of {} bytes comes through, though a smaller size does", facts.size);
  json j = described(test.c_str(), facts);
  j["irregular"] = test == "throughput" ? "" : why;
  if (test != "throughput") return j;
  for (const char* rate : {"throughput_fps", "throughput_bps_l2", "share_of_theoretical"}) j[rate] = 0;
  j["remarks"] = {why + ": the rate is 0 (RFC 2544 section 9.4)"};
  return j;
}

/// Runs all tests at one size with one modifier. A test that fails gives an irregular result, and the others
/// go on. Errors: those that end everything: a stop, or a wrong option before any result.
Result<void> tests_of(Turn& turn, json& tests) {
  for (const std::string& name : turn.rig.config().tests) {
    auto done = turn.facts.passes ? run_test(name, turn) : Result<json>(of_no_frames(name, turn.facts));
    if (!done &&
        (done.error().code == Exit::kPartial || (done.error().code == Exit::kUsage && tests.empty())))
      return forward(done);
    json j = done ? std::move(*done) : described(name.c_str(), turn.facts);
    if (!done) j["irregular"] = describe(done.error());
    j.update(turn.rig.say_modifier());
    tests.push_back(std::move(j));
  }
  return {};
}

/// Runs the tests at one size with each modifier.
Result<void> all_at_size(const DeviceConfig& config, Rig& rig, const std::string& size, json& tests) {
  if (auto ok = rig.set_modifier(config.modifiers.front()); !ok) return ok;
  auto facts = rig.set_size(size);
  if (!facts) return forward(facts);
  for (const std::string& modifier : config.modifiers) {
    if (auto ok = rig.set_modifier(modifier); !ok) return ok;
    Turn turn{rig, *facts};
    if (auto ok = tests_of(turn, tests); !ok) return ok;
  }
  return {};
}

/// Runs all tests. When something ends them early, gives the results so far, and the reason in `partial`.
Result<json> all_tests(const DeviceConfig& config, Rig& rig, std::string& partial) {
  json tests = json::array();
  for (const std::string& size : config.sizes) {
    auto done = all_at_size(config, rig, size, tests);
    if (done) continue;
    if (done.error().code != Exit::kPartial && tests.empty()) return forward(done);
    if (done.error().code == Exit::kPartial) {
      partial = describe(done.error());
      break;
    }
    // Such as a size that the tester's own port does not take: the others go on.
    for (const std::string& name : config.tests)
      tests.push_back({{"test", name}, {"size", size}, {"irregular", describe(done.error())}});
  }
  return tests;
}

Result<void> save(const DeviceConfig& config, const json& result) {
  if (auto ok = replace_text(config.out / "result.json", result.dump(1) + "\n"); !ok) return ok;
  if (auto ok = replace_text(config.out / "result.csv", device_csv(result)); !ok) return ok;
  return replace_text(config.out / "report.html", device_page(result));
}

bool any_irregular(const json& tests) {
  return std::ranges::any_of(tests, [](const json& t) { return t.value("irregular", "") != ""; });
}

/// Checks the modifiers of RFC 2544 section 11, which need a device that is built.
Result<void> validate_modifiers(const DeviceConfig& c) {
  const auto tests = [&](const char* name) { return std::ranges::find(c.tests, name) != c.tests.end(); };
  for (const std::string& modifier : c.modifiers) {
    if (std::ranges::count(c.modifiers, modifier) > 1)
      return error(Exit::kUsage, fmt::format("--modifiers names {} twice", modifier), "once is enough");
    if (modifier == "management" && (tests("caching") || tests("learning")))
      return error(Exit::kUsage, "caching and learning are tests of a switch, which nobody manages meanwhile",
                   "leave out management");
    if (std::ranges::find(kModifiers, modifier) == std::end(kModifiers))
      return error(Exit::kUsage, fmt::format("there is no modifier '{}'", modifier),
                   fmt::format("{}", fmt::join(kModifiers, ", ")));
    if (modifier != "none" && c.dut.empty())
      return error(Exit::kUsage, fmt::format("{} is for a device that --dut builds", modifier),
                   "put filters into another device yourself, and test it once more");
    if (modifier == "management" && c.backend == "dpdk")
      return error(Exit::kUsage, "DPDK takes the answers to management queries from the kernel",
                   "use --backend af_packet, af_xdp or xdp");
  }
  return {};
}

bool is_ipv4(const std::string& text) {
  const auto ip = parse_ip(text);
  return ip && !ip->v6;
}

/// Checks the options about the frames.
Result<void> validate_frames(const DeviceConfig& c) {
  const auto bad = [](const std::string& what, const std::string& hint) {
    return error(Exit::kUsage, what, hint);
  };
  if (c.learning && c.ports.size() > 1 && c.ports[1].starts_with("dpdk:"))
    return bad("--learning sends by the port that receives, which DPDK opens once",
               "use af_packet or af_xdp");
  const bool odd = c.connections > 0 || c.broadcast || !c.extension.empty() || !c.outer.empty();
  if (c.sends_by_xdp() &&
      (odd || c.ipv6 || !c.profile.empty() || std::ranges::find(c.sizes, "imix") != c.sizes.end()))
    return bad("pktgen's xdp sends one fixed frame of IPv4", "--backend af_packet, af_xdp or dpdk");
  if (!c.profile.empty() && odd)
    return bad("--profile sends frames of its own", "leave out what says how RFC 2544's are to be");
  if (c.connections > kMostConnections)
    return bad(fmt::format("--connections {}", c.connections), "1 to 10000");
  if (!c.extension.empty() && !c.ipv6) return bad("extension headers are IPv6's", "add --ipv6");
  if (!c.extension.empty() && std::ranges::find(kExtensions, c.extension) == std::end(kExtensions))
    return bad(fmt::format("there is no extension header '{}'", c.extension),
               fmt::format("{}", fmt::join(kExtensions, ", ")));
  if (c.outer.empty()) return {};
  const auto ends = split(c.outer, ',');
  if (!c.ipv6 || ends.size() != 2 || !is_ipv4(ends[0]) || !is_ipv4(ends[1]))
    return bad("--6in4 puts IPv6 frames into IPv4 packets", "like --ipv6 --6in4 198.18.1.2,198.18.1.1");
  return {};
}

/// Checks what is between which ports.
Result<void> validate_ports(const DeviceConfig& c) {
  const auto bad = [](const std::string& what, const char* hint) { return error(Exit::kUsage, what, hint); };
  const auto tests = [&](const char* name) { return std::ranges::find(c.tests, name) != c.tests.end(); };
  const bool several = c.has_several_inputs();
  if (tests("congestion") && (c.ports.size() != 4 || c.tests.size() != 1))
    return bad("congestion is tested by itself, between four ports", "--port four times: in, in, out, out");
  if (c.ports.size() == 1 || c.ports.size() > kMostPorts || (several && c.ports.size() % 2 != 0))
    return bad(
        fmt::format("--port is given {} times", c.ports.size()),
        "in and out, like --port A --port B; a third is watched for floods; or an even number, at most "
        "16: first all inputs, then as many outputs");
  const auto ends = std::views::take(c.ports, several ? kMostPorts : 2);
  const auto opens_twice = [](const std::string& port) { return port.starts_with("af_packet:"); };
  const bool all_do = c.dut.empty() ? std::ranges::all_of(ends, opens_twice) : c.backend == "af_packet";
  if ((c.bidirectional || several) && !all_do)
    return bad("several generators would open one port, which only af_packet can", "use af_packet ports");
  if (!several) return {};
  if (c.bidirectional || !c.profile.empty() || c.broadcast || tests("caching") || tests("learning"))
    return bad("frames go from each input to each output, flow by flow",
               "with more than three ports leave out --bidirectional, --profile, --broadcast, caching and "
               "learning");
  if (!c.ipv6 && c.routes > kRoutesOf18)
    return bad(fmt::format("--routes {}: beyond 4096 they are the further outputs' networks", c.routes),
               "1 to 4096 with more than three ports");
  return {};
}

}  // namespace

void make_quick(DeviceConfig& c) {
  c.quick = true;
  c.trial_s = 2;
  c.linger_s = 0.5;
  c.pause_s = 0.1;
  c.width = 0.01;
  c.repeats = 3;
  c.searches = 3;
}

Result<void> validate(const DeviceConfig& c) {
  const auto bad = [](const std::string& what, const char* hint) { return error(Exit::kUsage, what, hint); };
  if (c.dut.empty() == c.ports.empty())
    return bad("a device is tested between two ports, or is a topology that is built",
               "--port A --port B, or --dut");
  if (auto ok = validate_ports(c); !ok) return ok;
  const bool names_no_one = c.dst_mac.empty() && c.profile.empty() && !c.ports.empty();
  const auto of_switch = [](const std::string& test) { return test == "caching" || test == "learning"; };
  if (names_no_one && !std::ranges::all_of(c.tests, of_switch))
    return bad("--dst-mac is missing: frames have to go to the device",
               "its MAC at the first port; to test a switch, the MAC of the second port");
  if (!c.profile.empty() && c.sizes.size() != 1)
    return bad("--profile sends frames of its own: results need to know how long they are",
               "one --size: the profile's mean, in bytes with FCS");
  if (!c.profile.empty() && c.bidirectional)
    return bad("--profile is one stream from the first port to the second", "leave out --bidirectional");
  if (c.routes < 1 || c.routes > kMostRoutes) return bad(fmt::format("--routes {}", c.routes), "1 to 10000");
  if (c.trial_s < 0.1 || c.trial_s > 3600) return bad("--trial takes 100 ms to an hour", "60s is RFC 2544's");
  if (c.ramp_s > kLongestRampS) return bad("--ramp takes 10 minutes at most", "like --ramp 2s");
  if (c.width <= 0 || c.width >= 0.5) return bad("--width is a share of the rate", "like 0.005");
  if (c.loss_step <= 0 || c.loss_step > 0.1)
    return bad("--loss-step is a share, at most 0.1 (RFC 2544)", "like 0.1");
  if (c.addresses < 1 || c.addresses > kMostAddresses)
    return bad(fmt::format("--addresses {}", c.addresses), "1 to 1000000");
  if (auto ok = validate_frames(c); !ok) return ok;
  if (auto ok = validate_modifiers(c); !ok) return ok;
  if (!c.dut.empty() && std::ranges::find(kWireBackends, c.backend) == std::end(kWireBackends))
    return bad(fmt::format("there is no backend '{}' for a topology's ports", c.backend),
               "af_packet, af_xdp, dpdk or xdp");
  for (const std::string& goal : c.goals)
    if (auto known = goal_of(goal, c); !known) return forward(known);
  for (const std::string& size : c.sizes)
    if (auto known = mean_bytes(size, frames_asked(c)); !known) return forward(known);
  if (std::ranges::find(c.tests, "reset") != c.tests.end() && c.reset_command.empty())
    return bad("reset needs to know how the device is reset", "give a shell's words: --reset-command '...'");
  return {};
}

Result<Exit> device_command(DeviceConfig config, const std::vector<std::string>& command) {
  if (auto ok = validate(config); !ok) return forward(ok);
  auto lock = lock_out_others();
  if (!lock) return forward(lock);
  if (auto ok = become_able(false); !ok) return forward(ok);
  if (auto ok = prepare(config); !ok) return forward(ok);
  auto placement = place(config.cpu, false);
  if (!placement) return forward(placement);
  auto log = TrialLog::open(config.out / "trials.jsonl", config.resume);
  if (!log) return forward(log);
  const std::string started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  DeviceConfig at_cpu = config;
  at_cpu.cpu = placement->sender;
  const double expected_s = expected_seconds(config);
  auto rig = Rig::open(at_cpu, std::move(*log), [&](const TrialNews& news) {
    if (!config.quiet) tell(news, expected_s);
  });
  if (!rig) return forward(rig);
  std::string partial;
  auto tests = all_tests(at_cpu, **rig, partial);
  if (!tests) return forward(tests);
  const json result = {{"schema", "hopcost.device/1"},
                       {"version", HOPCOST_VERSION},
                       {"command", command},
                       {"started", started},
                       {"config", config_json(config)},
                       {"sender_cpu", placement->sender},
                       {"trials", (*rig)->trials()},
                       {"given_up", given_up(config)},
                       {"compliance", compliance(config)},
                       {"partial", partial},
                       {"tests", *tests}};
  std::fputs((config.json ? result.dump(1) + "\n" : device_table(result)).c_str(), stdout);
  std::fflush(stdout);
  if (auto ok = save(config, result); !ok) return forward(ok);
  log_info("result: {}", (config.out / "report.html").string());
  if (!partial.empty()) {
    log_warn("{}; go on with --resume --out {}", partial, config.out.string());
    return Exit::kPartial;
  }
  return any_irregular(*tests) ? Exit::kUnfit : Exit::kOk;
}

}  // namespace hopcost::campaign
