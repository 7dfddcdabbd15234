#include "campaign/result/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string whole(const json& v) {
  return v.is_number() ? fmt::format("{:.0f}", v.get<double>()) : "-";
}
std::string signed_tenth(const json& v) {
  return v.is_number() ? fmt::format("{:+.1f}", v.get<double>()) : "-";
}
bool is_interval(const json& v) {
  return v.is_array() && v.size() == 2;
}
std::string span(const json& v) {
  return is_interval(v) ? fmt::format("[{}, {}]", signed_tenth(v[0]), signed_tenth(v[1])) : "-";
}
/// A share as percent.
std::string percent(const json& v) {
  return v.is_number() ? fmt::format("{:+.1f} %", 100 * v.get<double>()) : "-";
}
std::string percent_span(const json& v) {
  return is_interval(v)
             ? fmt::format("[{:+.1f}, {:+.1f}]", 100 * v[0].get<double>(), 100 * v[1].get<double>())
             : "";
}
std::string half_width(const json& v) {
  return is_interval(v) ? fmt::format("±{:.1f}", (v[1].get<double>() - v[0].get<double>()) / 2) : "-";
}
/// Events a packet are small numbers: keep two significant digits.
std::string rare(const json& v) {
  return v.is_number() ? fmt::format("{:.2g}", v.get<double>()) : "-";
}
std::string name_of(const json& mode) {
  return mode["name"].get<std::string>();
}

std::string cost_line(const json& m) {
  const json& e = m["end_to_end_ns"];
  const json& c = m["cost_vs_host_ns"];
  std::string line =
      fmt::format("{:<10} {:>6} {:>6} {:>7}", name_of(m), whole(e["p50"]), whole(e["p99"]), whole(e["p999"]));
  if (!c.is_object())
    return line + fmt::format("{:>61} {:>7}\n", "reference", m["lost"].get<std::uint64_t>());
  const json share =
      c["share_of_host"].is_object() ? c["share_of_host"] : json({{"estimate", nullptr}, {"ci95", nullptr}});
  line += fmt::format("  {:>8} {:<19} {:>8} {:<16} {:<9} {:>7}\n", signed_tenth(c["estimate"]),
                      span(c["ci95"]), percent(share["estimate"]), percent_span(share["ci95"]),
                      c["verdict"].get<std::string>(), m["lost"].get<std::uint64_t>());
  return line;
}

std::string more_line(const json& m) {
  const json& p = m["per_packet"];
  const json& c = m["cost_vs_host_ns"];
  const bool cost = c.is_object();
  return fmt::format("{:<10} {:>12} {:>12} {:>9} {:>8} {:>8} {:>8} {:>8}\n", name_of(m),
                     cost ? half_width(c["within_build_ci95"]) : "", cost ? whole(c["between_build_sd"]) : "",
                     m["end_to_end_ns"]["count"].get<std::uint64_t>(), whole(p["cycles"]),
                     whole(p["instructions"]), rare(p["context_switches"]), rare(p["page_faults"]));
}

/// Below zero when the later tap saw packets earlier than the one before it, as far as can be told.
std::string hop_time(const json& v) {
  return v.is_number() && v.get<double>() <= -0.5 ? "(" + whole(v) + ")" : whole(v);
}

std::string hop_line(const json& m) {
  std::string line = fmt::format("{:<10}", name_of(m));
  if (m["hops"].empty()) return line + " not measured\n";
  line += " " + m["hops"].front()["from"].get<std::string>();
  for (const json& h : m["hops"]) {
    const json& part = h["part"];
    line += fmt::format(" -{} {}{}-> {}", hop_time(h["p50_ns"]), half_width(h["ci95"]),
                        part.is_string() ? " " + part.get<std::string>() : "", h["to"].get<std::string>());
  }
  return line + "\n";
}

/// What each tap costs the packets behind it, and whether all at once cost what they cost one by one.
std::string tap_line(const json& m) {
  std::string line;
  for (const json& h : m["hops"]) {
    if (!h["tap_cost_ns"].is_object()) continue;
    line += fmt::format("{}{} {}", line.empty() ? fmt::format("{:<10} ", name_of(m)) : ", ",
                        h["to"].get<std::string>(), signed_tenth(h["tap_cost_ns"]["estimate"]));
  }
  const json& all = m["all_taps"];
  if (!line.empty() && all.is_object())
    line += fmt::format("; all at once {} {}, {} more than the sum", signed_tenth(all["excess_ns"]),
                        span(all["ci95"]), signed_tenth(all["unexplained_ns"]));
  return line.empty() ? line : line + "\n";
}

/// Which hops change the CPU, and by whom the backlog is served.
std::string cpu_lines(const json& level) {
  std::string across, text;
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
      across += fmt::format("{}{} {} -> {} {:.2g} %", across.empty() ? "" : ", ", name_of(m),
                            h["from"].get<std::string>(), h["to"].get<std::string>(), of_100);
    }
  }
  if (!known) return "cross-CPU: not known, the taps do not tell their CPU\n";
  text += across.empty() ? "cross-CPU: 0.0 % in every hop\n" : fmt::format("cross-CPU: {}\n", across);
  if (backlog && most == 0)
    text +=
        "backlog wait: each backlog is served on the sender's CPU before its system call returns; the wait "
        "is that CPU's\n"
        "other work\n";
  if (most > 0)
    text += fmt::format("backlog wait: up to {:.2g} % of the packets were served by another CPU\n", most);
  return text;
}

