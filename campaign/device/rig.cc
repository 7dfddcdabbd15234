#include "campaign/device/rig.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/signals.h"
#include "campaign/device/filters.h"

namespace hopcost::campaign {
namespace {

constexpr int kTries = 3;
constexpr double kFlatOutS = 0.5, kQuickFlatOutS = 0.3;
constexpr double kLearningS = 2, kQuickLearningS = 0.05;
constexpr auto kDaemonsReady = std::chrono::seconds(15);
constexpr double kWarmUpFps = 200, kWarmUpS = 0.5, kQuickWarmUpS = 0.2, kWarmUpFrames = 2;

void sleep_s(double s) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(s);
  while (std::chrono::steady_clock::now() < end && !stop_requested())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

/// A trial in words.
std::string asked(const TrialPlan& p, const TrialResult&) {
  return fmt::format("{}: {}", p.size,
                     p.burst > 0 ? fmt::format("burst of {}", p.burst)
                                 : fmt::format("{:.1f} fps for {:g} s", p.fps, p.seconds()));
}

std::string asked(const AddressPlan& p, const TrialResult& t) {
  return fmt::format("{} addresses at {:.0f} fps, {} flooded", p.addresses, p.learn_fps, t.flooded);
}

/// The backend of a port spec ("af_packet"); empty for one for which no bare wire can be built.
std::string wire_backend(const std::string& spec) {
  const std::string backend = spec.substr(0, spec.find(':'));
  return backend == "af_packet" || backend == "af_xdp" ? backend : "";
}

}  // namespace

Result<std::unique_ptr<Rig>> Rig::open(const DeviceConfig& config, TrialLog log,
                                       std::function<void(const TrialNews&)> tell) {
  std::unique_ptr<Rig> rig(new Rig(config, std::move(log), std::move(tell)));
  rig->modifier_ = config.modifiers.front();
  auto ways = config.dut.empty() ? named_ports(config) : built_device(config, filters_of(rig->modifier_));
  if (!ways) return forward(ways);
  rig->device_ = std::move(*ways);
  rig->watches_floods_ = !rig->device_.ways.front().monitor.empty();
  return rig;
}

TesterSetup Rig::setup() const {
  return {.size = size_,
          .profile = config_.profile,
          .cpu = config_.cpu,
          .seed = config_.seed,
          .linger_s = config_.linger_s,
          .ramp_s = config_.ramp_s,
          .learning_s = 0};
}

Result<Tester*> Rig::tester() {
  if (!tester_) {
    TesterSetup with = setup();
    if (config_.learning || device_.learns) with.learning_s = config_.quick ? kQuickLearningS : kLearningS;
    if (modifier_ == "management") with.managed = device_.managed;
    with.any_carrier = any_carrier_;
    auto opened = Tester::open(device_.ways, with);
    if (!opened) return forward(opened);
    tester_.emplace(std::move(*opened));
  }
  return &*tester_;
}

Result<SizeFacts> Rig::set_size(const std::string& size) {
  auto bytes = mean_bytes(size, frames_asked(config_));
  if (!bytes) return forward(bytes);
  size_ = size;
  tester_.reset();
  SizeFacts facts{.size = size, .bytes = *bytes};
  facts.theoretical_fps = theoretical_fps(config_.link_bps, *bytes);
  auto passes = warm_up();
  if (!passes) return forward(passes);
  facts.passes = *passes;
  if (!facts.passes) return facts;
  if (auto ok = measure_tester(facts); !ok) return forward(ok);
  facts.max_fps = config_.max_fps;
  if (facts.max_fps == 0) facts.max_fps = std::min(facts.theoretical_fps, facts.tester_fps.value_or(0));
  return facts;
}

std::string Rig::destinations() const {
  if (!config_.profile.empty()) return "where the profile's frames go";
  if (config_.ipv6) return "2001:2:0:8001::/64";
  return config_.routes > kRoutesOf18 ? "198.19.64.0/18 and 198.19.128.0/17" : "198.19.64.0/18";
}

TrialPlan Rig::warm_up_plan() const {
  const double fps = config_.max_fps > 0 ? std::min(kWarmUpFps, config_.max_fps) : kWarmUpFps;
  return {.size = size_,
          .fps = fps,
          .duration_s = std::max(config_.quick ? kQuickWarmUpS : kWarmUpS, kWarmUpFrames / fps)};
}

/// Waits for the device's daemons, until a trial loses nothing, at most for kDaemonsReady. Later trials say
/// what they lose.
Result<void> Rig::wait_for_daemons(Tester& with) {
  const auto give_up = std::chrono::steady_clock::now() + kDaemonsReady;
  while (!ready_ && !device_.daemons.empty()) {
    if (stop_requested()) return error(Exit::kPartial, "stopped");
    if (auto alive = device_.daemons.check(); !alive) return alive;
    auto t = with.run(warm_up_plan());
    if (!t) return forward(t);
    ready_ = (t->sent > 0 && t->received == t->sent) || std::chrono::steady_clock::now() > give_up;
  }
  return {};
}

double Rig::bytes_of(const std::string& size) const {
  return mean_bytes(size, frames_asked(config_)).value_or(0);
}

/// Whether the largest size that came through so far still does.
Result<bool> Rig::smaller_passes() {
  const std::string asked = std::exchange(size_, passing_size_);
  tester_.reset();
  auto t = once("warm-up again", warm_up_plan());
  size_ = asked;
  tester_.reset();
  if (!t) return forward(t);
  return t->received > 0;
}

/// Sends a little: then caches are warm and neighbours known, and no search wastes an hour on a device that
/// lets nothing through. Gives false where nothing of this size comes through, and a smaller size still does.
/// Errors: nothing comes through.
Result<bool> Rig::warm_up() {
  auto t = once("warm-up", warm_up_plan());
  if (!t) return forward(t);
  driver_ = t->driver;
  if (t->received > 0) {
    if (passing_size_.empty() || bytes_of(size_) > bytes_of(passing_size_)) passing_size_ = size_;
    return true;
  }
  // A device does not carry what is too large for it. Whatever else lets nothing through is no result.
  const bool larger = !passing_size_.empty() && bytes_of(size_) > bytes_of(passing_size_);
  if (larger && t->void_reason.empty()) {
    auto still = smaller_passes();
    if (!still) return still;
    if (*still) return false;
  }
  const auto& way = device_.ways.front();
  return error(Exit::kFailure,
               fmt::format("nothing comes through: {} frames of {} bytes went in at {}, none came out at {}",
                           t->sent, size_, way.from, way.to),
               t->void_reason.empty()
                   ? fmt::format("does the device forward to {}? is --dst-mac its MAC?", destinations())
                   : t->void_reason);
}

/// The next trial of this name from the log; when there is none, makes one and adds it.
template <class Make>
Result<TrialResult> Rig::logged(const std::string& name, Make&& make) {
  if (auto held = log_.take(name)) return *held;
  auto t = make();
  if (!t) return t;
  if (auto ok = log_.add(name, *t); !ok) return forward(ok);
  return t;
}

Result<TrialResult> Rig::flat_out(const std::string& test, const Ways& ways) {
  const TrialPlan plan{.size = size_, .fps = 0, .duration_s = config_.quick ? kQuickFlatOutS : kFlatOutS};
  return logged(test + " " + plan.key(), [&]() -> Result<TrialResult> {
    auto alone = Tester::open(ways.ways, setup());
    if (!alone) return forward(alone);
    return alone->run(plan);
  });
}

/// Measures what the tester alone can do: over a bare wire of the same kind, if one can be built; else by
/// sending flat out into the device, where only what is sent counts. That is not done when the user has
/// limited what the device may get.
Result<void> Rig::measure_tester(SizeFacts& facts) {
  const std::string backend = config_.dut.empty() ? wire_backend(device_.ways.front().from) : config_.backend;
  // With several inputs a wire would show what one generator can do.
  const bool virtual_port = !config_.has_several_inputs() && (!config_.dut.empty() || driver_ == "veth");
  if (!virtual_port || backend.empty() || !config_.profile.empty()) {
    if (config_.max_fps > 0) {
      facts.tester_from = "not measured: --max-rate holds for whatever is sent into the device";
      return {};
    }
    tester_.reset();  // only one tester at a time can have the ports
    facts.tester_from = "flat out into the device";
    return measure_flat_out(facts, device_);
  }
  if (!wire_) {
    auto wire = bare_wire(backend, config_);
    if (!wire) return forward(wire);
    wire_.emplace(std::move(*wire));
  }
  facts.tester_from = "port to port";
  return measure_flat_out(facts, *wire_);
}

Result<void> Rig::measure_flat_out(SizeFacts& facts, const Ways& ways) {
  auto t = flat_out("tester alone", ways);
  if (!t) return forward(t);
  if (t->elapsed_s <= 0) return error(Exit::kFailure, "the tester alone sent nothing", t->void_reason);
  const std::uint64_t through = &ways == &device_ ? t->sent : std::min(t->sent, t->received);
  facts.tester_fps = static_cast<double>(through) / t->elapsed_s / static_cast<double>(ways.ways.size());
  return {};
}

Result<TrialResult> Rig::run_stream(const TrialPlan& plan) {
  if (taught_) {  // the switch's table holds other addresses than the frames'
    if (auto ok = forget(); !ok) return forward(ok);
  }
  if (const bool resets = !plan.command.empty(); resets != any_carrier_) {
    any_carrier_ = resets;  // a device that resets may take its links down
    tester_.reset();
  }
  auto with = tester();
  if (!with) return forward(with);
  if (auto ok = wait_for_daemons(**with); !ok) return forward(ok);
  sleep_s(config_.pause_s);
  auto t = (*with)->run(plan);
  if (t) return t;
  tester_.reset();  // its generators may be in the middle of the stream, so later trials get new ones
  if (stop_requested()) return error(Exit::kPartial, "stopped in the middle of a trial");
  if (t.error().code == Exit::kPartial)
    t.error().code = Exit::kFailure;  // it was the generator that
                                      // stopped, not we
  return forward(t);
}

/// The test's name with its modifier, for people and for the log of trials.
std::string Rig::with_modifier(const std::string& test) const {
  return modifier_ == "none" ? test : test + " with " + modifier_;
}

Result<TrialResult> Rig::once(const std::string& test, const TrialPlan& plan) {
  spent_s_ += plan.seconds() + config_.pause_s + (plan.burst == 0 ? config_.ramp_s : 0);
  return logged(with_modifier(test) + " " + plan.key(), [&] { return run_stream(plan); });
}

template <class Plan>
Result<TrialResult> Rig::one_that_counts(const std::string& test, const Plan& plan) {
  for (int i = 1;; ++i) {
    if (stop_requested()) return error(Exit::kPartial, "stopped");
    auto t = once(test, plan);
    if (!t) return t;
    queries_.add(t->queries);
    if (tell_) tell_({with_modifier(test), asked(plan, *t), *t, spent_s_});
    if (t->void_reason.empty() || i == kTries) return t;
  }
}

Result<TrialResult> Rig::trial(const std::string& test, const TrialPlan& plan) {
  return one_that_counts(test, plan);
}

Result<void> Rig::set_modifier(const std::string& modifier) {
  if (modifier == modifier_) return {};
  const bool others = filters_of(modifier) != filters_of(modifier_);
  modifier_ = modifier;
  tester_.reset();
  if (!others) return {};
  if (auto anew = build_anew(); !anew) return anew;
  auto warm = warm_up();  // as the device of the other modifiers was warmed up
  if (!warm) return forward(warm);
  if (*warm) return {};
  return error(Exit::kFailure, fmt::format("nothing of {} bytes comes through with {}", size_, modifier));
}

nlohmann::json Rig::say_modifier() {
  nlohmann::json j = {{"modifier", modifier_}};
  if (filters_of(modifier_) > 0) j["filters"] = device_.filters;
  if (modifier_ == "management")
    j["management"] = {{"query", "ICMP echo"}, {"asked", queries_.asked}, {"answered", queries_.answered}};
  queries_ = {};
  return j;
}

Result<void> Rig::build_anew() {
  tester_.reset();
  ready_ = false;
  device_.ways.clear();
  device_.daemons = {};
  device_.build.reset();  // before the site, which it uses
  device_.site.reset();
  auto anew = built_device(config_, filters_of(modifier_));
  if (!anew) return forward(anew);
  device_ = std::move(*anew);
  return {};
}

/// Makes the switch forget all addresses. If that fails, the next trial tries again.
Result<void> Rig::forget() {
  tester_.reset();
  taught_ = true;
  if (config_.dut.empty()) {
    sleep_s(config_.ageing_s);
  } else if (auto anew = build_anew(); !anew) {
    return anew;
  }
  taught_ = false;
  return {};
}

Result<TrialResult> Rig::once(const std::string& test, const AddressPlan& plan) {
  spent_s_ += plan.seconds();
  return logged(with_modifier(test) + " " + plan.key(), [&]() -> Result<TrialResult> {
    if (auto ok = forget(); !ok) return forward(ok);
    taught_ = true;
    return address_trial(device_.ways.front(), plan, setup());
  });
}

Result<TrialResult> Rig::addresses(const std::string& test, const AddressPlan& plan) {
  return one_that_counts(test, plan);
}

}  // namespace hopcost::campaign
