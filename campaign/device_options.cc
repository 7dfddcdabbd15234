#include "campaign/device_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "base/quantity.h"
#include "base/text.h"
#include "campaign/device/command.h"
#include "campaign/device/frames.h"
#include "campaign/seconds.h"

namespace hopcost::campaign {
namespace {

/// Sets `into`, unless the text is empty.
Result<void> read_seconds(const std::string& text, double& into) {
  if (text.empty()) return {};
  auto seconds = seconds_of(text);
  if (!seconds) return forward(seconds);
  into = *seconds;
  return {};
}

Result<void> read_fps(const std::string& text, double& into) {
  if (text.empty()) return {};
  auto rate = parse_packet_rate(text);
  if (!rate) return forward(rate);
  into = *rate;
  return {};
}

Result<void> read_link(const std::string& text, double& into) {
  if (text.empty()) return {};
  auto rate = parse_rate(text);
  if (!rate) return forward(rate);
  if (rate->unit != Rate::Unit::kWireBits)
    return error(Exit::kUsage, fmt::format("'{}' is no speed of a link", text), "like --link 1Gbit");
  into = rate->value;
  return {};
}

/// The tests of a list. "all" stands for every test except those of kNotOfAll.
Result<std::vector<std::string>> read_tests(const std::string& text) {
  std::vector<std::string> tests;
  for (const std::string& word : split(text, ',')) {
    if (word == "all") {
      for (const std::string name : kDeviceTests)
        if (std::ranges::find(kNotOfAll, name) == std::end(kNotOfAll)) tests.push_back(name);
    } else if (std::ranges::find(kDeviceTests, word) != std::end(kDeviceTests)) {
      tests.push_back(word);
    } else {
      return error(Exit::kUsage, fmt::format("there is no test '{}'", word),
                   fmt::format("{}, or all", fmt::join(kDeviceTests, ", ")));
    }
  }
  return tests;
}

Result<void> read_times(const DeviceOptions& o, DeviceConfig& c) {
  if (auto r = read_seconds(o.trial, c.trial_s); !r) return r;
  if (auto r = read_seconds(o.initial_trial, c.initial_s); !r) return r;
  if (auto r = read_seconds(o.linger, c.linger_s); !r) return r;
  if (auto r = read_seconds(o.pause, c.pause_s); !r) return r;
  if (auto r = read_seconds(o.ramp, c.ramp_s); !r) return r;
  if (auto r = read_seconds(o.longest_burst, c.longest_burst_s); !r) return r;
  if (auto r = read_seconds(o.ageing, c.ageing_s); !r) return r;
  if (auto r = read_fps(o.max_rate, c.max_fps); !r) return r;
  if (auto r = read_fps(o.rate, c.rate_fps); !r) return r;
  return read_link(o.link, c.link_bps);
}

}  // namespace

void declare_device(CLI::App& app, DeviceOptions& o) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("TEST", o.tests,
                 "throughput, latency, loss, back-to-back, recovery, reset, congestion, forwarding, caching, "
                 "learning; "
                 "or a list, or all")
      ->required();
  app.add_option(
         "--port", o.ports,
         "given twice: pktgen's ports where frames go in and where they come out, as in af_packet:eth1; a "
         "third one sees what a switch floods; or an even number: all inputs, then as many outputs")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--dst-mac", o.dst_mac,
                 "the device's MAC where frames go in; with --bidirectional MAC,MAC; of several inputs one "
                 "each");
  app.add_option("--dut", o.dut,
                 "build the device: router, switch, small-switch, nat, nat64, siit, dual-siit, 6in4, "
                 "dual-6in4, bird, or a "
                 "mode's name or file");
  app.add_option(
      "--backend", o.backend,
      "backend of the ports to what --dut builds: af_packet (default), af_xdp, dpdk (its net_af_xdp) or "
      "xdp (one fixed frame)");
  app.add_option("--topologies", o.topologies, "folder of topology files");
  app.add_option("--routes", o.routes, "networks behind the device that frames go to, 1 (default) to 10000");
  app.add_option(
      "--profile", o.profile,
      "pktgen profile to send in place of RFC 2544's frames; needs one --size, the profile's mean");
  app.add_flag("--ipv6", o.ipv6, "frames over IPv6");
  app.add_option(
      "--connections", o.connections,
      "how many pairs of addresses and ports are repeated, for a device that keeps state; default: other "
      "ones in each frame, with --dut nat 1000");
  app.add_option(
      "--extension", o.extension,
      "extension header of IPv6 frames: hop-by-hop, dest-options, routing, fragment, chain (RFC 5180)");
  app.add_option("--6in4", o.outer,
                 "SRC,DST: send IPv6 packets inside IPv4 packets between these addresses (RFC 8219)");
  app.add_flag("--broadcast", o.broadcast, "make one frame in a hundred a broadcast (RFC 2544)");
  app.add_flag("--learning", o.learning,
               "send learning frames before each trial (RFC 2544); to --dut switch they are always sent");
  app.add_option("--modifiers", o.modifiers,
                 "make each test with each of: none (default), 1-filter, 25-filters, management (RFC 2544 "
                 "section 11); needs --dut");
  app.add_flag("--bidirectional", o.bidirectional, "send the same load both ways at once");
  app.add_option("--size", o.size,
                 "frame sizes with FCS, imix, quick, or a standard's: rfc2544 (default), rfc5180, rfc8219");
  app.add_option("--goals", o.goals, "goals of the throughput search: rfc2544 (default), tst009, ndr, pdr");
  app.add_option("--trial", o.trial, "length of a trial, default 60s");
  app.add_option("--initial-trial", o.initial_trial, "length of a search's first trials, default --trial");
  app.add_option("--linger", o.linger, "longest wait for late frames, default 2s");
  app.add_option("--pause", o.pause, "pause between trials, default 5s");
  app.add_option(
      "--ramp", o.ramp,
      "before each stream the rate climbs to the stream's for this long; these frames do not count");
  app.add_option("--searches", o.searches,
                 "throughput searches, one after the other; the middle one is reported, with the scatter; "
                 "default 1")
      ->check(CLI::Range(1U, kMostSearches));
  app.add_option("--width", o.width, "width of a search's bounds, as a share of the rate, default 0.005");
  app.add_option("--max-rate", o.max_rate,
                 "highest load, as in 20kpps; default: what the link and the tester can do");
  app.add_option(
      "--rate", o.rate,
      "rate of latency, back-to-back, recovery, reset and forwarding; default: the throughput, searched "
      "first; for congestion what an output carries; for caching how fast addresses are taught");
  app.add_option("--link", o.link, "the link's speed, for the theoretical rate, default 10Gbit");
  app.add_option("--loss-step", o.loss_step,
                 "step of the loss curve, as a share of the highest load, default 0.1");
  app.add_option("--repeats", o.repeats, "repeats of latency, back-to-back, recovery and reset, default 20")
      ->check(CLI::Range(1U, kMostRepeats));
  app.add_option("--addresses", o.addresses, "most addresses that caching tries, default 8192");
  app.add_option(
      "--ageing", o.ageing,
      "for caching and learning: time after which a device that is not built has forgotten an address, "
      "default 300s");
  app.add_option("--longest-burst", o.longest_burst,
                 "longest burst of back-to-back, as a time at the highest load, default 2s");
  app.add_option("--reset-command", o.reset_command, "shell command that resets the device");
  app.add_flag("--quick", o.quick,
               "three sizes, trials of 2s, 3 repeats and 3 searches: a first answer; the result says what it "
               "gives up");
  app.add_option("--seed", o.seed, "seed of addresses and ports, default 1");
  app.add_option("--cpu", o.cpu, "CPU of the sender; default the last isolated one, else the last");
  app.add_option("--out", o.out, "result folder; default results/device-<time of day>");
  app.add_flag("--resume", o.resume, "continue the run in --out, from its trials");
  app.add_flag("--json", o.json, "print result.json instead of the table");
  app.add_flag("--quiet", o.quiet, "no progress");
}