/// Each cost's expanded uncertainty and what it is made of, the largest first.
std::string uncertainty_lines(const json& level) {
  std::string text;
  for (const json& m : level["modes"]) {
    const json& c = m["cost_vs_host_ns"];
    if (!c.is_object() || !c["uncertainty"].is_object()) continue;
    std::vector<std::pair<double, std::string>> terms;
    std::string unknown;
    for (const json& t : c["uncertainty"]["terms"]) {
      const std::string name = t["term"].get<std::string>();
      if (t["ns"].is_number())
        terms.emplace_back(-t["ns"].get<double>(), name);
      else
        unknown += fmt::format("{}{}", unknown.empty() ? "; not known: " : ", ", name);
    }
    std::sort(terms.begin(), terms.end());
    std::string parts;
    for (const auto& [ns, name] : terms)
      parts += fmt::format("{}{} {:.1f}", parts.empty() ? "" : ", ", name, ns == 0 ? 0 : -ns);
    text += fmt::format("  {:<10} {:.1f} ns (k = {:.2f}): {}{}\n", name_of(m),
                        c["uncertainty"]["expanded_ns"].get<double>(),
                        c["uncertainty"]["coverage_factor"].get<double>(), parts, unknown);
  }
  return text.empty() ? "" : "uncertainty of each cost at 95 %, and its terms (standard):\n" + text;
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
  control("instance", "host#2, a second instance of host:");
  if (level["mde_ns"].is_number())
    text += fmt::format("smallest cost this run would have found in every mode: {:.1f} ns\n",
                        level["mde_ns"].get<double>());
  return text;
}

std::string diagnostics_line(const json& result) {
  const json& d = result["diagnostics"];
  std::string line = "the sender's CPU meanwhile (nothing was left out for it):";
  if (d["late_share"].is_number()) line += fmt::format(" {:.2g} % late", 100 * d["late_share"].get<double>());
  line += fmt::format(", stolen {:.0f} ms, squeezed {}", d["steal_ms"].get<double>(),
                      d["softnet_squeezed"].get<std::uint64_t>());
  if (d["work_ns_min"].is_number())
    line +=
        fmt::format(", a fixed piece of work {} to {} ns", whole(d["work_ns_min"]), whole(d["work_ns_max"]));
  return line + "\n";
}

std::string voids_line(const json& level) {
  std::string line;
  for (const json& m : level["modes"]) {
    if (m["void_slots"].get<int>() == 0 || !line.empty()) continue;  // a slot is every mode's
    line = fmt::format("void slots: {} of {}", m["void_slots"].get<int>(),
                       m["slots"].get<int>() + m["void_slots"].get<int>());
    for (const auto& [reason, n] : m["void_reasons"].items())
      line += fmt::format(" ({} {})", reason, n.get<int>());
  }
  return line.empty() ? line : line + "\n";
}

std::string level_text(const json& level) {
  const json& load = level["load"];
  std::string text = fmt::format("\n{} pps, {} bytes, bursts of {}, {} gaps; times in ns\n\n",
                                 load["rate_pps"].get<double>(), load["size"].get<int>(),
                                 load["burst"].get<int>(), load["gap"].get<std::string>());
  text += fmt::format("{:<10} {:>6} {:>6} {:>7}  {:>8} {:<19} {:>8} {:<16} {:<9} {:>7}\n", "mode", "p50",
                      "p99", "p99.9", "cost", "95 % interval", "of host", "95 % interval", "verdict", "lost");
  for (const json& m : level["modes"]) text += cost_line(m);
  text += "\n" + control_lines(level);
  text +=
      "\nwhere it goes (medians, half-widths of their 95 % intervals; each mode's hops add up to its p50)\n";
  for (const json& m : level["modes"]) text += hop_line(m);
  std::string taps;
  for (const json& m : level["modes"]) taps += tap_line(m);
  if (!taps.empty()) text += "what an open tap costs the packets behind it (in no figure above)\n" + taps;
  text += fmt::format("\n{:<10} {:>12} {:>12} {:>9} {:>8} {:>8} {:>8} {:>8}\n", "mode", "within build",
                      "SD of builds", "packets", "cycles", "instr", "ctxsw", "faults");
  for (const json& m : level["modes"]) text += more_line(m);
  return text + voids_line(level);
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
  text += "\n" + cpu_lines(result) + uncertainty_lines(result) + diagnostics_line(result);
  text += fmt::format("stamps: {}\n", result["stamp_regime"].get<std::string>());
  if (result["complete"] == json(false))
    text += fmt::format("PARTIAL: {}\n", result["partial_reason"].get<std::string>());
  if (result["verdict"]["fit"] == json(false)) text += "UNFIT for a claim:\n";
  for (const json& r : result["verdict"]["reasons"]) text += "  " + r.get<std::string>() + "\n";
  for (const json& n : result["verdict"]["next"]) text += "  undecided, " + n.get<std::string>() + "\n";
  return text;
}

}  // namespace hopcost::campaign
