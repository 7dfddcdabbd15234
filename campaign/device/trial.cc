#include "campaign/device/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/control.h"
#include "base/look.h"
#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kLateShare = 0.001, kLateS = 0.002;
constexpr std::uint64_t kDisturbedNs = 1'000'000;
/// Share of departures within 512 ns of their time. A sender below this is too slow all the time, and gets
/// later and later; one that is only disturbed catches up.
constexpr double kSlowOnTime = 0.05;

std::uint64_t less_or_none(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

Losses losses_of(const TrialResult& r, std::uint64_t ring_drops, const PortDeltas& p) {
  Losses l{.unsent = less_or_none(r.offered, r.sent), .receiver = ring_drops, .wire = {}, .device = {}};
  if (p.device_in && p.device_out && p.tester_in) {
    const std::uint64_t in = less_or_none(*p.device_in, p.queries.asked);
    l.device = less_or_none(in, *p.device_out);
    l.wire = less_or_none(r.sent, in) + less_or_none(*p.device_out, *p.tester_in);
  }
  // None can be more than what is missing: other traffic may pass the same ports.
  std::uint64_t left = less_or_none(r.lost, l.unsent);
  l.receiver = std::min(l.receiver, left);
  left -= l.receiver;
  if (l.device) l.device = std::min(*l.device, left);
  if (l.wire) l.wire = std::min(*l.wire, left - *l.device);
  return l;
}

/// How many frames carried no probe: the broadcast ones, which are not counted.
std::uint64_t without_probe(const json& report) {
  std::uint64_t n = 0;
  for (const json& flow : look(look(report, "profile"), "flows"))
    n += less_or_none(get_uint_or(flow, "sent", 0), get_uint_or(flow, "probes", 0));
  return n;
}

std::vector<FlowCounts> flows_of(const json& report) {
  std::vector<FlowCounts> flows;
  for (const json& sent : look(look(report, "profile"), "flows"))
    flows.push_back({get_uint_or(sent, "flow", 0), get_uint_or(sent, "probes", 0), 0});
  const json& received = look(look(report, "rx"), "flows");
  for (FlowCounts& f : flows) {
    // Right when there is only one flow.
    f.lost = less_or_none(f.sent, get_uint_or(look(report, "rx"), "received", 0));
    for (const json& r : received)
      if (get_uint_or(r, "flow", 0) == f.flow) f.lost = get_uint_or(r, "lost", 0);
  }
  return flows;
}

std::uint64_t disturbed_frames(const TrialPlan& plan, const TrialResult& r, const json& report) {
  const json& audit = look(report, "audit");
  if (!audit.is_object() || plan.fps == 0 || get_number_or(audit, "within_512_ns", 0) < kSlowOnTime) return 0;
  const auto late = decode_base64(get_string_or(audit, "late_histogram", ""));
  const std::uint64_t late_frames = late ? late->count_between(kDisturbedNs, late->config().highest) : 0;
  // A device that resets may take the carrier away, and then the kernel refuses frames.
  const std::uint64_t refused = plan.command.empty() ? 0 : get_uint_or(report, "tx_errors", 0);
  return late_frames + r.losses.unsent - std::min(r.losses.unsent, refused);
}

std::string why_void(const TrialPlan& plan, const TrialResult& r, const json& report) {
  if (const std::string fault = get_string_or(look(report, "rx"), "fault", ""); !fault.empty())
    return "receiving was cut short: port failed: " + fault;
  if (const std::string partial = get_string_or(report, "partial", "");
      !partial.empty() && partial != "stopped")
    return "sending was cut short: " + partial;
  if (look(report, "rx").is_null()) return "nothing was received on";
  if (r.received > r.sent) return fmt::format("{} frames came of {} that were sent", r.received, r.sent);
  // Frames that were never sent count as lost anyway. The end by the clock is noticed a little late.
  if (plan.fps > 0 && r.losses.unsent == 0 && r.elapsed_s > plan.longest_seconds() + kLateS)
    return fmt::format("sending took {:.4f} s, and not {:.4f} s", r.elapsed_s, plan.seconds());
  return "";
}

/// Why the tester may have caused the loss; empty when it has not.
std::string why_doubtful(const TrialPlan& plan, const TrialResult& r) {
  if (r.losses.receiver > 0)
    return fmt::format("the tester's own receiver lost {} frames", r.losses.receiver);
  if (r.lost == 0 || r.lost > r.disturbed || r.loss() <= plan.tolerated_loss) return "";
  return fmt::format(
      "{} frames left over 1 ms late or never, because something took the sender's CPU; that may be why {} "
      "were lost",
      r.disturbed, r.lost);
}

std::vector<std::string> remarks_of(const TrialResult& r) {
  Besides one;
  one.add(r);
  return one.words();
}

}  // namespace

void Besides::add(const TrialResult& t) {
  duplicates += t.duplicates;
  reordered += t.reordered;
  foreign += t.foreign;
  answers += t.answers;
  flooded += t.flooded;
}

