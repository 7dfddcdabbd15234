#include "campaign/result/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "campaign/report/intervals.h"
#include "campaign/report/load_words.h"
#include "campaign/result/filled.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string whole(const json& v) {
  return v.is_number() ? fmt::format("{:.0f}", v.get<double>()) : "-";
}
std::string signed_tenth(const json& v) {
  return v.is_number() ? fmt::format("{:+.1f}", v.get<double>()) : "-";
}
std::string span(const json& v) {
  return is_interval(v) ? fmt::format("[{}, {}]", signed_tenth(v[0]), signed_tenth(v[1])) : "-";
}
/// A share as a percentage.
std::string percent(const json& v) {
  return v.is_number() ? fmt::format("{:+.1f} %", 100 * v.get<double>()) : "-";
}
std::string percent_span(const json& v) {
  return is_interval(v)
             ? fmt::format("[{:+.1f}, {:+.1f}]", 100 * v[0].get<double>(), 100 * v[1].get<double>())
             : "-";
}
std::string half_width(const json& v) {
  return is_interval(v) ? fmt::format("±{:.1f}", (v[1].get<double>() - v[0].get<double>()) / 2) : "-";
}
/// Events per packet, which are small numbers: two significant digits.
std::string rare(const json& v) {
  return v.is_number() ? fmt::format("{:.2g}", v.get<double>()) : "-";
}
std::string name_of(const json& mode) {
  return mode["name"].get<std::string>();
}

/// Least width of the column of names; the longest name can widen it.
constexpr std::size_t kNarrowestName = 10;

std::size_t name_width(const json& level) {
  std::size_t width = kNarrowestName;
  for (const json& m : level["modes"]) width = std::max(width, name_of(m).size());
  return width;
}

std::string cost_line(const json& m, std::size_t width) {
  const json& e = m["end_to_end_ns"];
  const json& c = m["cost_vs_host_ns"];
  std::string line = fmt::format("{:<{}} {:>6} {:>6} {:>7}", name_of(m), width, whole(e["p50"]),
                                 whole(e["p99"]), whole(e["p999"]));
  if (!c.is_object())
    return line + fmt::format("{:>66} {:>7}\n", "reference", m["lost"].get<std::uint64_t>());
  const json share =
      c["share_of_host"].is_object() ? c["share_of_host"] : json({{"estimate", nullptr}, {"ci95", nullptr}});
  line += fmt::format("  {:>8} {:<19} {:>8} {:<16} {:<9} {:>7}\n", signed_tenth(c["estimate"]),
                      span(c["ci95"]), percent(share["estimate"]), percent_span(share["ci95"]),
                      c["verdict"].get<std::string>(), m["lost"].get<std::uint64_t>());
  return line;
}

std::string more_line(const json& m, std::size_t width) {
  const json& p = m["per_packet"];
  const json& c = m["cost_vs_host_ns"];
  const bool cost = c.is_object();
  return fmt::format("{:<{}} {:>12} {:>12} {:>9} {:>8} {:>8} {:>8} {:>8}\n", name_of(m), width,
                     cost ? half_width(c["within_build_ci95"]) : "", cost ? whole(c["between_build_sd"]) : "",
                     m["end_to_end_ns"]["count"].get<std::uint64_t>(), whole(p["cycles"]),
                     whole(p["instructions"]), rare(p["context_switches"]), rare(p["page_faults"]));
}

/// A hop's time; in brackets when it is below zero, because the later tap seemed to see packets earlier.
std::string hop_time(const json& v) {
  return v.is_number() && v.get<double>() <= -0.5 ? "(" + whole(v) + ")" : whole(v);
}

std::string hop_line(const json& m, std::size_t width) {
  std::string line = fmt::format("{:<{}}", name_of(m), width);
  if (m["hops"].empty()) return line + " not measured\n";
  line += " " + m["hops"].front()["from"].get<std::string>();
  std::vector<std::string> hops;
  for (const json& h : m["hops"]) {
    std::string hop = " -" + hop_time(h["p50_ns"]);
    if (is_interval(h["ci95"])) hop += " " + half_width(h["ci95"]);
    if (h["part"].is_string()) hop += " " + h["part"].get<std::string>();
    hops.push_back(hop + "-> " + h["to"].get<std::string>());
  }
  return fill(line, hops, width + 1);
}

