#include "campaign/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string whole(const json& v) {
  return v.is_number() ? fmt::format("{:.0f}", v.get<double>()) : "-";
}
std::string tenth(const json& v) {
  return v.is_number() ? fmt::format("{:.1f}", v.get<double>()) : "-";
}
std::string signed_tenth(const json& v) {
  return v.is_number() ? fmt::format("{:+.1f}", v.get<double>()) : "-";
}
std::string span(const json& v) {
  return v.is_array() && v.size() == 2 ? fmt::format("[{}, {}]", signed_tenth(v[0]), signed_tenth(v[1]))
                                       : "-";
}
/// Events a packet are small numbers: keep two significant digits.
std::string rare(const json& v) {
  return v.is_number() ? fmt::format("{:.2g}", v.get<double>()) : "-";
}

std::string mode_line(const json& m) {
  const json& e = m["end_to_end_ns"];
  const json& c = m["cost_vs_host_ns"];
  const json& p = m["per_packet"];
  const bool has_cost = c.is_object();
  return fmt::format("{:<10} {:>6} {:>6} {:>7}  {:>8} {:<18} {:<9} {:>5} {:>7} {:>6} {:>7} {:>6}\n",
                     m["name"].get<std::string>(), whole(e["p50"]), whole(e["p99"]), whole(e["p999"]),
                     has_cost ? signed_tenth(c["estimate"]) : "", has_cost ? span(c["ci95"]) : "",
                     has_cost ? c["verdict"].get<std::string>() : "reference", m["lost"].get<std::uint64_t>(),
                     whole(p["cycles"]), whole(p["instructions"]), rare(p["context_switches"]),
                     rare(p["page_faults"]));
}

/// Below zero when the taps are taken to cost more than there is.
std::string hop_mean(const json& v) {
  return v.is_number() && v.get<double>() <= -0.5 ? "(" + whole(v) + ")" : whole(v);
}

std::string hop_line(const json& m) {
  std::string line = fmt::format("{:<10}", m["name"].get<std::string>());
  if (m["hops"].empty()) return line + " not measured\n";
  line += " " + m["hops"].front()["from"].get<std::string>();
  for (const json& h : m["hops"]) {
    const json part = h.value("part", json());
    line += fmt::format(" -{}{}-> {}", hop_mean(h["mean_ns"]),
                        part.is_string() ? " " + part.get<std::string>() : "", h["to"].get<std::string>());
  }
  const json& c = m["closure"];
  if (c.is_object())
    line += fmt::format("   unexplained {} {}", signed_tenth(c["unexplained_ns"]), span(c["ci95"]));
  return line + "\n";
}

/// Which hops change the CPU, and by whom the backlog is served.
std::string cpu_lines(const json& result) {
  std::string across, text;
  bool known = false, backlog = false;
  double most = 0;
  for (const json& m : result["modes"]) {
    for (const json& h : m["hops"]) {
      const json& share = h["cpu"]["cross_share"];
      if (!share.is_number()) continue;
      known = true;
      const double percent = 100 * share.get<double>();
      if (h["part"].is_string()) {
        backlog = true;
        most = std::max(most, percent);
      }
      if (percent == 0) continue;
      across +=
          fmt::format("{}{} {} -> {} {:.2g} %", across.empty() ? "" : ", ", m["name"].get<std::string>(),
                      h["from"].get<std::string>(), h["to"].get<std::string>(), percent);
    }
  }
  if (!known) return "cross-CPU: not known, the taps do not tell their CPU\n";
  text += across.empty() ? "cross-CPU: 0.0 % in every hop\n" : fmt::format("cross-CPU: {}\n", across);
  if (backlog && most == 0)
    text +=
        "backlog wait: each backlog is served on the sender's CPU before its system call returns; the wait "
        "is "
        "that CPU's other work\n";
  if (most > 0)
    text += fmt::format("backlog wait: up to {:.2g} % of the packets were served by another CPU\n", most);
  return text;
}

