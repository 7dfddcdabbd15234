#include "analyzer/output/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace hopcost::analyzer {

namespace {

constexpr const char* kSender = "sent";

std::string latency_table(const std::vector<LatencyRow>& rows, std::string_view what) {
  std::string out = fmt::format("{:<26}{:>10}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}\n", "hop", what, "p50",
                                "p90", "p99", "p99.9", "max", "cross-CPU");
  for (const auto& row : rows) {
    out += fmt::format("{:<26}", row.from + " > " + row.to);
    if (!row.invalid.empty()) {
      out += "  no figure: stale stamps\n";
      continue;
    }
    out += fmt::format("{:>10}", row.latency->count());
    for (const double q : {0.5, 0.9, 0.99, 0.999, 1.0})
      out += fmt::format("{:>11}", quantile_text(*row.latency, q));
    out += fmt::format("{:>11}\n", cross_text(row));
  }
  return out;
}

std::string count_table(const Summary& s) {
  const bool ambiguous = std::ranges::any_of(s.taps, [](const auto& t) { return t.tally->ambiguous != 0; });
  const auto in_column = [&](const auto& value) { return ambiguous ? fmt::format("{:>11}", value) : ""; };
  std::string out = fmt::format("\n{:<26}{:>10}{:>9}{:>9}{:>9}{}{:>11}  {}\n", "tap", "seen", "lost", "dup",
                                "reorder", in_column("ambiguous"), "ring drops", "stamps by");
  for (const auto& t : s.taps) {
    out += fmt::format("{:<26}{:>10}{:>9}{:>9}{:>9}{}{:>11}  {}\n", t.name, t.tally->seen, t.lost,
                       t.tally->duplicates, t.tally->reordered, in_column(t.tally->ambiguous), t.ring_drops,
                       t.regime);
  }
  if (ambiguous) out += "ambiguous: over 65536 numbers behind the newest; late or a copy, not known\n";
  return out;
}

/// The table of counts for matched packets. They have no sequence, so a copy or a late packet can't be known.
std::string matched_table(const Summary& s) {
  std::string out = fmt::format("\n{:<26}{:>10}{:>11}{:>9}{:>11}  {}\n", "tap", "seen", "ambiguous", "lost",
                                "ring drops", "stamps by");
  for (const auto& t : s.taps) {
    out += fmt::format("{:<26}{:>10}{:>11}{:>9}{:>11}  {}\n", t.name, t.tally->seen, t.tally->ambiguous,
                       t.lost, t.ring_drops, t.regime);
  }
  return out;
}

/// The flows with the most packets, with each hop's mean.
std::string flow_table(const Summary& s) {
  constexpr std::size_t kShown = 10;
  if (s.match == Match::kProbe) return {};
  std::string out =
      fmt::format("\n{:<52}{:>10}{:>11}{:>12}  mean of each hop\n", "flow", "packets", "ambiguous", "bytes");
  for (std::size_t i = 0; i < std::min(kShown, s.matched_flows.size()); ++i) {
    const MatchedFlow& f = s.matched_flows[i];
    out += fmt::format("{:<52}{:>10}{:>11}{:>12}", to_string(f.key), f.packets, f.ambiguous, f.bytes);
    for (const FlowHop& h : f.hops)
      out += fmt::format("  {}", h.is_known() ? fmt::format("{} ns", h.sum_ns / std::int64_t(h.count)) : "-");
    out += '\n';
  }
  MatchedFlow rest = s.other_flows;
  for (std::size_t i = kShown; i < s.matched_flows.size(); ++i) {
    rest.packets += s.matched_flows[i].packets;
    rest.ambiguous += s.matched_flows[i].ambiguous;
    rest.bytes += s.matched_flows[i].bytes;
  }
  if (rest.packets + rest.ambiguous != 0)
    out += fmt::format("{:<52}{:>10}{:>11}{:>12}\n", "others", rest.packets, rest.ambiguous, rest.bytes);
  return out;
}

/// When many packets were not matched, says how many and what may be the reason.
std::string unmatched_note(const HopSummary& h) {
  const std::uint64_t matched = h.tally->latency.count(), lost = h.tally->lost, appeared = h.tally->appeared;
  if (lost + appeared == 0) return {};
  std::string out = fmt::format("{} > {}: {} packets did not show up at {}, {} at {} alone\n", h.from, h.to,
                                lost, h.to, appeared, h.to);
  if (lost > matched / 10 && appeared > matched / 10)
    out +=
        "that many on both sides: addresses are rewritten between the two (NAT: --match payload), or TCP "
        "segments are cut or joined there (switch tso, gso and gro off, or tap behind it)\n";
  return out;
}

/// What was seen but is missing from the figures, in whole or in part.
std::string left_out_notes(const Summary& s) {
  std::string out;
  if (s.restarts != 0)
    out += fmt::format(
        "a sender began its numbers anew {} times: all its runs are counted, flows show the last\n",
        s.restarts);
  if (s.foreign != 0) out += fmt::format("{} other frames at the taps\n", s.foreign);
  if (s.refused != 0) out += fmt::format("{} probes of too many flows left out\n", s.refused);
  if (s.evicted != 0)
    out += fmt::format("{} {} given up for lack of room before every tap saw them: --window\n", s.evicted,
                       counted(s));
  return out;
}

std::string notes(const Summary& s, const std::vector<LatencyRow>& rows) {
  std::string out;
  std::set<std::string> reasons;
  for (const auto& row : rows) {
    if (!row.invalid.empty()) reasons.insert(fmt::format("{} > {}: {}", row.from, row.to, row.invalid));
    if (row.latency->negative != 0)
      out += fmt::format("{} > {}: {}\n", row.from, row.to, negative_text(*row.latency));
    if (row.latency->out_of_range != 0) {
      out += fmt::format("{} > {}: {} differences beyond 100 s left out\n", row.from, row.to,
                         row.latency->out_of_range);
    }
  }
  for (const auto& reason : reasons) out += reason + "\n";
  for (const auto& line : cpu_lines(s)) out += line + "\n";
  if (s.match != Match::kProbe)
    for (const auto& h : s.hops) out += unmatched_note(h);
  if (s.regime == "software" && reasons.empty()) {
    out +=
        "stamps are the kernel's, taken when a packet entered its device: what comes between there and the "
        "tap is "
        "counted to the hop before\n";
  }
  if (s.regime == "mixed") out += "stamps of several kinds: time stamping was switched while this ran\n";
  for (const auto& f : s.flows) out += fmt::format("flow {}: sequences {} to {}\n", f.flow, f.first, f.last);
  if (s.written) {
    const WrittenFile& w = *s.written;
    out += fmt::format("{}: {} frames", w.path, w.frames);
    if (w.every != 1) out += fmt::format(", of every packet with a multiple of {} alone", w.every);
    out += fmt::format("; {} left out for lack of room\n", w.left_out);
  }
  return out + left_out_notes(s);
}

}  // namespace