/// What each open tap costs the packets that pass it, and whether all taps together cost as much as they do
/// one by one.
std::string tap_line(const json& m, std::size_t width) {
  std::vector<std::string> taps;
  for (const json& h : m["hops"]) {
    if (h["tap_cost_ns"].is_object())
      taps.push_back(h["to"].get<std::string>() + " " + signed_tenth(h["tap_cost_ns"]["estimate"]));
  }
  if (taps.empty()) return "";
  const json& all = m["all_taps"];
  taps = listed(std::move(taps));
  if (all.is_object()) {
    taps.back() += "; all at once " + signed_tenth(all["excess_ns"]);
    if (is_interval(all["ci95"])) taps.back() += " " + half_width(all["ci95"]);
    if (all["shared_ns"].is_number()) {
      taps.back() += ",";
      taps.push_back(" shared " + signed_tenth(all["shared_ns"]));
      if (is_interval(all["shared_ci95"])) taps.back() += " " + half_width(all["shared_ci95"]);
    }
  }
  return fill(fmt::format("{:<{}}", name_of(m), width), taps, width + 1);
}

/// In which hops packets change the CPU, and which CPU serves the backlog.
std::string cpu_lines(const json& level) {
  std::vector<std::string> across;
  bool known = false, backlog = false;
  double most = 0;
  for (const json& m : level["modes"]) {
    for (const json& h : m["hops"]) {
      const json& share = h["cpu"]["cross_share"];
      if (!share.is_number()) continue;
      known = true;
      const double of_100 = 100 * share.get<double>();
      if (h["part"].is_string()) {
        backlog = true;
        most = std::max(most, of_100);
      }
      if (of_100 == 0) continue;
      across.push_back(fmt::format("{} {} -> {} {:.2g} %", name_of(m), h["from"].get<std::string>(),
                                   h["to"].get<std::string>(), of_100));
    }
  }
  if (!known) return "cross-CPU: not known, the taps do not tell their CPU\n";
  std::string text =
      across.empty() ? "cross-CPU: 0.0 % in every hop\n" : fill("cross-CPU:", listed(std::move(across)), 11);
  if (backlog && most == 0)
    text +=
        "backlog wait: each backlog is served on the sender's CPU before its system call returns;\n"
        "              the wait is that CPU's other work\n";
  if (most > 0)
    text += fmt::format("backlog wait: up to {:.2g} % of the packets were served by another CPU\n", most);
  return text;
}

/// A cost's expanded uncertainty and its terms, the largest first. Terms that round to 0.0 are left out.
std::string uncertainty_line(const std::string& name, std::size_t width, const json& budget) {
  std::vector<std::pair<double, std::string>> terms;
  std::vector<std::string> unknown;
  for (const json& t : budget["terms"]) {
    const std::string term = t["term"].get<std::string>();
    if (!t["ns"].is_number())
      unknown.push_back(term);
    else if (const double ns = t["ns"].get<double>(); ns >= 0.05)
      terms.emplace_back(-ns, fmt::format("{} {:.1f}", term, ns));
  }
  std::ranges::sort(terms);
  std::vector<std::string> parts;
  for (auto& [ns, text] : terms) parts.push_back(std::move(text));
  parts = listed(std::move(parts));
  if (!unknown.empty() && !parts.empty()) parts.back() += ";";
  std::ranges::move(listed(std::move(unknown), " not known: "), std::back_inserter(parts));
  return fill(fmt::format("  {:<{}} {:.1f} ns (k = {:.2f}):", name, width,
                          budget["expanded_ns"].get<double>(), budget["coverage_factor"].get<double>()),
              parts, 13);
}

std::string uncertainty_lines(const json& level) {
  std::string text;
  for (const json& m : level["modes"]) {
    const json& c = m["cost_vs_host_ns"];
    if (c.is_object() && c["uncertainty"].is_object())
      text += uncertainty_line(name_of(m), name_width(level), c["uncertainty"]);
  }
  return text.empty() ? "" : "uncertainty of each cost at 95 %, and its terms (standard):\n" + text;
}

/// The controls' latency at the undisturbed speed, and the costs as the run went.
std::string speed_lines(const json& level) {
  const json& speed = level["speed"];
  std::vector<std::string> costs;
  for (const json& m : level["modes"]) {
    const json& c = m["cost_vs_host_ns"];
    if (c.is_object() && c["typical"].is_object())
      costs.push_back(fmt::format("{} {}", name_of(m), signed_tenth(c["typical"]["estimate"])));
  }
  if (!speed["undisturbed_ns"].is_number() || costs.empty()) return "";
  return fill(
      fmt::format("costs are those of the undisturbed CPU (the controls take {}); as the run went ({}):",
                  whole(speed["undisturbed_ns"]), whole(speed["typical_ns"])),
      listed(std::move(costs)), 4);
}