std::vector<std::string> Besides::words() const {
  std::vector<std::string> words;
  const auto remark = [&](std::uint64_t n, const char* what) {
    if (n > 0) words.push_back(fmt::format("{} frame{} {}", n, n == 1 ? "" : "s", what));
  };
  remark(duplicates, "came more than once");
  remark(reordered, "came behind a later one");
  remark(foreign, "came that the test did not send");
  remark(answers, "came back to the sender");
  remark(flooded, "came out at a third port: the device floods");
  return words;
}

std::uint64_t TrialPlan::frames() const {
  if (burst > 0) return burst;
  return static_cast<std::uint64_t>(std::llround(fps * duration_s + then_fps * then_s));
}

double TrialPlan::seconds() const {
  if (burst > 0) return fps > 0 ? static_cast<double>(burst) / fps : 0;
  return duration_s + then_s;
}

double TrialPlan::longest_seconds() const {
  return seconds() * (1 + kLateShare) + kLateS;
}

std::string TrialPlan::key() const {
  return fmt::format("{} {} {} {} {} {} {}", size, fps, duration_s, burst, then_fps, then_s, command);
}

TrialResult judge(const TrialPlan& plan, const json& report, const PortDeltas& ports) {
  const json& rx = look(report, "rx");
  TrialResult r;
  const std::uint64_t sent = get_uint_or(report, "sent", 0);
  const std::uint64_t to_everybody = without_probe(report);
  r.sent = less_or_none(sent, to_everybody);
  // A stream that ends by the clock may have one frame more or less than planned: that is no loss.
  const std::uint64_t planned = plan.frames();
  r.offered = r.sent + (planned > sent + 1 ? planned - sent : 0);
  r.elapsed_s = get_number_or(report, "elapsed_ns", 0) / 1e9;
  r.first_began_ns = r.last_began_ns = get_uint_or(report, "began_ns", 0);
  if (rx.is_object()) {
    r.received = get_uint_or(rx, "received", 0);
    r.duplicates = get_uint_or(rx, "duplicates", 0);
    r.reordered = get_uint_or(rx, "reordered", 0);
    r.foreign = less_or_none(get_uint_or(rx, "foreign", 0), to_everybody + ports.not_the_streams);
    r.latency = look(rx, "latency");
    r.pdv = look(rx, "pdv");
    r.ipdv = look(rx, "ipdv");
    r.jitter_ns = get_number_or(rx, "jitter_ns", 0);
    if (look(rx, "last_gap_ns").is_number()) r.last_gap_s = get_number_or(rx, "last_gap_ns", 0) / 1e9;
    r.longest_silence_s = get_number_or(rx, "longest_silence_ns", 0) / 1e9;
    r.missing_at_end = get_uint_or(rx, "missing_at_end", 0);
  }
  r.lost = less_or_none(r.offered, r.received);
  r.flows = flows_of(report);
  r.losses = losses_of(r, rx.is_object() ? get_uint_or(rx, "ring_drops", 0) : 0, ports);
  r.queries = ports.queries;
  r.answers = less_or_none(ports.answers.value_or(0), ports.queries.answered);
  // Broadcasts are left out: a switch has to flood them.
  r.flooded = less_or_none(ports.flooded.value_or(0), to_everybody);
  r.disturbed = disturbed_frames(plan, r, report);
  r.driver = get_string_or(look(report, "port"), "driver", "");
  r.void_reason = why_void(plan, r, report);
  if (r.void_reason.empty()) {
    r.void_reason = why_doubtful(plan, r);
    r.doubtful = !r.void_reason.empty();
  }
  r.remarks = remarks_of(r);
  return r;
}

TrialResult merge(const TrialResult& one, const TrialResult& other) {
  TrialResult r = one;
  r.offered += other.offered;
  r.sent += other.sent;
  r.received += other.received;
  r.lost += other.lost;
  r.duplicates += other.duplicates;
  r.reordered += other.reordered;
  r.foreign += other.foreign;
  r.answers += other.answers;
  r.flooded += other.flooded;
  r.elapsed_s = std::max(r.elapsed_s, other.elapsed_s);
  if (r.first_began_ns == 0 || other.first_began_ns == 0) {
    r.first_began_ns = r.last_began_ns = 0;
  } else {
    r.first_began_ns = std::min(r.first_began_ns, other.first_began_ns);
    r.last_began_ns = std::max(r.last_began_ns, other.last_began_ns);
  }
  r.flows.insert(r.flows.end(), other.flows.begin(), other.flows.end());
  r.losses.unsent += other.losses.unsent;
  r.losses.receiver += other.losses.receiver;
  r.losses.wire.reset();  // each port's counters cover both directions
  r.losses.device.reset();
  r.last_gap_s = std::max(r.last_gap_s, other.last_gap_s);
  r.longest_silence_s = std::max(r.longest_silence_s, other.longest_silence_s);
  r.missing_at_end += other.missing_at_end;
  r.disturbed += other.disturbed;
  if (r.void_reason.empty() || (r.doubtful && !other.void_reason.empty() && !other.doubtful)) {
    r.void_reason = other.void_reason;
    r.doubtful = other.doubtful;
  }
  r.remarks = remarks_of(r);
  return r;
}

