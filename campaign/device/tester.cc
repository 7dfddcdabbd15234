#include "campaign/device/tester.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <thread>

#include "base/clock.h"
#include "base/control.h"
#include "base/look.h"
#include "base/programs.h"
#include "base/signals.h"
#include "campaign/device/shell.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(20);
/// How far ahead the ways' begin is set: at first so much for each, since pktgen looks for requests every 4
/// ms; more where one heard too late, up to kMostAheadNs.
constexpr std::uint64_t kAheadNs = 15'000'000, kMostAheadNs = 2'000'000'000;
constexpr double kTogetherS = 0.0001;  // ways that begin farther apart than this have not all heard in time
/// How long a trial may last beyond its plan, since a device may hold frames back and a machine may be busy.
/// A generator that takes longer hangs.
constexpr double kGraceS = 20;
constexpr int kLearningFrames = 3, kRampSteps = 10;
constexpr const char* kOneSource = "198.18.1.2";
constexpr const char* kOneDestination = "198.19.64.1";  // in the first network
constexpr const char* kXdpBurst = "64";                 // a call to the kernel costs tens of microseconds

/// What is sent on a way, as a pktgen profile.
std::string profile_on(const OneWay& way, const TesterSetup& setup) {
  if (!setup.profile.empty()) return setup.profile;
  std::string profile;
  for (Frames flow : way.flows) {
    flow.size = setup.size;
    profile += (profile.empty() ? "" : "; ") + profile_of(flow, way.way);
  }
  return profile;
}

/// The pktgen command that sends ARP requests to the device from the port where frames come out (RFC 2544
/// appendix C.2.4.1). A bridge learns by it where the port's MAC is, a router learns its neighbour.
std::vector<std::string> teacher_command(const std::string& pktgen, const OneWay& way) {
  const bool forth = way.way == Way::kForth;
  std::vector<std::string> argv = {
      pktgen,
      "--control-socket",
      "-",
      "--paused",
      "--quiet",
      "--port",
      teacher_port(way.to),
      "--profile",
      fmt::format("eth(dst=ff:ff:ff:ff:ff:ff)/arp(sender_ip=198.{0}.1.2,target_ip=198.{0}.1.1) size=64",
                  forth ? 19 : 18),
      "--rate",
      "100"};
  std::ranges::copy(consent(way), std::back_inserter(argv));
  return argv;
}

/// The port's spec with the option that a lost carrier does not end a run; unchanged where no carrier is
/// watched.
std::string bearing(const std::string& spec, const TesterSetup& setup) {
  const std::string backend = spec.substr(0, spec.find(':'));
  const bool watched = backend == "af_packet" || backend == "af_xdp" || backend == "dpdk";
  if (!setup.any_carrier || !watched) return spec;
  return spec + (backend == "dpdk" && spec.find('@') == std::string::npos ? "@" : "") + ",carrier=any";
}

/// The command line of a way's pktgen. `cpu`: -1 for any.
std::vector<std::string> command_line(const std::string& pktgen, const OneWay& way, const TesterSetup& setup,
                                      int cpu) {
  std::vector<std::string> argv = {pktgen,
                                   "--control-socket",
                                   "-",
                                   "--paused",
                                   "--quiet",
                                   "--port",
                                   bearing(way.from, setup),
                                   "--rx-port",
                                   bearing(way.to, setup),
                                   "--rate",
                                   "100",
                                   "--duration",
                                   "100ms",
                                   "--seed",
                                   std::to_string(setup.seed),
                                   "--linger",
                                   fmt::format("{}ms", std::llround(setup.linger_s * 1000))};
  const auto add = [&](const char* option, const std::string& value) {
    argv.insert(argv.end(), {option, value});
  };
  if (!way.dst_mac.empty()) add("--dst-mac", way.dst_mac);
  std::ranges::copy(consent(way), std::back_inserter(argv));
  if (way.one_frame) {
    add("--size", setup.size);
    add("--src-ip", kOneSource);
    add("--dst-ip", kOneDestination);
    add("--burst", kXdpBurst);
  } else {
    add("--profile", profile_on(way, setup));
  }
  for (const std::string& port : way.also_to) add("--rx-port", bearing(port, setup));
  if (cpu >= 0) add("--cpu", std::to_string(cpu));
  return argv;
}