/// What one hop of a chain costs, and whether the costs lie on a straight line.
std::string chain_lines(const json& level) {
  std::string text;
  for (const json& c : level["chains"]) {
    if (!c["slope"]["estimate_ns"].is_number()) continue;
    std::vector<std::string> words = {
        fmt::format(" {} {} ns", signed_tenth(c["slope"]["estimate_ns"]), span(c["slope"]["ci95"]))};
    if (c["p_straight"].is_number()) {
      const double p = c["p_straight"].get<double>();
      words.push_back(
          fmt::format("; {} (p = {:.2g}):", p < 0.05 ? "no straight line" : "a straight line", p));
      for (const json& m : c["modes"])
        words.push_back(fmt::format(" {} {} off it{}", m["mode"].get<std::string>(),
                                    signed_tenth(m["residual"]["estimate_ns"]),
                                    &m == &c["modes"].back() ? "" : ","));
    }
    text += fill(fmt::format("one more hop of {}:", c["of"].get<std::string>()), words, 4);
  }
  return text;
}

std::string control_lines(const json& level) {
  std::string text;
  const auto control = [&](const char* key, const char* what) {
    const json& c = level[key];
    if (!c.is_object()) return;
    text += fmt::format("{:<35} {:>6} {} ns, within a build {}{}\n", what, signed_tenth(c["estimate_ns"]),
                        span(c["ci95"]), half_width(c["within_build_ci95"]),
                        c["holds_zero"] == json(true)    ? ", holds 0"
                        : c["holds_zero"] == json(false) ? ", does not hold 0"
                                                         : "");
  };
  control("aa", "=host, the same instance once more:");
  control("instance", "host#2, host by other instances:");
  if (level["mde_ns"].is_number())
    text += fmt::format("smallest cost this run would have found in every mode: {:.1f} ns\n",
                        level["mde_ns"].get<double>());
  return text;
}

std::string diagnostics_line(const json& result) {
  const json& d = result["diagnostics"];
  std::vector<std::string> parts;
  if (d["late_share"].is_number())
    parts.push_back(fmt::format("{:.2g} % late", 100 * d["late_share"].get<double>()));
  parts.push_back(fmt::format("stolen {:.0f} ms", d["steal_ms"].get<double>()));
  parts.push_back(fmt::format("squeezed {}", d["softnet_squeezed"].get<std::uint64_t>()));
  if (d["work_ns_min"].is_number())
    parts.push_back(
        fmt::format("a fixed piece of work {} to {} ns", whole(d["work_ns_min"]), whole(d["work_ns_max"])));
  return fill("the sender's CPU (voids nothing):", listed(std::move(parts)), 4);
}

std::string voids_line(const json& level) {
  std::string line;
  for (const json& m : level["modes"]) {
    if (m["void_slots"].get<int>() == 0 || !line.empty()) continue;  // all modes share the slots
    line = fmt::format("void slots: {} of {}", m["void_slots"].get<int>(),
                       m["slots"].get<int>() + m["void_slots"].get<int>());
    for (const auto& [reason, n] : m["void_reasons"].items())
      line += fmt::format(" ({} {})", reason, n.get<int>());
  }
  return line.empty() ? line : line + "\n";
}

/// Says whether the kernel or a program switches, and whether a virtual machine's CPU is emulated: both are
/// part of what is measured.
std::string decided_here_lines(const json& campaign) {
  std::string text;
  for (const json& s : campaign["switches"])
    text += sentence(s["mode"].get<std::string>() + ":",
                     fmt::format(" {} is Open vSwitch's, by {}", s["device"].get<std::string>(),
                                 s["datapath"] == "kernel"
                                     ? "the kernel's datapath"
                                     : "its userspace datapath: packets wait for a thread of ovs-vswitchd"),
                     4);
  for (const json& m : campaign.value("machines", json::array()))  // results of older versions have none
    text +=
        sentence(m["mode"].get<std::string>() + ":",
                 m["accelerator"] == "tcg"
                     ? " the virtual machine is EMULATED IN SOFTWARE (TCG): the figure is the emulator's "
                       "speed, not a machine's; it is that of the way to the guest and back"
                     : " the virtual machine runs by KVM; its time is that of the way to the guest and back",
                 4);
  return text;
}

/// The lowest and the highest of the containers' medians: "3250 to 3301".
std::string lowest_and_highest(const json& containers) {
  std::vector<double> medians;
  for (const json& c : containers["each"]) {
    if (c["p50_ns"].is_number()) medians.push_back(c["p50_ns"].get<double>());
  }
  if (medians.empty()) return "-";
  const auto [low, high] = std::ranges::minmax(medians);
  return fmt::format("{:.0f} to {:.0f}", low, high);
}

std::string fairness_text(const json& fairness) {
  if (!fairness.is_object()) return "-";
  std::string text = fmt::format("{:.4f}", fairness["estimate"].get<double>());
  const json& ci = fairness["ci95"];
  if (is_interval(ci)) text += fmt::format(" [{:.4f}, {:.4f}]", ci[0].get<double>(), ci[1].get<double>());
  return text;
}

