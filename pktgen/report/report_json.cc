#include "pktgen/report/report_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pktgen/io/link_watch.h"
#include "pktgen/session/standalone_source.h"
#include "stats/hdr_codec.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

/// Lateness of one lane, or of all.
json lateness_json(const Lateness& l) {
  return {{"late_histogram", encode_base64(l.late())},
          {"departures", l.departures()},
          {"within_64_ns", l.share_within(64)},
          {"within_128_ns", l.share_within(128)},
          {"within_256_ns", l.share_within(256)},
          {"within_512_ns", l.share_within(512)},
          {"late_p50_ns", l.late().value_at_quantile(0.5)},
          {"late_p99_ns", l.late().value_at_quantile(0.99)},
          {"late_max_ns", l.late().max()},
          {"missed_slots", l.missed_slots()}};
}

json audit_json(const RunResult& r) {
  const Audit& a = r.audit;
  json j = lateness_json(a.lateness());
  j.update({{"offered_pps", r.offered_pps},
            {"achieved_pps", r.achieved_pps},
            {"gap_histogram", encode_base64(a.gaps())},
            {"gap_error_histogram", encode_base64(a.gap_error())},
            {"gap_error_p50_ns", a.gap_error().value_at_quantile(0.5)},
            {"gap_error_p90_ns", a.gap_error().value_at_quantile(0.9)},
            {"gap_error_p99_ns", a.gap_error().value_at_quantile(0.99)},
            {"gap_error_p999_ns", a.gap_error().value_at_quantile(0.999)},
            {"gap_error_max_ns", a.gap_error().max()},
            {"gaps_within_64_ns", a.gaps_within(64)},
            {"gaps_within_128_ns", a.gaps_within(128)},
            {"gaps_within_256_ns", a.gaps_within(256)},
            {"gaps_within_512_ns", a.gaps_within(512)},
            {"interruptions", a.interruptions()},
            {"undisturbed_gaps", a.undisturbed_gap_error().count()},
            {"undisturbed_gaps_within_64_ns", a.undisturbed_gaps_within(64)},
            {"micro_bursts", a.micro_bursts()},
            {"missed_slots", a.missed_slots()},
            {"rate_changes", a.gap_changes()},
            {"clock_uncertainty_ns", r.clock_uncertainty_ns},
            {"work_ns", r.work_ns > 0 ? json(r.work_ns) : json()}});
  return j;
}

json counters_json(const PerfCounts& counts, const std::string& missing) {
  json j = to_json(counts);
  j["missing"] = missing;
  return j;
}

json departure_json(const std::optional<DepartureStamps>& d) {
  const bool any = d && d->any();
  return {{"stamp", any ? "hardware" : "software"},
          {"missing", d ? d->missing() : 0},
          {"negative", d ? d->negative() : 0},
          {"delay", any ? summary_json(d->delay()) : json()}};
}

/// RFC 5481 section 4.2.
json pdv_json(const HdrHistogram& delays) {
  const auto at = [&](double q) { return packet_delay_variation(delays, q); };
  return {{"p50_ns", at(0.5)},
          {"p90_ns", at(0.9)},
          {"p99_ns", at(0.99)},
          {"p999_ns", at(0.999)},
          {"max_ns", at(1)}};
}

/// RFC 3393, between packets of successive numbers.
json ipdv_json(const DelaySteps& steps) {
  if (steps.count() == 0) return nullptr;
  return {
      {"count", steps.count()}, {"min_ns", steps.min()}, {"p50_ns", steps.median()}, {"max_ns", steps.max()}};
}

json account_json(const RxAccount& a, std::uint64_t sent) {
  const SequenceTracker& s = a.sequences();
  return {{"received", s.received()},
          {"lost", s.lost(sent)},
          {"missing_at_end", sent - std::min(sent, a.passed())},
          {"duplicates", s.duplicates()},
          {"reordered", s.reordered()},
          {"stale", s.stale()},
          {"last_gap_ns", a.last_gap_ns() ? json(*a.last_gap_ns()) : json()},
          {"longest_silence_ns", a.longest_silence_ns()},
          {"jitter_ns", a.jitter_ns()},
          {"negative", a.negative()},
          {"latency", summary_json(a.latency())},
          {"pdv", a.latency().count() > 0 ? pdv_json(a.latency()) : json()},
          {"ipdv", ipdv_json(a.steps())},
          {"residence", a.residence().count() > 0 ? summary_json(a.residence()) : json()},
          {"residence_unknown", a.residence_unknown()},
          {"latency_intended", summary_json(a.latency_intended())},
          {"plan_unknown", a.plan_unknown()}};
}

