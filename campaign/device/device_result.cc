#include "campaign/device/device_result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/look.h"
#include "base/text.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// The test's name with its modifier: "throughput", "throughput with 25-filters".
std::string test_with_modifier(const json& t) {
  const std::string test = look_text(look(t, "test")), modifier = look_text(look(t, "modifier"));
  return modifier.empty() || modifier == "none" ? test : test + " with " + modifier;
}

/// The number times `times`; "none" if it is no number.
std::string shown(const json& value, double times, int digits) {
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>() * times, digits) : "none";
}

std::string management_line(const json& t) {
  const json& m = look(t, "management");
  return fmt::format("{} management queries ({}), {} answered\n", shown(look(m, "asked"), 1, 0),
                     look_text(look(m, "query")), shown(look(m, "answered"), 1, 0));
}

/// The interval as " [98000.0, 102000.0]"; empty where there is none.
std::string throughput_interval(const json& t) {
  const json& i = look(t, "throughput_interval_fps");
  return i.is_array() && i.size() == 2 ? fmt::format(" [{}, {}]", shown(i[0], 1, 1), shown(i[1], 1, 1)) : "";
}

std::string loss_line(const json& t) {
  std::vector<std::string> points;
  for (const json& p : look(t, "loss_curve"))
    points.push_back(
        fmt::format("{} %: {}", shown(look(p, "share"), 100, 0), shown(look(p, "loss_percent"), 1, 3)));
  return fmt::format("lost % at share of {} fps: {}", shown(look(t, "highest_load_fps"), 1, 0),
                     points.empty() ? "none" : fmt::format("{}", fmt::join(points, ", ")));
}

std::string latency_line(const json& t) {
  const json& l = look(t, "latency_ns");
  const json& direction = look(t, "direction");
  return fmt::format("median {} us, 99.9 % {} us at {} fps{}",
                     shown(look(look(l, "median"), "median"), 1e-3, 1),
                     shown(look(look(l, "p99_9"), "median"), 1e-3, 1), shown(look(t, "rate_fps"), 1, 1),
                     direction.is_string() ? ", " + look_text(direction) : "");
}

/// The test's main figure, in words.
std::string headline(const json& t) {
  const std::string test = look_text(look(t, "test"));
  if (test == "throughput")
    return fmt::format("{} fps{}, {} % of the link's {}", shown(look(t, "throughput_fps"), 1, 1),
                       throughput_interval(t), shown(look(t, "share_of_theoretical"), 100, 2),
                       shown(look(t, "theoretical_fps"), 1, 0));
  if (test == "latency") return latency_line(t);
  if (test == "loss") return loss_line(t);
  if (test == "back-to-back")
    return fmt::format("{} frames, buffer {} ms", shown(look(look(t, "back_to_back_frames"), "mean"), 1, 1),
                       shown(look(t, "corrected_buffer_s"), 1e3, 3));
  if (test == "forwarding")
    return fmt::format("{} fps at {} fps, the highest load; at most {} fps at {} fps",
                       shown(look(t, "forwarding_at_most_load_fps"), 1, 1),
                       shown(look(t, "highest_load_fps"), 1, 1), shown(look(t, "most_forwarded_fps"), 1, 1),
                       shown(look(t, "most_forwarded_load_fps"), 1, 1));
  if (test == "caching") return shown(look(t, "addresses"), 1, 0) + " addresses";
  if (test == "learning")
    return fmt::format("{} addresses a second, {} of them", shown(look(t, "learning_fps"), 1, 0),
                       shown(look(t, "addresses"), 1, 0));
  if (test == "recovery") return shown(look(t, "recovery_s"), 1e3, 3) + " ms";
  if (test == "congestion")
    return fmt::format("congested output lost {} %, the other one {} %{}{}",
                       shown(look(t, "congested_loss_percent"), 1, 3),
                       shown(look(t, "uncongested_loss_percent"), 1, 3),
                       look(t, "head_of_line_blocking") == true ? ", head-of-line blocking" : "",
                       look(t, "back_pressure") == true ? ", back pressure" : "");
  const json& r = look(t, "reset_s");
  return fmt::format("{} ms by frames lost, {} ms by stamps",
                     shown(look(look(r, "frame_loss"), "mean"), 1e3, 1),
                     shown(look(look(r, "timestamp"), "mean"), 1e3, 1));
}

/// Adds a line for every number and truth value in `value`, named "latency_ns.median.mean" for example, and
/// for the reason why a result is irregular.
void flatten(const json& value, const std::string& name, const std::string& head, std::string& into) {
  if (value.is_number() || value.is_boolean()) {
    into += fmt::format("{},{},{}\n", head, name, value.dump());
  } else if (value.is_string() && name.ends_with("irregular") && value != "") {
    into += fmt::format("{},{},{}\n", head, name, csv_text(look_text(value)));
  } else if (value.is_object() || value.is_array()) {
    std::size_t n = 0;
    for (const auto& [key, member] : value.items()) {
      const std::string part = value.is_array() ? std::to_string(n++) : key;
      flatten(member, name.empty() ? part : name + "." + part, head, into);
    }
  }
}

}  // namespace

