#include "pktgen/report/live_counts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/openmetrics.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

void histogram(std::string& out, const char* name, const std::string& labels, const LiveBuckets& b) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < LiveBuckets::kBounds; ++i) {
    count += b.count(i);
    out +=
        fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, labels, seconds(LiveBuckets::bound_ns(i)), count);
  }
  count += b.count(LiveBuckets::kBounds);
  out += fmt::format("{0}_bucket{{{1},le=\"+Inf\"}} {2}\n{0}_sum{{{1}}} {3}\n{0}_count{{{1}}} {2}\n", name,
                     labels, count, seconds(b.sum_ns()));
}

std::string worker_label(std::size_t worker) {
  return metric_label("worker", std::to_string(worker));
}

struct WorkerCounter {
  const char* name;
  const char* help;
  const char* unit;
  std::uint64_t (*value)(const Progress& p);
};

constexpr WorkerCounter kWorkerCounters[] = {
    {"hopcost_pktgen_sent", "Packets sent.", nullptr,
     [](const Progress& p) { return p.sent.load(std::memory_order_relaxed); }},
    {"hopcost_pktgen_sent_bytes", "Bytes of their frames without FCS.", "bytes",
     [](const Progress& p) { return p.bytes.load(std::memory_order_relaxed); }},
    {"hopcost_pktgen_tx_errors", "Packets the device refused or never took, known when a run has ended.",
     nullptr, [](const Progress& p) { return p.errors.load(std::memory_order_relaxed); }},
};

void senders(std::string& out, const Session& s) {
  const auto& workers = s.senders().all();
  for (const auto& c : kWorkerCounters) {
    append_family(out, c.name, "counter", c.help, c.unit);
    for (std::size_t w = 0; w < workers.size(); ++w)
      out += fmt::format("{}_total{{{},{}}} {}\n", c.name, worker_label(w),
                         metric_label("port", s.places()[w].port), c.value(workers[w]->progress()));
  }
  append_family(out, "hopcost_pktgen_lateness_seconds", "histogram", "Departure less plan, of paced runs.",
                "seconds");
  for (std::size_t w = 0; w < workers.size(); ++w)
    if (const LiveBuckets* late = workers[w]->lateness(); late != nullptr)
      histogram(out, "hopcost_pktgen_lateness_seconds", worker_label(w), *late);
}

void flows(std::string& out, const Session& s) {
  const auto sent = s.sent_now();
  const auto label = [&](std::size_t i) {
    return fmt::format("{},{}", metric_label("flow", std::to_string(sent[i].id)),
                       worker_label(sent[i].worker));
  };
  append_family(out, "hopcost_pktgen_flow_sent", "counter", "Packets of the flow.");
  for (std::size_t i = 0; i < sent.size(); ++i)
    out += fmt::format("hopcost_pktgen_flow_sent_total{{{}}} {}\n", label(i), sent[i].sent);
  if (s.receivers().empty()) return;
  const auto received = s.receivers().received_by_flow(sent.size());
  append_family(out, "hopcost_pktgen_flow_received", "counter",
                "Different packets of the flow that came in.");
  for (std::size_t i = 0; i < sent.size(); ++i)
    out += fmt::format("hopcost_pktgen_flow_received_total{{{}}} {}\n", label(i), received[i]);
  append_family(out, "hopcost_pktgen_flow_missing", "gauge", "Sent and not received: lost, or on their way.");
  for (std::size_t i = 0; i < sent.size(); ++i)
    out += fmt::format("hopcost_pktgen_flow_missing{{{}}} {}\n", label(i),
                       sent[i].probes > received[i] ? sent[i].probes - received[i] : 0);
}

void receivers(std::string& out, const Session& s) {
  if (s.receivers().empty()) return;
  append_family(out, "hopcost_pktgen_received", "counter", "Different packets that came in at a queue.");
  const auto each = s.receivers().received_by_each();
  for (std::size_t w = 0; w < each.size(); ++w)
    out += fmt::format("hopcost_pktgen_received_total{{{}}} {}\n",
                       metric_label("rx_worker", std::to_string(w)), each[w]);
  const auto sent = s.sent_now();
  append_family(out, "hopcost_pktgen_latency_seconds", "histogram", "From the actual departure.", "seconds");
  s.receivers().for_each_latency([&](std::size_t worker, std::size_t flow, const LiveBuckets& latency) {
    if (flow >= sent.size()) return;
    histogram(out, "hopcost_pktgen_latency_seconds",
              fmt::format("{},{}", metric_label("flow", std::to_string(sent[flow].id)),
                          metric_label("rx_worker", std::to_string(worker))),
              latency);
  });
}

}  // namespace

json live_counts(const SendWorkers& senders, const RxWorkers& receivers) {
  json workers = json::array();
  std::uint64_t sent = 0, bytes = 0;
  for (const auto& w : senders.all()) {
    const std::uint64_t s = w->progress().sent.load(std::memory_order_relaxed);
    const std::uint64_t b = w->progress().bytes.load(std::memory_order_relaxed);
    workers.push_back({{"sent", s}, {"bytes", b}});
    sent += s;
    bytes += b;
  }
  json line{{"sent", sent}, {"bytes", bytes}, {"workers", std::move(workers)}};
  if (receivers.empty()) return line;
  std::uint64_t received = 0;
  line["rx_workers"] = json::array();
  for (const std::uint64_t r : receivers.received_by_each()) {
    line["rx_workers"].push_back({{"received", r}});
    received += r;
  }
  line["received"] = received;
  line["missing"] = sent > received ? sent - received : 0;
  return line;
}

std::string metrics_text(const Session& s) {
  std::string out;
  senders(out, s);
  flows(out, s);
  receivers(out, s);
  append_family(out, "hopcost_pktgen_running", "gauge", "1 while a run lasts.");
  out += fmt::format("hopcost_pktgen_running {}\n", s.running() ? 1 : 0);
  append_family(out, "hopcost_build", "info", "The program.");
  out += fmt::format("hopcost_build_info{{{},{}}} 1\n# EOF\n", metric_label("program", "pktgen"),
                     metric_label("version", HOPCOST_VERSION));
  return out;
}

}  // namespace hopcost::pktgen
