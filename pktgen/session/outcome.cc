#include "pktgen/session/outcome.h"

#include <fmt/format.h>

#include <algorithm>

#include "pktgen/io/link_watch.h"

namespace hopcost::pktgen {
namespace {

bool is_fault(SendEnd end) noexcept {
  return end == SendEnd::kPortFailed || end == SendEnd::kStalled;
}

void add(RunResult& sum, const RunResult& r) {
  sum.sent += r.sent;
  sum.sent_bytes += r.sent_bytes;
  sum.tx_errors += r.tx_errors;
  if (r.began_ns != 0) sum.began_ns = sum.began_ns == 0 ? r.began_ns : std::min(sum.began_ns, r.began_ns);
  sum.elapsed_ns = std::max(sum.elapsed_ns, r.elapsed_ns);
  sum.offered_pps += r.offered_pps;
  sum.clock_uncertainty_ns = std::max(sum.clock_uncertainty_ns, r.clock_uncertainty_ns);
  sum.work_ns = std::max(sum.work_ns, r.work_ns);
  if (r.first != 0) sum.first = sum.first == 0 ? r.first : std::min(sum.first, r.first);
  sum.last = std::max(sum.last, r.last);
  if (is_fault(r.end) ? !is_fault(sum.end) : sum.end == SendEnd::kDone) {
    sum.end = r.end;
    sum.port_errno = r.port_errno;
  }
  if (sum.note.empty()) sum.note = r.note;
  sum.audit.merge(r.audit);
  if (r.departures && !sum.departures) {
    sum.departures = r.departures;
  } else if (r.departures) {
    sum.departures->merge(*r.departures);
  }
  sum.lanes.insert(sum.lanes.end(), r.lanes.begin(), r.lanes.end());
  sum.counters += r.counters;
}

}  // namespace

RunResult merge_results(const std::vector<RunResult>& results) {
  RunResult sum = results.front();
  for (std::size_t i = 1; i < results.size(); ++i) add(sum, results[i]);
  for (const auto& r : results) {
    if (r.before.monotonic_ns < sum.before.monotonic_ns) sum.before = r.before;
    if (r.after.monotonic_ns > sum.after.monotonic_ns) sum.after = r.after;
  }
  if (results.size() > 1) sum.achieved_pps = achieved_pps(sum);
  return sum;
}

namespace {

/// `sent(n)` gives the packets of lane n, counted over the lanes of all workers.
template <class Sent>
std::vector<SentFlow> flows_of(const std::vector<RunSpec>& specs, std::uint16_t flow, Sent sent) {
  std::vector<SentFlow> flows;
  std::size_t n = 0;
  for (std::size_t w = 0; w < specs.size(); ++w) {
    for (const LaneSpec& lane : specs[w].lanes) {
      if (const auto* profile = std::get_if<ProfileSource>(&lane.source)) {
        for (const auto& f : profile->flows())
          flows.push_back(
              {w, f.id, f.name, FlowFrames::counted_now(f.sent), FlowFrames::counted_now(f.sequence)});
      } else if (std::holds_alternative<TemplateSource>(lane.source)) {
        const std::uint64_t packets = sent(lane, n);
        flows.push_back({w, static_cast<std::uint16_t>(flow + n), "", packets, packets});
      }
      ++n;
    }
  }
  return flows;
}

}  // namespace

std::vector<SentFlow> sent_flows_now(const std::vector<RunSpec>& specs, std::uint16_t flow) {
  return flows_of(specs, flow, [](const LaneSpec& lane, std::size_t) { return lane.count.given_now(); });
}

std::vector<SentFlow> sent_flows(const std::vector<RunSpec>& specs, const RunResult& total,
                                 std::uint16_t flow) {
  return flows_of(specs, flow, [&](const LaneSpec&, std::size_t n) { return total.lanes[n].sent; });
}

RxAccount merged_account(const RxResult& rx) {
  RxAccount sum = rx.accounts.all().front();
  for (std::size_t i = 1; i < rx.accounts.all().size(); ++i) sum.merge(rx.accounts.all()[i]);
  return sum;
}

std::uint64_t Outcome::probes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& f : flows) sum += f.probes;
  return sum;
}

std::optional<double> never_due(const Outcome& o) {
  const RunSpec& spec = o.specs.front();
  const auto* replay = std::get_if<ReplaySource>(&spec.lanes.front().source);
  if (replay == nullptr || !spec.recorded || !spec.duration_ns) return std::nullopt;
  const auto due = replay->left_at_ns();
  return due && *due >= static_cast<double>(*spec.duration_ns) ? due : std::nullopt;
}

std::string partial_reason(const RunResult& r) {
  switch (r.end) {
    case SendEnd::kDone:
      return r.sent == 0 && r.tx_errors > 0 ? fmt::format("the device took none of {} frames", r.tx_errors)
                                            : "";
    case SendEnd::kStopped:
      return "stopped";
    case SendEnd::kPortFailed:
      return fmt::format("port failed: {}", port_fault(r.port_errno));
    case SendEnd::kStalled:
      return "stalled: no frame came free for a second";
  }
  return "";
}

std::string partial_reason(const Outcome& o) {
  for (std::size_t w = 0; is_fault(o.total.end) && o.results.size() > 1 && w < o.results.size(); ++w)
    if (is_fault(o.results[w].end)) return fmt::format("worker {}: {}", w, partial_reason(o.results[w]));
  if (!is_fault(o.total.end) && o.rx && o.rx->port_errno != 0)
    return fmt::format("receiving ended early: {}", port_fault(o.rx->port_errno));
  if (std::string why = partial_reason(o.total); !why.empty()) return why;
  const auto* replay = std::get_if<ReplaySource>(&o.specs.front().lanes.front().source);
  if (replay == nullptr) return "";
  const auto fault = replay->fault();
  return fault ? describe(*fault) : "";
}

std::string silence(const Outcome& o) {
  if (!o.rx || o.probes() == 0 || o.rx->accounts.received() > 0) return "";
  const std::string none = fmt::format("none of {} probes came in", o.probes());
  if (const std::uint64_t others = o.rx->accounts.foreign(); others > 0)
    return fmt::format(
        "{}, but {} other frames did: something on the way changes the frames, or sends others instead", none,
        others);
  return none +
         ", nor any other frame: look at --dst-mac, at the links on the way, and at packet filters there";
}

}  // namespace hopcost::pktgen
