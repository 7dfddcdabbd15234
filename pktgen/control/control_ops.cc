#include "pktgen/control/control_ops.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/control.h"
#include "base/destroy_together.h"
#include "pktgen/control/run_request.h"
#include "pktgen/io/any_port.h"
#include "pktgen/io/number_list.h"
#include "pktgen/options/validate.h"
#include "pktgen/pace/thread.h"
#include "pktgen/report/report_json.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

/// The ports and the worker that requests use. Handlers run on the serving thread; another thread may only
/// set stop().
class Ports {
 public:
  Ports(const TscClock& clock, int cpu) : clock_(clock), cpu_(cpu) {}
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;
  ~Ports();

  Result<json> open(const json& request);
  Result<json> run_slot(const json& request);
  Result<json> close(const json& request);
  /// Setting it cuts the current run short (serve_control's `stop`).
  [[nodiscard]] std::atomic<bool>& stop() noexcept { return progress_.stop; }

 private:
  Result<AnyPort*> find(const std::string& name);

  std::map<std::string, AnyPort> ports_;
  TscClock clock_;
  int cpu_;
  Progress progress_;
};

Ports::~Ports() {
  std::vector<AnyPort> all;
  for (auto& [name, port] : ports_) all.push_back(std::move(port));
  destroy_together(std::move(all));
}

Result<AnyPort*> Ports::find(const std::string& name) {
  const auto at = ports_.find(name);
  if (at == ports_.end()) return error(Exit::kUsage, fmt::format("no port '{}' is open", name));
  return &at->second;
}

Result<json> Ports::open(const json& request) {
  auto name = get_string(request, "port");
  if (!name) return forward(name);
  if (ports_.contains(*name)) return error(Exit::kUsage, fmt::format("a port '{}' is open already", *name));
  auto text = get_string(request, "spec");
  if (!text) return forward(text);
  auto spec = parse_port_spec(*text);
  if (!spec) return forward(spec);
  if (is_standard_output(*spec))
    return error(Exit::kUsage, "standard output is the control channel", "give the port a file: pcap:FILE");
  if (spec->netns.empty()) spec->netns = get_string_or(request, "netns", "");
  auto port =
      open_port({.spec = *spec, .allow_default_route = get_bool_or(request, "allow_default_route", false)});
  if (!port) return forward(port);
  const auto [at, fresh] = ports_.emplace(*name, std::move(*port));
  return to_json(info_of(at->second), *name);
}

/// Each lane's request and result.
json lanes_json(const json& request, const RunSpec& spec, const RunResult& result) {
  json lanes = json::array();
  for (std::size_t i = 0; i < spec.lanes.size(); ++i) {
    json lane = lane_json(result, i);
    lane["port"] = request["lanes"][i]["port"];
    if (const auto* profile = std::get_if<ProfileSource>(&spec.lanes[i].source)) {
      lane["flows"] = flows_json(*profile);
    } else {
      lane["flow"] = request["lanes"][i]["flow"];
    }
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

Result<json> Ports::run_slot(const json& request) {
  auto spec = run_spec_of(request, [this](const std::string& name) { return find(name); });
  if (!spec) return forward(spec);
  Result<RunResult> result = error(Exit::kFailure, "the run did not start");
  std::thread([&] {
    if (auto ok = pin_to_cpu(cpu_); !ok) {
      result = forward(ok);
      return;
    }
    const PerfCounters counters = PerfCounters::open();
    result = run(*spec, {.clock = clock_, .counters = counters, .progress = progress_, .cpu = cpu_});
  }).join();
  if (!result) return forward(result);
  json answer = to_json(*result);
  answer["lanes"] = lanes_json(request, *spec, *result);
  return answer;
}

Result<json> Ports::close(const json& request) {
  auto name = get_string(request, "port");
  if (!name) return forward(name);
  if (auto port = find(*name); !port) return forward(port);
  ports_.erase(*name);
  return json::object();
}

}  // namespace

Result<void> serve(const Config& config) {
  auto clock = TscClock::calibrate();
  if (!clock) return forward(clock);
  int cpu = -1;
  if (!config.cpu.empty()) {
    auto cpus = parse_number_list(config.cpu, "CPU");
    if (!cpus) return forward(cpus);
    if (cpus->size() != 1) return error(Exit::kUsage, "--control sends from one CPU", "like --cpu 1");
    cpu = static_cast<int>(cpus->front());
    keep_off_cpus(*cpus);
  }
  Ports ports(*clock, cpu);
  return serve_control("pktgen",
                       {{"open", [&](const json& r) { return ports.open(r); }},
                        {"run", [&](const json& r) { return ports.run_slot(r); }},
                        {"close", [&](const json& r) { return ports.close(r); }}},
                       &ports.stop());
}

}  // namespace hopcost::pktgen
