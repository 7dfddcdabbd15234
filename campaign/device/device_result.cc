#include "campaign/device/device_result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "campaign/device/look.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// The figure that a test is about, in words.
std::string headline(const json& t) {
  const std::string test = look_text(look(t, "test"));
  if (test == "throughput")
    return fmt::format("{:.1f} fps, {:.2f} % of the link's {:.0f}", look_number(look(t, "throughput_fps")),
                       100 * look_number(look(t, "share_of_theoretical")),
                       look_number(look(t, "theoretical_fps")));
  if (test == "latency") {
    const json& l = look(t, "latency_ns");
    return fmt::format("median {:.1f} us, 99.9 % {:.1f} us at {:.1f} fps",
                       look_number(look(look(l, "median"), "median")) / 1e3,
                       look_number(look(look(l, "p99_9"), "median")) / 1e3, look_number(look(t, "rate_fps")));
  }
  if (test == "loss") {
    std::vector<std::string> points;
    for (const json& p : look(t, "loss_curve"))
      points.push_back(fmt::format("{:.0f} %: {:.3f}", 100 * look_number(look(p, "share")),
                                   look_number(look(p, "loss_percent"))));
    return fmt::format("lost % at share of {:.0f} fps: {}", look_number(look(t, "highest_load_fps")),
                       fmt::join(points, ", "));
  }
  if (test == "back-to-back")
    return fmt::format("{:.1f} frames, buffer {:.3f} ms",
                       look_number(look(look(t, "back_to_back_frames"), "mean")),
                       1e3 * look_number(look(t, "corrected_buffer_s")));
  if (test == "recovery") return fmt::format("{:.3f} ms", 1e3 * look_number(look(t, "recovery_s")));
  if (test == "congestion")
    return fmt::format("congested output lost {:.3f} %, the other one {:.3f} %{}{}",
                       look_number(look(t, "congested_loss_percent")),
                       look_number(look(t, "uncongested_loss_percent")),
                       look(t, "head_of_line_blocking") == true ? ", head-of-line blocking" : "",
                       look(t, "back_pressure") == true ? ", back pressure" : "");
  const json& r = look(t, "reset_s");
  return fmt::format("{:.1f} ms by frames lost, {:.1f} ms by stamps",
                     1e3 * look_number(look(look(r, "frame_loss"), "mean")),
                     1e3 * look_number(look(look(r, "timestamp"), "mean")));
}

/// "latency_ns.median.mean" and its like, of every number below.
void flatten(const json& value, const std::string& name, const std::string& head, std::string& into) {
  if (value.is_number()) {
    into += fmt::format("{},{},{}\n", head, name, value.dump());
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
          {"bidirectional", c.bidirectional},
          {"sizes", c.sizes},
          {"goals", c.goals},
          {"trial_s", c.trial_s},
          {"initial_s", c.initial_s},
          {"linger_s", c.linger_s},
          {"pause_s", c.pause_s},
          {"width", c.width},
          {"max_fps", c.max_fps},
          {"rate_fps", c.rate_fps},
          {"link_bps", c.link_bps},
          {"loss_step", c.loss_step},
          {"repeats", c.repeats},
          {"longest_burst_s", c.longest_burst_s},
          {"reset_command", c.reset_command},
          {"quick", c.quick},
          {"seed", c.seed}};
}

std::vector<std::string> given_up(const DeviceConfig& c) {
  std::vector<std::string> words;
  const auto asks = [&](const char* test) { return std::ranges::find(c.tests, test) != c.tests.end(); };
  if (c.trial_s < 60)
    words.push_back(fmt::format(
        "trials of {} s, where RFC 2544 asks for 60 s: a buffer is a larger share of a short trial, "
        "so that the zero-loss rate comes out too high by its frames a trial's length",
        c.trial_s));
  if (asks("latency") && c.trial_s < 120) words.push_back("latency over less than RFC 2544's 120 s");
  if (asks("latency") && c.repeats < 20)
    words.push_back(fmt::format("{} latency runs in place of 20", c.repeats));
  if (asks("back-to-back") && c.repeats < 50)
    words.push_back(
        fmt::format("{} burst searches in place of RFC 2544's 50 (RFC 9004 has them reported)", c.repeats));
  if (c.linger_s < 2) words.push_back(fmt::format("{} s for stragglers in place of 2 s", c.linger_s));
  if (c.pause_s < 5) words.push_back(fmt::format("{} s between trials in place of 5 s", c.pause_s));
  if (c.sizes.size() < 5) words.push_back("fewer frame sizes than the five RFC 2544 asks for");
  return words;
}

std::string device_table(const json& result) {
  std::string text;
  for (const json& t : look(result, "tests")) {
    text +=
        fmt::format("{:<13}{:>6}  {}\n", look_text(look(t, "test")), look_text(look(t, "size")), headline(t));
    if (const std::string why = look_text(look(t, "irregular")); !why.empty())
      text += fmt::format("{:<21}irregular: {}\n", "", why);
    for (const json& remark : look(t, "remarks")) text += fmt::format("{:<21}{}\n", "", look_text(remark));
  }
  for (const json& less : look(result, "given_up")) text += "gives up: " + look_text(less) + "\n";
  return text;
}

std::string device_csv(const json& result) {
  std::string text = "test,size,figure,value\n";
  for (const json& t : look(result, "tests")) {
    const std::string head = look_text(look(t, "test")) + "," + look_text(look(t, "size"));
    json figures = t;
    figures.erase("size");
    flatten(figures, "", head, text);
  }
  return text;
}

}  // namespace hopcost::campaign
