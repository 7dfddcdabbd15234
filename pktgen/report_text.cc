#include "pktgen/report_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pktgen/report_json.h"

namespace hopcost::pktgen {
namespace {

std::string tx_text(const RunResult& r) {
  const double seconds = static_cast<double>(r.elapsed_ns) / 1e9;
  const double wire_bits =
      r.achieved_pps * 8 * (r.sent == 0 ? 0 : wire_bytes(static_cast<std::uint32_t>(r.sent_bytes / r.sent)));
  std::string text = fmt::format("sent      {} packets in {:.3f} s: {}pps, {}bit/s on the wire", r.sent,
                                 seconds, scaled(r.achieved_pps), scaled(wire_bits));
  if (r.offered_pps > 0)
    text += fmt::format(" ({:.3f} % of the {}pps asked for)", 100 * r.achieved_pps / r.offered_pps,
                        scaled(r.offered_pps));
  if (r.tx_errors > 0) text += fmt::format(", {} errors", r.tx_errors);
  return text + "\n";
}

std::string audit_text(const RunResult& r) {
  const Audit& a = r.audit;
  if (a.departures() == 0) return "";
  const auto late = [&](double q) { return a.late().value_at_quantile(q); };
  return fmt::format(
      "lateness  p50 {} ns, p99 {} ns, p99.9 {} ns, max {} ns after plan; clock within {:.0f} ns\n"
      "on time   {:.2f} % within 64 ns, {:.2f} % 128, {:.2f} % 256, {:.2f} % 512; {} micro-bursts, {} missed "
      "slots\n",
      late(0.5), late(0.99), late(0.999), a.late().max(), r.clock_uncertainty_ns, 100 * a.share_within(64),
      100 * a.share_within(128), 100 * a.share_within(256), 100 * a.share_within(512), a.micro_bursts(),
      a.missed_slots());
}

std::string latency_text(const char* label, const HdrHistogram& h) {
  if (h.count() == 0) return "";
  return fmt::format("{:<9} min {} ns, p50 {} ns, p90 {} ns, p99 {} ns, p99.9 {} ns, max {} ns\n", label,
                     h.min(), h.value_at_quantile(0.5), h.value_at_quantile(0.9), h.value_at_quantile(0.99),
                     h.value_at_quantile(0.999), h.max());
}

std::string rx_text(const RxResult& rx, std::uint64_t sent, bool round_trip) {
  const SequenceTracker& s = rx.account.sequences();
  std::string text =
      fmt::format("received  {} packets, {} lost, {} duplicates, {} reordered; jitter {:.0f} ns (RFC 3550)\n",
                  s.received(), s.lost(sent), s.duplicates(), s.reordered(), rx.account.jitter_ns());
  if (rx.drops > 0)
    text +=
        fmt::format("warning   the receive ring dropped {} frames: the loss is partly our own\n", rx.drops);
  text += latency_text(round_trip ? "rtt" : "one-way", rx.account.latency());
  text += latency_text("  planned", rx.account.latency_intended());
  return text;
}

std::string counters_text(const RunResult& r) {
  const auto& c = *r.counters;
  std::string text;
  for (const char* name : {"cycles", "instructions"}) {
    if (!c.contains(name) || c[name].is_null() || r.sent == 0) continue;
    text += fmt::format("{}{:.0f} {}", text.empty() ? "" : ", ",
                        c[name].get<double>() / static_cast<double>(r.sent), name);
  }
  return text.empty() ? "" : "kernel    " + text + " a packet\n";
}

}  // namespace

std::string scaled(double value) {
  for (const auto& [limit, prefix] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}})
    if (value >= limit) return fmt::format("{:.3f} {}", value / limit, prefix);
  return fmt::format("{:.1f} ", value);
}

std::string opening_text(const Plan& plan, const PortInfo& info, std::uint64_t seed) {
  const std::string load = plan.pps == 0
                               ? "as fast as it can"
                               : fmt::format("{}pps, {} gaps, bursts of {}, seed {}", scaled(plan.pps),
                                             gap_name(plan.gap), plan.burst, seed);
  return fmt::format("{} ({}{}), {} bytes, {} -> {}: {}", to_string(plan.port), info.mode,
                     info.driver.empty() ? "" : ", driver " + info.driver, plan.frame.size,
                     to_string(plan.frame.src_ip), to_string(plan.frame.dst_ip), load);
}

std::string report_text(const Plan& plan, const RunResult& r, const std::optional<RxResult>& rx) {
  std::string text;
  if (const auto why = partial_reason(r); !why.empty()) text += fmt::format("PARTIAL   {}\n", why);
  text += tx_text(r) + audit_text(r);
  if (rx) text += rx_text(*rx, r.sent, plan.rx_is_port);
  if (!r.note.empty()) text += "note      " + r.note + "\n";
  return text + counters_text(r);
}

}  // namespace hopcost::pktgen