/// How evenly containers are served. Host's packets all go to one end, but are sorted by container as the
/// others' are.
std::string container_lines(const json& level, std::size_t width) {
  std::string text;
  for (const json& m : level["modes"]) {
    const json c = m.value("containers", json());
    if (!c.is_object()) continue;
    text +=
        fmt::format("{:<{}} {:<26} {:<26} {}\n", name_of(m), width, fairness_text(c["fairness"]["latency"]),
                    fairness_text(c["fairness"]["delivery"]), lowest_and_highest(c));
  }
  if (text.empty()) return text;
  return fmt::format("\n{:<{}} {:<26} {:<26} {}\n", "containers", width, "fairness of latency", "of delivery",
                     "medians, lowest to highest") +
         text;
}

std::string level_text(const json& level) {
  const json& load = level["load"];
  const std::size_t width = name_width(level);
  std::string text =
      fmt::format("\n{} pps, {} bytes, bursts of {}, {} gaps{}; times in ns\n\n",
                  load["rate_pps"].get<double>(), load["size"].get<int>(), load["burst"].get<int>(),
                  load["gap"].get<std::string>(), containers_words(load));
  text +=
      fmt::format("{:<{}} {:>6} {:>6} {:>7}  {:>8} {:<19} {:>8} {:<16} {:<9} {:>7}\n", "mode", width, "p50",
                  "p99", "p99.9", "cost", "95 % interval", "of host", "95 % interval", "verdict", "lost");
  for (const json& m : level["modes"]) text += cost_line(m, width);
  text += speed_lines(level) + chain_lines(level) + container_lines(level, width);
  text += "\n" + control_lines(level);
  text +=
      "\nwhere it goes (medians, half-widths of their 95 % intervals; each mode's hops add up to its p50)\n";
  for (const json& m : level["modes"]) text += hop_line(m, width);
  std::string taps;
  for (const json& m : level["modes"]) taps += tap_line(m, width);
  if (!taps.empty()) text += "what an open tap costs the packets behind it (in no figure above)\n" + taps;
  text += fmt::format("\n{:<{}} {:>12} {:>12} {:>9} {:>8} {:>8} {:>8} {:>8}\n", "mode", width, "within build",
                      "SD of builds", "packets", "cycles", "instr", "ctxsw", "faults");
  for (const json& m : level["modes"]) text += more_line(m, width);
  return text + voids_line(level);
}

std::string two_clocks_lines(const json& clocks) {
  std::string text =
      sentence("times since sending are unknown:",
               " tester and device have a clock each. Costs and hops on the device need no more.", 4);
  const json& one_way = clocks["one_way"];
  if (one_way.is_object()) {
    const std::string by = one_way["by"].get<std::string>();
    text += sentence("one way, within bounds:",
                     fmt::format(" host takes {:.2f} to {:.2f} us from the tester to its end, as {}.",
                                 one_way["from_ns"].get<double>() / 1e3, one_way["to_ns"].get<double>() / 1e3,
                                 by == "stated"         ? "--clock-bound says"
                                 : by == "synchronised" ? "both clocks' synchronisation says"
                                                        : "messages between the hosts bound it"),
                     4);
  }
  if (clocks["drift_ppm"].is_number())
    text += fmt::format("the device's clock runs {:+.2f} ppm against the tester's\n",
                        clocks["drift_ppm"].get<double>());
  return text;
}

}  // namespace

std::string render_table(const json& result) {
  const json& campaign = result["campaign"];
  std::string text =
      fmt::format("\n{}, taps {}, {}; {} builds in {:.0f} s\n", campaign["backend"].get<std::string>(),
                  campaign["tap_kind"].get<std::string>(), campaign["steering"].get<std::string>(),
                  campaign["builds"].get<int>(), result["elapsed_s"].get<double>());
  text += level_text(result);
  for (const json& level : result["further_levels"]) text += level_text(level);
  text += "\n" + decided_here_lines(campaign) + cpu_lines(result) + uncertainty_lines(result) +
          diagnostics_line(result);
  if (result["clocks"]["one_clock"] == json(false)) text += two_clocks_lines(result["clocks"]);
  if (campaign.value("wire", json()) == json("macvlan"))
    text += sentence("wire:",
                     " frames came from the interface to the modes by a macvlan and a bridge, not by BPF. "
                     "They did in host too.",
                     4);
  text += fmt::format("stamps: {}\n", result["stamp_regime"].get<std::string>());
  if (result["complete"] == json(false))
    text += sentence("PARTIAL: ", result["partial_reason"].get<std::string>(), 9);
  if (result["verdict"]["fit"] == json(false)) text += "UNFIT for a claim:\n";
  for (const json& r : result["verdict"]["reasons"]) text += sentence("  ", r.get<std::string>(), 4);
  for (const json& n : result["verdict"]["next"]) text += sentence("  undecided, ", n.get<std::string>(), 4);
  return text;
}

}  // namespace hopcost::campaign