/// Each cost's expanded uncertainty and what it is made of, the largest first.
std::string uncertainty_lines(const json& result) {
  std::string text;
  for (const json& m : result["modes"]) {
    const json& c = m["cost_vs_host_ns"];
    if (!c.is_object() || !c["uncertainty"].is_object()) continue;
    std::vector<std::pair<double, std::string>> terms;
    std::string unknown;
    for (const json& t : c["uncertainty"]["terms"]) {
      const std::string name = t["term"].get<std::string>();
      if (t["ns"].is_number()) {
        terms.emplace_back(-t["ns"].get<double>(), name);
      } else {
        unknown += fmt::format("{}{}", unknown.empty() ? "; not known: " : ", ", name);
      }
    }
    std::sort(terms.begin(), terms.end());
    std::string parts;
    for (const auto& [ns, name] : terms)
      parts += fmt::format("{}{} {:.1f}", parts.empty() ? "" : ", ", name, ns == 0 ? 0 : -ns);
    text += fmt::format("  {:<10} {:.1f} ns: {}{}\n", m["name"].get<std::string>(),
                        c["uncertainty"]["expanded_k2_ns"].get<double>(), parts, unknown);
  }
  return text.empty() ? "" : "uncertainty of each cost (k = 2) and its terms (standard):\n" + text;
}

std::string slots_line(const json& result) {
  std::string line;
  for (const json& m : result["modes"]) {
    if (m["void_slots"].get<int>() == 0) continue;
    line += fmt::format("{}{} {}/{}", line.empty() ? "void slots: " : ", ", m["name"].get<std::string>(),
                        m["void_slots"].get<int>(), m["slots"].get<int>() + m["void_slots"].get<int>());
    for (const auto& [reason, n] : m["void_reasons"].items())
      line += fmt::format(" ({} {})", reason, n.get<int>());
  }
  return line.empty() ? "void slots: none\n" : line + "\n";
}

std::string noise_lines(const json& result) {
  std::string text;
  const auto control = [&](const char* key, const char* what) {
    const json& c = result[key];
    if (!c.is_object()) return;
    text += fmt::format("{}: {} {} {} ns{}\n", what, c["mode"].get<std::string>(),
                        signed_tenth(c["estimate_ns"]), span(c["ci95"]),
                        c["holds_zero"] == json(true)    ? ", holds 0"
                        : c["holds_zero"] == json(false) ? ", does not hold 0"
                                                         : "");
  };
  control("aa", "A/A, against itself");
  control("rebuild", "against a second build");
  if (result["aa"].is_object())
    text += fmt::format("smallest cost this run would have found: {} ns\n", tenth(result["mde_ns"]));
  const json& tap = result["tap_cost_ns"];
  const auto cost = [](const json& t) { return t.is_object() ? tenth(t["estimate"]) : std::string("-"); };
  text +=
      fmt::format("one tap costs a packet {} ns (receive side), {} ns (transmit side); taken off the hops\n",
                  cost(tap["in"]), cost(tap["out"]));
  return text;
}

}  // namespace

std::string render_table(const json& result) {
  const json& load = result["load"];
  const json& campaign = result["campaign"];
  std::string text = fmt::format(
      "\n{} pps, {} bytes, {}, taps {}, {}; {} blocks in {:.0f} s; times in ns\n\n",
      load["rate_pps"].get<double>(), load["size"].get<int>(), campaign["backend"].get<std::string>(),
      campaign.value("tap_kind", "af_packet"), campaign["steering"].get<std::string>(),
      campaign["blocks"].get<int>(), result["elapsed_s"].get<double>());
  text += fmt::format("{:<10} {:>6} {:>6} {:>7}  {:>8} {:<18} {:<9} {:>5} {:>7} {:>6} {:>7} {:>6}\n", "mode",
                      "p50", "p99", "p99.9", "cost", "95 % interval", "verdict", "lost", "cycles", "instr",
                      "ctxsw", "faults");
  for (const json& m : result["modes"]) text += mode_line(m);
  text += "\nwhere it goes (means of each hop)\n";
  for (const json& m : result["modes"]) text += hop_line(m);
  text += "\n" + noise_lines(result) + slots_line(result);
  text += cpu_lines(result) + uncertainty_lines(result);
  text += fmt::format("stamps: {}\n", result["stamp_regime"].get<std::string>());
  if (result["complete"] == json(false))
    text += fmt::format("PARTIAL: {}\n", result["partial_reason"].get<std::string>());
  if (result["verdict"]["fit"] == json(false)) text += "UNFIT for a claim:\n";
  for (const json& r : result["verdict"]["reasons"]) text += "  " + r.get<std::string>() + "\n";
  return text;
}

}  // namespace hopcost::campaign