TrialResult together(const TrialPlan& plan, const std::vector<TrialResult>& ways) {
  TrialResult r = std::accumulate(ways.begin() + 1, ways.end(), ways.front(), merge);
  const bool apart = r.apart_s() > plan.longest_seconds() - plan.seconds();
  if (apart && (r.void_reason.empty() || r.doubtful)) {
    r.void_reason = fmt::format("the ways began {:.1f} ms apart", r.apart_s() * 1e3);
    r.doubtful = false;
  }
  return r;
}

search::Trial to_search(const TrialPlan& plan, const TrialResult& result) {
  return {.load = plan.fps,
          .duration = search::Time(std::llround(plan.duration_s * 1e6)),
          .offered = result.offered,
          .lost = result.lost};
}

json to_json(const Losses& losses) {
  const auto maybe = [](const auto& value) { return value ? json(*value) : json(); };
  return {{"unsent", losses.unsent},
          {"receiver", losses.receiver},
          {"wire", maybe(losses.wire)},
          {"device", maybe(losses.device)}};
}

json to_json(const TrialResult& r) {
  json flows = json::array();
  for (const FlowCounts& f : r.flows) flows.push_back({{"flow", f.flow}, {"sent", f.sent}, {"lost", f.lost}});
  const auto maybe = [](const auto& value) { return value ? json(*value) : json(); };
  return {{"offered", r.offered},
          {"sent", r.sent},
          {"received", r.received},
          {"lost", r.lost},
          {"loss_ratio", r.loss()},
          {"duplicates", r.duplicates},
          {"reordered", r.reordered},
          {"foreign", r.foreign},
          {"answers", r.answers},
          {"queries", {{"asked", r.queries.asked}, {"answered", r.queries.answered}}},
          {"flooded", r.flooded},
          {"elapsed_s", r.elapsed_s},
          {"began_ns", {r.first_began_ns, r.last_began_ns}},
          {"lost_at", to_json(r.losses)},
          {"flows", std::move(flows)},
          {"latency", r.latency},
          {"pdv", r.pdv},
          {"ipdv", r.ipdv},
          {"jitter_ns", r.jitter_ns},
          {"last_gap_s", maybe(r.last_gap_s)},
          {"longest_silence_s", r.longest_silence_s},
          {"missing_at_end", r.missing_at_end},
          {"disturbed", r.disturbed},
          {"driver", r.driver},
          {"void", r.void_reason},
          {"doubtful", r.doubtful},
          {"remarks", r.remarks}};
}

std::optional<TrialResult> trial_from_json(const json& j) {
  if (!j.is_object() || !look(j, "offered").is_number_unsigned()) return std::nullopt;
  TrialResult r;
  r.offered = get_uint_or(j, "offered", 0);
  r.sent = get_uint_or(j, "sent", 0);
  r.received = get_uint_or(j, "received", 0);
  r.lost = get_uint_or(j, "lost", 0);
  r.duplicates = get_uint_or(j, "duplicates", 0);
  r.reordered = get_uint_or(j, "reordered", 0);
  r.foreign = get_uint_or(j, "foreign", 0);
  r.answers = get_uint_or(j, "answers", 0);
  r.queries = {get_uint_or(look(j, "queries"), "asked", 0), get_uint_or(look(j, "queries"), "answered", 0)};
  r.flooded = get_uint_or(j, "flooded", 0);
  r.elapsed_s = get_number_or(j, "elapsed_s", 0);
  if (const json& began = look(j, "began_ns"); began.is_array() && began.size() == 2) {
    r.first_began_ns = began[0].is_number_unsigned() ? began[0].get<std::uint64_t>() : 0;
    r.last_began_ns = began[1].is_number_unsigned() ? began[1].get<std::uint64_t>() : 0;
  }
  if (const json& at = look(j, "lost_at"); at.is_object()) {
    r.losses.unsent = get_uint_or(at, "unsent", 0);
    r.losses.receiver = get_uint_or(at, "receiver", 0);
    if (look(at, "wire").is_number()) r.losses.wire = get_uint_or(at, "wire", 0);
    if (look(at, "device").is_number()) r.losses.device = get_uint_or(at, "device", 0);
  }
  for (const json& f : look(j, "flows"))
    r.flows.push_back({get_uint_or(f, "flow", 0), get_uint_or(f, "sent", 0), get_uint_or(f, "lost", 0)});
  r.latency = look(j, "latency");
  r.pdv = look(j, "pdv");
  r.ipdv = look(j, "ipdv");
  r.jitter_ns = get_number_or(j, "jitter_ns", 0);
  if (look(j, "last_gap_s").is_number()) r.last_gap_s = get_number_or(j, "last_gap_s", 0);
  r.longest_silence_s = get_number_or(j, "longest_silence_s", 0);
  r.missing_at_end = get_uint_or(j, "missing_at_end", 0);
  r.disturbed = get_uint_or(j, "disturbed", 0);
  r.driver = get_string_or(j, "driver", "");
  r.void_reason = get_string_or(j, "void", "");
  r.doubtful = look(j, "doubtful") == true;
  r.remarks = remarks_of(r);
  return r;
}

}  // namespace hopcost::campaign
