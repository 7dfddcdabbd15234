#include "pktgen/report/report_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "pktgen/report/report_json.h"
#include "pktgen/source/replay/due_notice.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

std::string tx_text(const RunResult& r) {
  const double seconds = static_cast<double>(r.elapsed_ns) / 1e9;
  const double frame = r.sent == 0 ? 0 : static_cast<double>(r.sent_bytes) / static_cast<double>(r.sent);
  const double wire_bits = r.achieved_pps * 8 * (frame + kWireOverheadBytes);
  std::string text = fmt::format("sent      {} packets in {:.3f} s: {}pps, {}bit/s on the wire", r.sent,
                                 seconds, scaled(r.achieved_pps), scaled(wire_bits));
  if (r.offered_pps > 0)
    text += fmt::format(" ({:.3f} % of the {}pps asked for)", 100 * r.achieved_pps / r.offered_pps,
                        scaled(r.offered_pps));
  if (r.tx_errors == 0) return text + "\n";
  return text + fmt::format(
                    ", {} errors\nwarning   {} frames were refused or dropped by the device, or are with it "
                    "still: is the "
                    "other end's MTU smaller, or its queue full? see ip -s link\n",
                    r.tx_errors, r.tx_errors);
}

std::string audit_text(const RunResult& r) {
  const Audit& a = r.audit;
  if (a.departures() == 0) return "";
  const auto late = [&](double q) { return a.lateness().late().value_at_quantile(q); };
  const auto off = [&](double q) { return a.gap_error().value_at_quantile(q); };
  return fmt::format(
      "lateness  p50 {} ns, p99 {} ns, p99.9 {} ns, max {} ns after plan; clock within {:.0f} ns\n"
      "on time   {:.2f} % within 64 ns, {:.2f} % 128, {:.2f} % 256, {:.2f} % 512; {} micro-bursts, {} missed "
      "slots\n"
      "gaps      off plan by p50 {} ns, p99 {} ns, p99.9 {} ns, max {} ns; {:.2f} % within 64 ns\n"
      "cpu       taken away {} times; of the gaps it left alone {:.2f} % within 64 ns\n",
      late(0.5), late(0.99), late(0.999), a.lateness().late().max(), r.clock_uncertainty_ns,
      100 * a.lateness().share_within(64), 100 * a.lateness().share_within(128),
      100 * a.lateness().share_within(256), 100 * a.lateness().share_within(512), a.micro_bursts(),
      a.missed_slots(), off(0.5), off(0.99), off(0.999), a.gap_error().max(), 100 * a.gaps_within(64),
      a.interruptions(), 100 * a.undisturbed_gaps_within(64));
}

/// Departure stamps of the NIC.
std::string departure_text(const RunResult& r) {
  if (!r.departures) return "";
  const DepartureStamps& d = *r.departures;
  std::string text = latency_text("departed", d.delay());
  if (!text.empty()) text += "          by the NIC's stamps, after the time in the frame\n";
  if (d.negative() > 0)
    text += fmt::format("warning   {} frames left before the time in them: the clocks are less exact\n",
                        d.negative());
  if (d.missing() > 0) text += fmt::format("warning   the NIC left {} frames without a stamp\n", d.missing());
  return text;
}

/// RFC 5481 section 4.2.
std::string pdv_text(const HdrHistogram& h) {
  if (h.count() == 0) return "";
  const auto at = [&](double q) { return packet_delay_variation(h, q); };
  return fmt::format(
      "pdv       p50 {} ns, p90 {} ns, p99 {} ns, p99.9 {} ns, max {} ns above the least (RFC 5481)\n",
      at(0.5), at(0.9), at(0.99), at(0.999), at(1));
}

std::string account_text(const RxAccount& account, std::uint64_t sent, bool round_trip) {
  const SequenceTracker& s = account.sequences();
  std::string text =
      fmt::format("received  {} packets, {} lost, {} duplicates, {} reordered; jitter {:.0f} ns (RFC 3550)\n",
                  s.received(), s.lost(sent), s.duplicates(), s.reordered(), account.jitter_ns());
  text += latency_text(round_trip ? "rtt" : "one-way", account.latency());
  text += latency_text("  planned", account.latency_intended());
  text += pdv_text(account.latency());
  if (account.negative() > 0)
    text += fmt::format(
        "warning   {} packets came in before they had left, as the two clocks have it: they have no times "
        "here\n",
        account.negative());
  text += latency_text("residence", account.residence());
  if (account.residence().count() > 0)
    text += "          the reflector's, already taken off the times above\n";
  if (account.residence_unknown() > 0)
    text += fmt::format(
        "warning   {} probes stayed in the reflector for 134 ms or more: they have no times here\n",
        account.residence_unknown());
  return text;
}