json start_request(const TrialPlan& plan) {
  const auto ns = [](double s) { return fmt::format("{}ns", std::llround(s * 1e9)); };
  json request = json::object();
  if (plan.fps == 0) {
    request["rate"] = "max";
  } else if (plan.then_s > 0) {
    request["rate"] =
        fmt::format("{:.6f}/{},{:.6f}/{}", plan.fps, ns(plan.duration_s), plan.then_fps, ns(plan.then_s));
  } else {
    request["rate"] = fmt::format("{:.6f}", plan.fps);
  }
  if (plan.burst > 0) {
    request["count"] = plan.burst;
  } else if (plan.fps == 0 || plan.then_s > 0) {
    request["duration"] = ns(plan.seconds());
  } else {
    request["count"] = plan.frames();
    request["duration"] = ns(plan.longest_seconds());
  }
  return request;
}

Clock::time_point after(Clock::time_point begin, double s) {
  return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

void sleep_until(Clock::time_point t) {
  while (Clock::now() < t && !stop_requested())
    std::this_thread::sleep_for(std::min<Clock::duration>(t - Clock::now(), std::chrono::milliseconds(100)));
}

/// The counters of a way's ports at one moment.
struct Snapshot {
  DeviceCounters::Reading tester_out, device_in, device_out, tester_in, monitor;
};

Snapshot snapshot(const OneWay& w) {
  const auto read = [](const std::optional<DeviceCounters>& c) {
    return c ? c->read() : DeviceCounters::Reading{};
  };
  return {read(w.tester_out), read(w.device_in), read(w.device_out), read(w.tester_in), read(w.monitor_in)};
}

PortDeltas deltas(const OneWay& w, const Snapshot& before, const Snapshot& after) {
  const auto less = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
  PortDeltas d;
  if (w.device_in) d.device_in = less(after.device_in.received, before.device_in.received);
  if (w.device_out) d.device_out = less(after.device_out.packets, before.device_out.packets);
  if (w.tester_in) d.tester_in = less(after.tester_in.received, before.tester_in.received);
  if (w.tester_out) d.answers = less(after.tester_out.received, before.tester_out.received);
  if (w.monitor_in) d.flooded = less(after.monitor.received, before.monitor.received);
  return d;
}

}  // namespace

std::vector<std::string> consent(const OneWay& way) {
  return way.built_end.empty() ? std::vector<std::string>()
                               : std::vector<std::string>{"--i-mean-it", way.built_end};
}

std::string teacher_port(const std::string& spec) {
  const std::string xdp = "af_xdp:", dpdk = "dpdk:net_af_xdp,iface=";
  if (spec.starts_with(xdp)) return "af_packet:" + spec.substr(xdp.size(), spec.find(',') - xdp.size());
  if (spec.starts_with(dpdk)) return "af_packet:" + spec.substr(dpdk.size());
  return spec;
}

Result<Tester> Tester::open(const std::vector<OneWay>& ways, const TesterSetup& setup) {
  auto pktgen = find_program("pktgen");
  if (!pktgen) return forward(pktgen);
  Tester tester(ways, setup);
  tester.ahead_ns_ = kAheadNs * ways.size();
  for (const OneWay& way : ways) {
    // Only the first child gets this CPU: two would have to share it.
    const int cpu = tester.children_.empty() ? setup.cpu : -1;
    auto child = Child::start(command_line(pktgen->string(), way, setup, cpu));
    if (!child) return forward(child);
    tester.children_.push_back(std::move(*child));
    if (setup.learning_s <= 0) continue;
    auto teacher = Child::start(teacher_command(pktgen->string(), way));
    if (!teacher) return forward(teacher);
    tester.teachers_.push_back(std::move(*teacher));
  }
  if (!setup.managed) return tester;
  auto manager = Manager::open(*setup.managed);
  if (!manager) return forward(manager);
  tester.manager_ = std::move(*manager);
  return tester;
}

Result<void> Tester::teach() {
  for (Child& teacher : teachers_) {
    if (auto sent = teacher.call("start", {{"count", kLearningFrames}}); !sent) return forward(sent);
  }
  if (!teachers_.empty()) std::this_thread::sleep_for(std::chrono::duration<double>(learning_s_));
  return {};
}