json replay_json(const ReplayOptions& options, const Outcome& o) {
  const auto& replay = std::get<ReplaySource>(o.specs.front().lanes.front().source);
  const ReplayCounts& c = replay.counts();
  const auto fault = replay.fault();
  const auto next = never_due(o);
  return {{"file", options.file},
          {"speed", options.speed},
          {"loops", c.loops},
          {"no_packet", c.no_packet},
          {"no_mac", c.no_mac},
          {"link_type", c.link_type ? json(*c.link_type) : json()},
          {"too_long", c.too_long},
          {"filtered", c.filtered},
          {"cut", c.cut},
          {"without_time", c.timeless},
          {"gaps_shortened", c.shortened},
          {"steps_back", c.steps_back},
          {"next_due_ns", next ? json(*next) : json()},
          {"fault", fault ? json(describe(*fault)) : json()}};
}

}  // namespace

json summary_json(const HdrHistogram& h) {
  const auto known = [&](auto value) { return h.count() > 0 ? json(value) : json(); };
  return {{"histogram", encode_base64(h)},
          {"count", h.count()},
          {"min_ns", known(h.min())},
          {"mean_ns", known(h.mean())},
          {"p50_ns", known(h.value_at_quantile(0.5))},
          {"p90_ns", known(h.value_at_quantile(0.9))},
          {"p99_ns", known(h.value_at_quantile(0.99))},
          {"p999_ns", known(h.value_at_quantile(0.999))},
          {"max_ns", known(h.max())}};
}

json interval_json(const FlowInterval& f) {
  const auto quantiles = [](const HdrHistogram& h) {
    if (h.count() == 0) return json();
    json j = summary_json(h);
    j.erase("histogram");
    return j;
  };
  return {{"flow", f.flow},
          {"received", f.received},
          {"missing", f.missing()},
          {"duplicates", f.duplicates},
          {"reordered", f.reordered},
          {"jitter_ns", f.jitter_ns},
          {"latency", quantiles(f.latency)},
          {"pdv", f.latency.count() > 0 ? pdv_json(f.latency) : json()},
          {"residence", quantiles(f.residence)}};
}

json flows_json(const ProfileSource& profile) {
  json flows = json::array();
  for (const auto& f : profile.flows())
    flows.push_back({{"flow", f.id}, {"name", f.name}, {"sent", f.sent}, {"probes", f.sequence}});
  return flows;
}

json to_json(const RunResult& r) {
  return {{"sent", r.sent},
          {"sent_bytes", r.sent_bytes},
          {"began_ns", r.began_ns},
          {"elapsed_ns", r.elapsed_ns},
          {"stopped", r.end == SendEnd::kStopped},
          {"partial", partial_reason(r)},
          {"tx_errors", r.tx_errors},
          {"note", r.note},
          {"audit", audit_json(r)},
          {"departure", departure_json(r.departures)},
          {"counters", counters_json(r.counters, r.counters_missing)},
          {"host", host_delta(r.before, r.after)}};
}

json lane_json(const RunResult& r, std::size_t lane) {
  const LaneResult& l = r.lanes[lane];
  const bool counted = l.counters.packets > 0;
  json counters = counters_json(counted ? l.counters.counts : PerfCounts{}, r.counters_missing);
  counters["packets"] = l.counters.packets;
  return {{"sent", l.sent},
          {"sent_bytes", l.sent_bytes},
          {"tx_errors", l.tx_errors},
          {"audit", lateness_json(l.lateness)},
          {"counters", std::move(counters)}};
}

json to_json(const PortInfo& i, const std::string& name) {
  return {{"port", name},
          {"backend", i.backend},
          {"mode", i.mode},
          {"driver", i.driver},
          {"mac", to_string(i.mac)},
          {"mtu", i.mtu},
          {"numa", i.numa},
          {"busy_poll_us", i.busy_poll_us},
          {"rx_stamp", i.rx_stamp},
          {"tx_stamp", i.tx_stamp},
          {"rate_limit", i.rate_limit},
          {"abilities", i.abilities},
          {"rx_queues", i.rx_queues}};
}