std::string rx_text(const Outcome& o, bool round_trip) {
  std::string text;
  if (const std::string why = silence(o); !why.empty()) text += "silence   " + why + "\n";
  if (o.rx->drops > 0)
    text += fmt::format("warning   the receive ring dropped {} frames: the loss is partly our own\n",
                        o.rx->drops);
  const std::string all = account_text(merged_account(*o.rx), o.probes(), round_trip);
  if (o.flows.size() == 1) return all + text;
  for (std::size_t i = 0; i < o.flows.size(); ++i) {
    const auto& flow = o.flows[i];
    text += fmt::format("flow      {}{}, {} probes\n", flow.id,
                        flow.name.empty() ? "" : fmt::format(" ({})", flow.name), flow.probes);
    text += account_text(o.rx->accounts.all()[i], flow.probes, round_trip);
  }
  return all + text;
}

/// One line per worker; empty with one worker.
std::string workers_text(const Outcome& o) {
  std::string text;
  if (o.results.size() == 1) return text;
  text = "worker    cpu  port                             sent          pps   late p99  missed\n";
  for (std::size_t w = 0; w < o.results.size(); ++w) {
    const RunResult& r = o.results[w];
    const std::string cpu = o.places[w].cpu < 0 ? "-" : std::to_string(o.places[w].cpu);
    const std::string late = r.audit.departures() == 0
                                 ? "-"
                                 : fmt::format("{} ns", r.audit.lateness().late().value_at_quantile(0.99));
    text += fmt::format("  {:<7} {:<4} {:<24} {:>12} {:>12} {:>10} {:>7}\n", w, cpu, o.places[w].port, r.sent,
                        scaled(r.achieved_pps), late, r.audit.missed_slots());
  }
  return text;
}

std::string lanes_text(const Plan& plan, const Outcome& o) {
  if (!plan.turns) return "";
  std::string text =
      "lane      flow   port                             sent  errors   late p50   late p99  missed\n";
  for (std::size_t i = 0; i < o.lanes.size(); ++i) {
    const LaneResult& l = o.total.lanes[i];
    const auto late = [&](double q) { return fmt::format("{} ns", l.lateness.late().value_at_quantile(q)); };
    text +=
        fmt::format("  {:<7} {:<6} {:<24} {:>12} {:>7} {:>10} {:>10} {:>7}\n", i, plan.frame.flow + i,
                    o.lanes[i].port, l.sent, l.tx_errors, late(0.5), late(0.99), l.lateness.missed_slots());
  }
  return text;
}

std::string counters_text(const RunResult& r) {
  const json counts = to_json(r.counters);
  std::string text;
  for (const char* name : {"cycles", "instructions"}) {
    if (counts[name].is_null() || r.sent == 0) continue;
    text += fmt::format("{}{:.0f} {}", text.empty() ? "" : ", ",
                        counts[name].get<double>() / static_cast<double>(r.sent), name);
  }
  return text.empty() ? "" : "kernel    " + text + " a packet\n";
}

std::string frames_text(const Plan& plan, const RunSpec& spec) {
  if (const auto* profile = std::get_if<ProfileSource>(&spec.lanes.front().source)) {
    return fmt::format("profile {}, {} flow{}, {:.1f} bytes on average", plan.profile->name,
                       profile->flows().size(), profile->flows().size() == 1 ? "" : "s",
                       profile->mean_size());
  }
  if (plan.replay) return plan.replay->file;
  return fmt::format("{} bytes, {} -> {}", plan.frame.size, to_string(plan.frame.src_ip),
                     to_string(plan.frame.dst_ip));
}

std::string turns_text(const RunSpec& spec) {
  if (!spec.turns) return "";
  return fmt::format("{} lanes in{} trains of {} departures, ", spec.lanes.size(),
                     spec.turns->mirrored ? " mirrored" : "", spec.turns->train);
}