/// Starts all generators, and gives the time at which they begin. Several begin at the same time, far enough
/// ahead for each to have heard of it.
Result<Clock::time_point> Tester::start(json request) {
  const bool together = children_.size() > 1;
  const auto begin = Clock::now() + std::chrono::nanoseconds(together ? ahead_ns_ : 0);
  if (together) request["at_ns"] = kernel_clock_ns(CLOCK_REALTIME) + ahead_ns_;
  for (Child& child : children_) {
    if (auto started = child.call("start", request); !started) return forward(started);
  }
  return begin;
}

/// Sends the frames that count nowhere: in ten steps up to the stream's rate, then no more until the last
/// came or the linger is over. A burst has no rate to climb to.
Result<void> Tester::climb(const TrialPlan& plan) {
  if (ramp_s_ <= 0 || plan.fps <= 0 || plan.burst > 0) return {};
  const auto step_ns = std::llround(ramp_s_ * 1e9 / kRampSteps);
  std::string steps;
  for (int i = 1; i <= kRampSteps; ++i)
    steps += fmt::format("{}{:.6f}/{}ns", i > 1 ? "," : "", plan.fps * i / kRampSteps, step_ns);
  const std::string all = fmt::format("{}ns", step_ns * kRampSteps);
  auto begun = start({{"rate", steps}, {"duration", all}});
  if (!begun) return forward(begun);
  return wait_until_idle(after(*begun, ramp_s_ + linger_s_ + kGraceS));
}

Result<void> Tester::wait_until_idle(Clock::time_point limit) {
  for (Child& child : children_) {
    for (;;) {
      if (stop_requested()) return error(Exit::kPartial, "stopped in the middle of a trial");
      auto status = child.call("status", json::object());
      if (!status) return forward(status);
      if (get_string_or(*status, "state", "") == "idle") break;
      if (Clock::now() > limit) return error(Exit::kFailure, "the generator does not end its trial");
      std::this_thread::sleep_for(kLook);
    }
  }
  return {};
}

/// Sleeps while frames fly, runs the plan's command half-way, if there is one, and waits until the generators
/// are idle.
Result<void> Tester::wait(const TrialPlan& plan, Clock::time_point begun) {
  const auto limit = after(begun, plan.seconds() + linger_s_ + kGraceS);
  if (!plan.command.empty()) {
    sleep_until(after(begun, plan.seconds() / 2));
    if (auto ok = run_shell_until(plan.command, limit); !ok) return ok;
  }
  sleep_until(after(begun, plan.seconds()));
  return wait_until_idle(limit);
}

Result<TrialResult> Tester::run(const TrialPlan& plan) {
  if (auto taught = teach(); !taught) return forward(taught);
  if (auto climbed = climb(plan); !climbed) return forward(climbed);
  std::vector<Snapshot> before;
  for (const OneWay& way : *ways_) before.push_back(snapshot(way));
  auto begun = start(start_request(plan));
  if (!begun) return forward(begun);
  sleep_until(*begun);
  if (manager_) manager_->begin(plan.seconds());
  if (auto waited = wait(plan, *begun); !waited) return forward(waited);
  const Queries queries = manager_ ? manager_->end() : Queries{};
  // Where ways share outputs, each calls the others' frames foreign, in one trial or, as latecomers, the
  // next. So no foreign frames are counted there.
  const bool shared = std::ranges::any_of(*ways_, [](const OneWay& w) { return !w.also_to.empty(); });
  std::vector<TrialResult> results;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    auto report = children_[i].call("result", json::object());
    if (!report) return forward(report);
    PortDeltas counted = deltas((*ways_)[i], before[i], snapshot((*ways_)[i]));
    if (ways_->size() > 1) counted.answers.reset();  // they would be the other way's frames
    if (i == 0) counted.queries = queries;
    if (i > 0) counted.not_the_streams = queries.answered;  // answers arrive where the way back ends
    if (shared) counted.not_the_streams = get_uint_or(look(*report, "rx"), "foreign", 0);
    results.push_back(judge(plan, *report, counted));
  }
  TrialResult all = together(plan, results);
  if (const double apart_s = all.apart_s(); apart_s > kTogetherS)
    ahead_ns_ = std::min(kMostAheadNs, 2 * (ahead_ns_ + static_cast<std::uint64_t>(apart_s * 1e9)));
  return all;
}

}  // namespace hopcost::campaign