json config_json(const DeviceConfig& c) {
  return {{"tests", c.tests},
          {"ports", c.ports},
          {"dst_mac", c.dst_mac},
          {"dut", c.dut},
          {"backend", c.backend},
          {"routes", c.routes},
          {"profile", c.profile},
          {"ipv6", c.ipv6},
          {"connections", c.connections},
          {"extension", c.extension},
          {"outer", c.outer},
          {"broadcast", c.broadcast},
          {"learning", c.learning},
          {"modifiers", c.modifiers},
          {"bidirectional", c.bidirectional},
          {"sizes", c.sizes},
          {"goals", c.goals},
          {"trial_s", c.trial_s},
          {"initial_s", c.initial_s},
          {"linger_s", c.linger_s},
          {"pause_s", c.pause_s},
          {"ramp_s", c.ramp_s},
          {"searches", c.searches},
          {"width", c.width},
          {"max_fps", c.max_fps},
          {"rate_fps", c.rate_fps},
          {"link_bps", c.link_bps},
          {"loss_step", c.loss_step},
          {"repeats", c.repeats},
          {"longest_burst_s", c.longest_burst_s},
          {"addresses", c.addresses},
          {"ageing_s", c.ageing_s},
          {"reset_command", c.reset_command},
          {"quick", c.quick},
          {"seed", c.seed}};
}

std::vector<std::string> given_up(const DeviceConfig& c) {
  std::vector<std::string> words;
  const auto asks = [&](const char* test) { return std::ranges::find(c.tests, test) != c.tests.end(); };
  if (c.trial_s < 60)
    words.push_back(fmt::format(
        "trials of {} s, where RFC 2544 asks for 60 s: a buffer holds a larger share of a short trial's "
        "frames, so that the zero-loss rate comes out too high by its frames divided by the trial's length",
        c.trial_s));
  if (asks("latency") && c.trial_s < 120) words.push_back("latency over less than RFC 2544's 120 s");
  if (asks("latency") && c.repeats < 20)
    words.push_back(fmt::format("{} latency runs in place of 20", c.repeats));
  if (asks("back-to-back") && c.repeats < 50)
    words.push_back(
        fmt::format("{} burst searches in place of RFC 2544's 50 (RFC 9004 has them reported)", c.repeats));
  if (c.linger_s < 2) words.push_back(fmt::format("{} s for stragglers in place of 2 s", c.linger_s));
  if (c.pause_s < 5) words.push_back(fmt::format("{} s between trials in place of 5 s", c.pause_s));
  if (c.sends_by_xdp())
    words.push_back("RFC 4814's addresses and ports: xdp sends one fixed frame, in bursts of 64");
  if (!c.profile.empty())
    words.push_back("RFC 2544's frames and RFC 4814's addresses: --profile has its own");
  if (c.sizes.size() < 5) words.push_back("fewer frame sizes than the five RFC 2544 asks for");
  return words;
}

json compliance(const DeviceConfig& c) {
  const bool asks_latency = std::ranges::find(c.tests, "latency") != c.tests.end();
  if (asks_latency && c.repeats < 20)
    return {
        {"rfc2544",
         fmt::format("RFC 2544 section 5: not compliant, since section 26.2 has latency repeated at least 20 "
                     "times, and here it was {}",
                     c.repeats)}};
  return {{"rfc2544",
           given_up(c).empty()
               ? "RFC 2544 section 5: conditionally compliant; whether all that it recommends was done "
                 "depends on the tests that were asked for"
               : "RFC 2544 section 5: conditionally compliant; of what it recommends, what was given up is "
                 "named"}};
}

std::string device_table(const json& result) {
  std::string text;
  std::size_t first = 13;
  for (const json& t : look(result, "tests")) first = std::max(first, test_with_modifier(t).size() + 1);
  for (const json& t : look(result, "tests")) {
    text += fmt::format("{:<{}}{:>6}  {}\n", test_with_modifier(t), first, look_text(look(t, "size")),
                        headline(t));
    if (const std::string why = look_text(look(t, "irregular")); !why.empty())
      text += fmt::format("{:<{}}irregular: {}\n", "", first + 8, why);
    for (const json& remark : look(t, "remarks"))
      text += fmt::format("{:<{}}{}\n", "", first + 8, look_text(remark));
    if (look(t, "management").is_object()) text += fmt::format("{:<{}}{}", "", first + 8, management_line(t));
  }
  for (const json& less : look(result, "given_up")) text += "gives up: " + look_text(less) + "\n";
  if (const std::string words = look_text(look(look(result, "compliance"), "rfc2544")); !words.empty())
    text += words + "\n";
  return text;
}

std::string device_csv(const json& result) {
  std::string text = "test,size,figure,value\n";
  for (const json& t : look(result, "tests")) {
    const std::string head = test_with_modifier(t) + "," + look_text(look(t, "size"));
    json figures = t;
    figures.erase("size");
    flatten(figures, "", head, text);
  }
  return text;
}

}  // namespace hopcost::campaign