json rx_json(const Outcome& o, bool round_trip) {
  if (!o.rx) return nullptr;
  const RxResult& rx = *o.rx;
  json j = account_json(merged_account(rx), o.probes());
  j["foreign"] = rx.accounts.foreign();
  j["ring_drops"] = rx.drops;
  j["fault"] = rx.port_errno == 0 ? "" : port_fault(rx.port_errno);
  j["silence"] = silence(o);
  j["stamp"] = rx.stamp;
  j["kind"] = round_trip ? "round-trip" : "one-way";
  if (o.flows.size() == 1 && o.flows.front().name.empty()) return j;
  j["flows"] = json::array();
  std::uint64_t missing_at_end = 0;
  for (std::size_t i = 0; i < o.flows.size(); ++i) {
    json flow = account_json(rx.accounts.all()[i], o.flows[i].probes);
    flow["flow"] = o.flows[i].id;
    flow["worker"] = o.flows[i].worker;
    missing_at_end += flow["missing_at_end"].get<std::uint64_t>();
    j["flows"].push_back(std::move(flow));
  }
  j["missing_at_end"] = missing_at_end;
  return j;
}

namespace {

json load_json(const Plan& plan, const Outcome& o) {
  const RunSpec& first = o.specs.front();
  json load = {{"rate_pps", o.total.offered_pps},
               {"gap", gap_name(plan.gap)},
               {"burst", plan.burst},
               {"seed", first.seed},
               {"stamp", first.stamp}};
  if (std::holds_alternative<ReplaySource>(first.lanes.front().source)) return load;
  load["size"] = mean_size(plan, first.lanes.front().source);
  if (!plan.profile) load["flow"] = plan.frame.flow;
  return load;
}

json workers_json(const Outcome& o) {
  json workers = json::array();
  for (std::size_t w = 0; w < o.results.size(); ++w) {
    json worker = to_json(o.results[w]);
    worker["worker"] = w;
    worker["cpu"] = o.places[w].cpu < 0 ? json() : json(o.places[w].cpu);
    worker["queue"] = o.places[w].queue;
    worker["port"] = to_json(o.places[w].info, o.places[w].port);
    worker["flows"] = json::array();
    for (const auto& f : o.flows)
      if (f.worker == w) worker["flows"].push_back(f.id);
    workers.push_back(std::move(worker));
  }
  return workers;
}

json lanes_json(const Plan& plan, const Outcome& o) {
  json lanes = json::array();
  for (std::size_t i = 0; i < o.lanes.size(); ++i) {
    json lane = lane_json(o.total, i);
    lane["port"] = to_json(o.lanes[i].info, o.lanes[i].port);
    lane["flow"] = plan.frame.flow + i;
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

json turns_json(const TurnSpec& t) {
  return {{"train", t.train}, {"mirrored", t.mirrored}, {"seed", t.seed}};
}

json frame_json(const FrameSpec& f, const MacAddress& device) {
  return {{"src_mac", to_string(f.src_mac.is_zero() ? device : f.src_mac)},
          {"dst_mac", to_string(f.dst_mac)},
          {"src_ip", to_string(f.src_ip)},
          {"dst_ip", to_string(f.dst_ip)},
          {"src_port", f.src_port},
          {"dst_port", f.dst_port}};
}

json sent_json(const std::vector<SentFlow>& flows) {
  json j = json::array();
  for (const auto& f : flows)
    j.push_back(
        {{"flow", f.id}, {"name", f.name}, {"worker", f.worker}, {"sent", f.sent}, {"probes", f.probes}});
  return j;
}

}  // namespace

json report(const Plan& plan, const Outcome& o) {
  json j = to_json(o.total);
  j["schema"] = "hopcost.pktgen/1";
  j["version"] = HOPCOST_VERSION;
  j["partial"] = partial_reason(o);
  j["port"] = to_json(o.places.front().info, to_string(plan.ports.front()));
  j["load"] = load_json(plan, o);
  j["workers"] = workers_json(o);
  if (const auto& turns = o.specs.front().turns) {
    j["turns"] = turns_json(*turns);
    j["lanes"] = lanes_json(plan, o);
  }
  j["rx"] = rx_json(o, plan.rx_is_port);
  if (plan.profile) {
    j["profile"] = {{"name", plan.profile->name}, {"flows", sent_json(o.flows)}};
  } else if (plan.replay) {
    j["replay"] = replay_json(*plan.replay, o);
  } else {
    j["frame"] = frame_json(plan.frame, o.places.front().info.mac);
  }
  return j;
}

}  // namespace hopcost::pktgen
