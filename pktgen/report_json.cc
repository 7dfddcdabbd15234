#include "pktgen/report_json.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "stats/hdr_codec.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

json audit_json(const RunResult& r) {
  const Audit& a = r.audit;
  return {{"offered_pps", r.offered_pps},
          {"achieved_pps", r.achieved_pps},
          {"late_histogram", encode_base64(a.late())},
          {"gap_histogram", encode_base64(a.gaps())},
          {"gap_error_histogram", encode_base64(a.gap_error())},
          {"departures", a.departures()},
          {"within_64_ns", a.share_within(64)},
          {"within_128_ns", a.share_within(128)},
          {"within_256_ns", a.share_within(256)},
          {"within_512_ns", a.share_within(512)},
          {"late_p50_ns", a.late().value_at_quantile(0.5)},
          {"late_p99_ns", a.late().value_at_quantile(0.99)},
          {"late_max_ns", a.late().max()},
          {"micro_bursts", a.micro_bursts()},
          {"missed_slots", a.missed_slots()},
          {"clock_uncertainty_ns", r.clock_uncertainty_ns},
          {"work_ns", r.work_ns > 0 ? json(r.work_ns) : json()},
          {"waited_ns", r.waited_ns}};
}

json summary(const HdrHistogram& h) {
  return {{"histogram", encode_base64(h)},
          {"count", h.count()},
          {"min_ns", h.min()},
          {"mean_ns", h.mean()},
          {"p50_ns", h.value_at_quantile(0.5)},
          {"p90_ns", h.value_at_quantile(0.9)},
          {"p99_ns", h.value_at_quantile(0.99)},
          {"p999_ns", h.value_at_quantile(0.999)},
          {"max_ns", h.max()}};
}

json flows_json(const ProfileSource& profile) {
  json flows = json::array();
  for (const auto& f : profile.flows())
    flows.push_back({{"flow", f.id}, {"name", f.name}, {"sent", f.sent}, {"probes", f.sequence}});
  return flows;
}

json replay_json(const ReplayOptions& options, const ReplaySource& replay) {
  const ReplayCounts& c = replay.counts();
  const auto fault = replay.fault();
  return {{"file", options.file},
          {"speed", options.speed},
          {"loops", c.loops},
          {"not_ethernet", c.not_ethernet},
          {"too_long", c.too_long},
          {"cut", c.cut},
          {"fault", fault ? json(describe(*fault)) : json()}};
}

}  // namespace

json to_json(const RunResult& r) {
  return {{"sent", r.sent},
          {"sent_bytes", r.sent_bytes},
          {"elapsed_ns", r.elapsed_ns},
          {"stopped", r.end == SendEnd::kStopped},
          {"partial", partial_reason(r)},
          {"tx_errors", r.tx_errors},
          {"audit", audit_json(r)},
          {"counters", *r.counters},
          {"host", host_delta(r.before, r.after)}};
}

json to_json(const PortInfo& i, const std::string& name) {
  return {{"port", name},       {"backend", i.backend},    {"mode", i.mode},
          {"driver", i.driver}, {"mac", to_string(i.mac)}, {"mtu", i.mtu},
          {"numa", i.numa}};
}

json to_json(const RxResult& rx, std::uint64_t sent, bool round_trip) {
  const RxAccount& a = rx.account;
  const SequenceTracker& s = a.sequences();
  return {{"received", s.received()},
          {"lost", s.lost(sent)},
          {"duplicates", s.duplicates()},
          {"reordered", s.reordered()},
          {"stale", s.stale()},
          {"foreign", a.foreign()},
          {"ring_drops", rx.drops},
          {"stamp", rx.stamp},
          {"kind", round_trip ? "round-trip" : "one-way"},
          {"jitter_ns", a.jitter_ns()},
          {"negative", a.negative()},
          {"latency", summary(a.latency())},
          {"latency_intended", summary(a.latency_intended())},
          {"plan_unknown", a.plan_unknown()}};
}

json report(const Plan& plan, const PortInfo& info, const RunSpec& spec, const RunResult& r,
            const std::optional<RxResult>& rx) {
  json j = to_json(r);
  j["schema"] = "hopcost.pktgen/1";
  j["version"] = HOPCOST_VERSION;
  j["port"] = to_json(info, to_string(plan.port));
  j["load"] = {
      {"rate_pps", spec.pps}, {"gap", gap_name(plan.gap)}, {"burst", plan.burst}, {"seed", spec.seed}};
  if (const auto* profile = std::get_if<ProfileSource>(&spec.source)) {
    j["load"]["size"] = profile->mean_size();
    j["profile"] = {{"name", plan.profile->name}, {"flows", flows_json(*profile)}};
    j["rx"] = nullptr;
    return j;
  }
  if (const auto* replay = std::get_if<ReplaySource>(&spec.source)) {
    j["replay"] = replay_json(*plan.replay, *replay);
    j["rx"] = nullptr;
    return j;
  }
  j["load"]["size"] = plan.frame.size;
  j["load"]["flow"] = plan.frame.flow;
  j["frame"] = {{"src_mac", to_string(plan.frame.src_mac)}, {"dst_mac", to_string(plan.frame.dst_mac)},
                {"src_ip", to_string(plan.frame.src_ip)},   {"dst_ip", to_string(plan.frame.dst_ip)},
                {"src_port", plan.frame.src_port},          {"dst_port", plan.frame.dst_port}};
  j["rx"] = rx ? to_json(*rx, r.sent, plan.rx_is_port) : json(nullptr);
  return j;
}

std::string partial_reason(const RunResult& r) {
  switch (r.end) {
    case SendEnd::kDone:
      return "";
    case SendEnd::kStopped:
      return "stopped";
    case SendEnd::kPortFailed:
      return fmt::format("port failed: {}", std::strerror(r.port_errno));
    case SendEnd::kStalled:
      return "stalled: no frame came free for a second";
  }
  return "";
}

}  // namespace hopcost::pktgen
