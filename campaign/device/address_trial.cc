#include "campaign/device/address_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <thread>

#include "base/control.h"
#include "base/look.h"
#include "base/programs.h"
#include "base/signals.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstMac = 0x026864000001;  // locally administered; the last three octets count up
constexpr const char* kNobody = "02:68:64:ff:ff:ff";
// How much longer than planned teaching may take: a factor, and seconds.
constexpr double kLearnLate = 1.1, kLearnLateS = 0.05;
constexpr auto kLook = std::chrono::milliseconds(10);
constexpr double kGraceS = 20;

std::string mac_text(std::uint64_t mac) {
  std::string text;
  for (int shift = 40; shift >= 0; shift -= 8)
    text += fmt::format("{}{:02x}", text.empty() ? "" : ":", mac >> shift & 0xff);
  return text;
}

std::string macs(std::uint64_t n) {
  return n == 1 ? mac_text(kFirstMac) : mac_text(kFirstMac) + ".." + mac_text(kFirstMac + n - 1);
}

Result<Child> start_pktgen(std::vector<std::string> more) {
  auto pktgen = find_program("pktgen");
  if (!pktgen) return forward(pktgen);
  std::vector<std::string> argv = {pktgen->string(), "--control-socket", "-", "--paused", "--quiet"};
  argv.insert(argv.end(), more.begin(), more.end());
  return Child::start(argv);
}

/// Sends `frames` frames at `fps`, and gives pktgen's report.
Result<json> send(Child& child, std::uint64_t frames, double fps) {
  const auto limit =
      Clock::now() + std::chrono::duration<double>(static_cast<double>(frames) / fps + kGraceS);
  auto started = child.call("start", {{"count", frames}, {"rate", fmt::format("{:.6f}", fps)}});
  if (!started) return forward(started);
  for (;;) {
    if (stop_requested()) return error(Exit::kPartial, "stopped in the middle of a trial");
    auto status = child.call("status", json::object());
    if (!status) return forward(status);
    if (get_string_or(*status, "state", "") == "idle") return child.call("result", json::object());
    if (Clock::now() > limit) return error(Exit::kFailure, "the generator does not end its trial");
    std::this_thread::sleep_for(kLook);
  }
}

/// Why teaching did not go as planned; empty when all frames were sent at the planned rate.
std::string not_taught(const json& report, const AddressPlan& plan) {
  const std::uint64_t sent = get_uint_or(report, "sent", 0);
  if (sent != plan.addresses) return fmt::format("{} of {} learning frames were sent", sent, plan.addresses);
  const double planned = static_cast<double>(plan.addresses) / plan.learn_fps;
  const double took = get_number_or(report, "elapsed_ns", 0) / 1e9;
  if (took <= planned * kLearnLate + kLearnLateS) return "";
  return fmt::format("the learning frames took {:.3f} s, and not {:.3f} s", took, planned);
}

}  // namespace

std::string AddressPlan::key() const {
  return fmt::format("{} {} {} {}", size, addresses, learn_fps, test_fps);
}

Result<TrialResult> address_trial(const OneWay& way, const AddressPlan& plan, const TesterSetup& setup) {
  const std::string cpu = std::to_string(setup.cpu);
  const auto start = [&](std::vector<std::string> options) {
    std::ranges::copy(consent(way), std::back_inserter(options));
    return start_pktgen(options);
  };
  auto teacher = start({"--port", teacher_port(way.to), "--profile",
                        fmt::format("eth(src={},dst={})/ipv4(src=198.19.1.2,dst=198.18.1.2)/udp size=64",
                                    macs(plan.addresses), kNobody),
                        "--rate", "100", "--cpu", cpu});
  if (!teacher) return forward(teacher);
  auto tester = start({"--port", way.from, "--rx-port", way.to, "--rx-port", way.monitor, "--profile",
                       fmt::format("eth(dst={})/ipv4(src=198.18.1.2,dst=198.19.1.2)/udp size={}",
                                   macs(plan.addresses), plan.size),
                       "--rate", "100", "--linger", fmt::format("{}ms", std::llround(setup.linger_s * 1000)),
                       "--cpu", cpu});
  if (!tester) return forward(tester);
  auto taught = send(*teacher, plan.addresses, plan.learn_fps);
  if (!taught) return forward(taught);
  std::this_thread::sleep_for(std::chrono::duration<double>(plan.settle_s));
  auto report = send(*tester, plan.addresses, plan.test_fps);
  if (!report) return forward(report);
  auto counters = tester->call("counters", json::object());
  if (!counters) return forward(counters);
  const json& ports = look(*counters, "rx_workers");
  const auto came = [&](std::size_t i) {
    return i < ports.size() ? get_uint_or(ports[i], "received", 0) : 0;
  };
  if (look(*report, "rx").is_object()) (*report)["rx"]["received"] = came(0);  // pktgen gives both ports' sum
  TrialResult r =
      judge({.size = plan.size, .fps = plan.test_fps, .burst = plan.addresses}, *report, PortDeltas{});
  r.flooded = came(1);
  if (const std::string why = not_taught(*taught, plan); !why.empty()) r.void_reason = why;
  return r;
}

}  // namespace hopcost::campaign
