#include "hopload/service.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/control.h"
#include "base/device_counters.h"
#include "hopload/machine/watch.h"
#include "hopload/now.h"
#include "hopload/rr/client.h"
#include "hopload/rr/server.h"
#include "hopload/tool/tool.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

constexpr double kLongestS = 3600;

Result<std::unique_ptr<Side>> make_rr(const json& request, bool server) {
  auto spec = read_rr_spec(request);
  if (!spec) return forward(spec);
  return server ? RrServer::open(*spec) : RrClient::open(*spec);
}

Result<std::unique_ptr<Side>> make_tool(const json& request, bool server) {
  auto spec = read_tool_spec(request);
  if (!spec) return forward(spec);
  if (server) return ToolServer::open(*spec);
  auto figures = read_tool_figures(request);
  if (!figures) return forward(figures);
  return std::unique_ptr<Side>(new ToolClient(std::move(*spec), std::move(*figures)));
}

/// What passed the client's device meanwhile, both ways, and what the machine's CPUs took for it.
void add_packets(const DeviceCounters::Reading& before, const DeviceCounters::Reading& after, double seconds,
                 json& figures) {
  const auto passed = [](const DeviceCounters::Reading& r) {
    return static_cast<double>(r.received + r.packets);
  };
  const auto size = [](const DeviceCounters::Reading& r) {
    return static_cast<double>(r.received_bytes + r.bytes);
  };
  const bool there = before.there && after.there;
  const double packets = there ? passed(after) - passed(before) : 0,
               bytes = there ? size(after) - size(before) : 0;
  const double cpu_ns = get_number_or(figures, "cpu_s", 0) * 1e9;
  figures["packets"] = packets / seconds;
  if (packets <= 0 || bytes <= 0) return;
  figures["cpu_ns_a_packet"] = cpu_ns / packets;
  figures["cpu_ns_a_byte"] = cpu_ns / bytes;
}

}  // namespace

Result<Service::Prepared*> Service::named(const json& request) {
  auto name = get_string(request, "load");
  if (!name) return forward(name);
  const auto at = sides_.find(*name);
  if (at == sides_.end()) return error(Exit::kUsage, fmt::format("no load '{}' is prepared", *name));
  return &at->second;
}

Result<json> Service::find(const json& request) {
  auto program = get_string(request, "program");
  if (!program) return forward(program);
  if (auto found = find_tool({*program}); !found) return forward(found);
  return json::object();
}

Result<json> Service::prepare(const json& request) {
  auto name = get_string(request, "load");
  if (!name) return forward(name);
  auto side = get_string(request, "side");
  if (!side) return forward(side);
  auto kind = get_string(request, "kind");
  if (!kind) return forward(kind);
  if (*side != "server" && *side != "client")
    return error(Exit::kUsage, fmt::format("unknown side '{}'", *side), "there are server and client");
  if (*kind != "rr" && *kind != "tool")
    return error(Exit::kUsage, fmt::format("unknown kind of load '{}'", *kind), "there are rr and tool");
  sides_.erase(*name);
  auto made = *kind == "rr" ? make_rr(request, *side == "server") : make_tool(request, *side == "server");
  if (!made) return forward(made);
  json description = (*made)->describe();
  if (*side == "client") description["machine_figures"] = machine_figures();
  sides_.emplace(std::move(*name), Prepared{std::move(*made), get_string_or(request, "netns", ""),
                                            get_string_or(request, "device", "")});
  return description;
}

Result<json> Service::check(const json& request) {
  auto side = named(request);
  if (!side) return forward(side);
  if (auto r = (*side)->side->check(); !r) return forward(r);
  return json::object();
}

Result<json> Service::run(const json& request) {
  auto side = named(request);
  if (!side) return forward(side);
  const double seconds = get_number_or(request, "seconds", 0);
  if (!(seconds >= 0.001 && seconds <= kLongestS))
    return error(Exit::kUsage, fmt::format("a quantum of {} s can't be run", seconds), "0.001 to 3600 s");
  const auto length = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  return get_bool_or(request, "watch", false) ? run_watched(**side, length) : (*side)->side->run(length);
}

Result<json> Service::run_watched(Prepared& load, std::chrono::nanoseconds length) {
  if (!machine_) machine_ = Machine::open();
  // Of one device: a packet of a VLAN, or of an overlay, passes those beneath too.
  auto counters = DeviceCounters::open(load.device, load.netns);
  const auto read = [&] { return counters ? counters->read() : DeviceCounters::Reading{}; };
  const DeviceCounters::Reading before = read();
  Watch watch(*machine_);
  const std::int64_t begun = now_ns();
  auto answer = load.side->run(length);
  const double seconds = static_cast<double>(now_ns() - begun) / 1e9;
  json machine = watch.end();
  const DeviceCounters::Reading after = read();
  if (!answer) return answer;
  add_packets(before, after, seconds, machine["figures"]);
  (*answer)["machine"] = std::move(machine);
  return answer;
}

Result<json> Service::close(const json& request) {
  auto name = get_string(request, "load");
  if (!name) return forward(name);
  sides_.erase(*name);
  return json::object();
}

Result<void> run_control() {
  Service service;
  const std::map<std::string, ControlHandler> handlers = {
      {"find", &Service::find},
      {"prepare", [&](const json& r) { return service.prepare(r); }},
      {"check", [&](const json& r) { return service.check(r); }},
      {"run", [&](const json& r) { return service.run(r); }},
      {"close", [&](const json& r) { return service.close(r); }}};
  return serve_control("hopload", handlers);
}

}  // namespace hopcost::hopload