std::vector<LatencyRow> latency_rows(const Summary& s) {
  std::vector<LatencyRow> rows;
  const auto& first = s.taps.front();
  const bool sent = s.match == Match::kProbe;
  if (sent) rows.push_back({kSender, first.name, &first.tally->since_tx, first.invalid});
  for (const auto& h : s.hops) rows.push_back({h.from, h.to, &h.tally->latency, h.invalid, &h});
  if (s.taps.size() > (sent ? 1u : 2u)) {
    const auto& last = s.taps.back();
    rows.push_back({sent ? kSender : first.name, last.name, &last.tally->since_tx, last.invalid});
  }
  return rows;
}

std::string cross_text(const LatencyRow& row) {
  const auto share = row.hop == nullptr ? std::nullopt : row.hop->cross_share();
  return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

std::vector<std::string> cpu_lines(const Summary& s) {
  std::vector<std::string> lines;
  for (const auto& h : s.hops) {
    const auto share = h.cross_share();
    if (!share || !h.invalid.empty()) continue;
    std::string line = fmt::format("{} > {}: ", h.from, h.to);
    if (!h.part.empty()) line += fmt::format("{}; ", h.part);
    if (*share > 0) {
      line += fmt::format("{:.2g} % changed the CPU, p50 {} across, {} on one", 100 * *share,
                          quantile_text(h.tally->cross_cpu, 0.5), quantile_text(same_cpu(*h.tally), 0.5));
    } else if (!h.part.empty()) {
      line += "served on the CPU that queued, in the softirq behind the sender's call";
    } else {
      continue;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string_view counted(const Summary& s) noexcept {
  return s.match == Match::kProbe ? "probes" : "packets";
}

std::string quantile_text(const LatencyStats& latency, double q) {
  return !latency.is_known() ? "-" : time_text(latency.histogram.value_at_quantile(q));
}

std::string negative_text(const LatencyStats& latency) {
  return fmt::format("{} of {} differences below zero: the clocks of the two points disagree{}",
                     latency.negative, latency.negative + latency.count(),
                     latency.clocks_disagree() ? ", so no time can be told" : "; they are left out");
}

std::string time_text(std::uint64_t ns) {
  if (ns < 10'000) return fmt::format("{} ns", ns);
  static constexpr std::array<const char*, 3> kUnits = {"us", "ms", "s"};
  double value = static_cast<double>(ns) / 1e3;
  std::size_t unit = 0;
  for (; unit + 1 < kUnits.size() && value >= 10'000; ++unit) value /= 1e3;
  return fmt::format("{:.{}f} {}", value, value < 100 ? 1 : 0, kUnits[unit]);
}

std::string report_text(const Summary& s, double elapsed_s) {
  const auto rows = latency_rows(s);
  return fmt::format("{} {} in {:.1f} s\n\n", s.sent, counted(s), elapsed_s) +
         latency_table(rows, counted(s)) + (s.match == Match::kProbe ? count_table(s) : matched_table(s)) +
         flow_table(s) + (notes(s, rows).empty() ? "" : "\n" + notes(s, rows));
}

}  // namespace hopcost::analyzer