Result<DeviceConfig> to_device_config(const DeviceOptions& o) {
  DeviceConfig c;
  if (o.quick) make_quick(c);
  auto tests = read_tests(o.tests);
  if (!tests) return forward(tests);
  c.tests = std::move(*tests);
  const std::string usual = o.quick ? "quick" : "rfc2544";
  c.sizes = frame_sizes(o.size.empty() ? usual : o.size,
                        {.ipv6 = o.ipv6, .extension = o.extension, .outer = o.outer});
  if (!o.goals.empty()) c.goals = split(o.goals, ',');
  if (auto r = read_times(o, c); !r) return forward(r);
  if (o.width > 0) c.width = o.width;
  if (o.loss_step > 0) c.loss_step = o.loss_step;
  if (o.repeats > 0) c.repeats = o.repeats;
  if (o.searches > 0) c.searches = o.searches;
  c.ports = o.ports;
  c.dst_mac = o.dst_mac;
  c.dut = o.dut;
  c.backend = o.backend;
  c.topologies = o.topologies;
  c.routes = o.routes;
  c.profile = o.profile;
  c.ipv6 = o.ipv6;
  c.connections = o.connections;
  c.addresses = o.addresses;
  c.extension = o.extension;
  c.outer = o.outer;
  c.broadcast = o.broadcast;
  c.learning = o.learning;
  c.bidirectional = o.bidirectional;
  if (!o.modifiers.empty()) c.modifiers = split(o.modifiers, ',');
  c.reset_command = o.reset_command;
  c.cpu = o.cpu;
  c.seed = o.seed;
  c.out = o.out;
  c.resume = o.resume;
  c.json = o.json;
  c.quiet = o.quiet;
  if (c.resume && c.out.empty())
    return error(Exit::kUsage, "--resume goes on with a run in a folder", "give its --out");
  return c;
}

}  // namespace hopcost::campaign