std::string left_out_text(const ReplayCounts& c) {
  std::string text;
  const std::string type = c.link_type ? ", such as of link type " + link_type_text(*c.link_type) : "";
  if (c.no_packet > 0)
    text += fmt::format("left out  {} packets that are no Ethernet frame and hold no IP packet{}\n",
                        c.no_packet, type);
  if (c.no_mac > 0)
    text += fmt::format("left out  {} packets without an Ethernet header{}: --dst-mac says where they go\n",
                        c.no_mac, type);
  if (c.too_long > 0) text += fmt::format("left out  {} frames above the MTU\n", c.too_long);
  if (c.filtered > 0) text += fmt::format("left out  {} packets that the filter does not pick\n", c.filtered);
  return text;
}

std::string replay_text(const Outcome& o) {
  const auto* replay = std::get_if<ReplaySource>(&o.specs.front().lanes.front().source);
  if (replay == nullptr) return "";
  const ReplayCounts& c = replay->counts();
  std::string text;
  text += left_out_text(c);
  if (c.cut > 0)
    text += fmt::format(
        "cut       {} frames were sent as short as they were captured (whole ones: tcpdump -s 0)\n", c.cut);
  if (c.timeless > 0 && o.specs.front().recorded)
    text += fmt::format(
        "times     {} frames have none (simple packet blocks): sent right behind the one before\n",
        c.timeless);
  if (c.shortened > 0) text += fmt::format("gaps      {} were longer than --max-gap\n", c.shortened);
  if (c.steps_back > 0)
    text += fmt::format("times     went back by more than a second {} times: no gap there\n", c.steps_back);
  if (const auto due = never_due(o))
    text += fmt::format(
        "not sent  the next frame is due {} after the first, later than the run lasts; --max-gap shortens "
        "such gaps\n",
        span_text(*due));
  return text;
}

std::string flows_text(const Outcome& o) {
  std::string text;
  if (o.flows.size() < 2 || o.flows.front().name.empty()) return text;
  for (const auto& f : o.flows) text += fmt::format("  {:<7} {} packets ({})\n", f.id, f.sent, f.name);
  return text;
}

}  // namespace

std::string latency_text(const char* label, const HdrHistogram& h) {
  if (h.count() == 0) return "";
  return fmt::format("{:<9} min {} ns, p50 {} ns, p90 {} ns, p99 {} ns, p99.9 {} ns, max {} ns\n", label,
                     h.min(), h.value_at_quantile(0.5), h.value_at_quantile(0.9), h.value_at_quantile(0.99),
                     h.value_at_quantile(0.999), h.max());
}

std::string scaled(double value) {
  for (const auto& [limit, prefix] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}})
    if (value >= limit) return fmt::format("{:.3f} {}", value / limit, prefix);
  return fmt::format("{:.1f} ", value);
}

std::string opening_text(const Plan& plan, const Session& session) {
  const RunSpec& spec = session.specs().front();
  double pps = 0;
  for (const auto& s : session.specs()) pps += s.pps;
  const std::string load = spec.recorded ? fmt::format("at recorded times, speed {}", plan.replay->speed)
                           : pps == 0    ? "as fast as it can"
                                         : fmt::format("{}pps, {} gaps, bursts of {}, seed {}", scaled(pps),
                                                       gap_name(plan.gap), plan.burst, spec.seed);
  const PortInfo& info = session.places().front().info;
  const std::string driver = info.driver.empty() ? "" : ", driver " + info.driver;
  std::string ports;
  for (const auto& p : plan.ports) ports += (ports.empty() ? "" : " ") + to_string(p);
  const std::size_t n = session.places().size();
  return fmt::format("{} ({}{}), {}{}: {}", ports, info.mode, driver,
                     n > 1 ? fmt::format("{} workers, ", n) : turns_text(spec), frames_text(plan, spec),
                     load);
}

std::string report_text(const Plan& plan, const Outcome& o) {
  std::string text;
  if (const auto why = partial_reason(o); !why.empty()) text += fmt::format("PARTIAL   {}\n", why);
  text += tx_text(o.total) + workers_text(o) + lanes_text(plan, o) + flows_text(o) + replay_text(o) +
          audit_text(o.total) + departure_text(o.total);
  if (o.rx) text += rx_text(o, plan.rx_is_port);
  if (!o.total.note.empty()) text += "note      " + o.total.note + "\n";
  return text + counters_text(o.total);
}

}  // namespace hopcost::pktgen
