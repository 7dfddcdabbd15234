#include "hopload/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/control.h"
#include "base/device_counters.h"
#include "hopload/coap/client.h"
#include "hopload/machine/watch.h"
#include "hopload/now.h"
#include "hopload/rr/client.h"
#include "hopload/rr/server.h"
#include "hopload/tool/tool.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

constexpr double kLongestS = 3600;
constexpr std::size_t kMostTogether = 256;

Result<std::unique_ptr<Side>> make_rr(const json& request, bool server) {
  auto spec = read_rr_spec(request);
  if (!spec) return forward(spec);
  return server ? RrServer::open(*spec) : RrClient::open(*spec);
}

/// Makes a CoAP side. Only clients: the servers are third-party programs.
Result<std::unique_ptr<Side>> make_coap(const json& request, bool server) {
  if (server) return error(Exit::kUsage, "hopload serves no CoAP", "the server is a tool");
  auto spec = read_coap_spec(request);
  if (!spec) return forward(spec);
  return CoapClient::open(*spec);
}

Result<std::unique_ptr<Side>> make_tool(const json& request, bool server) {
  auto spec = read_tool_spec(request);
  if (!spec) return forward(spec);
  if (server) return ToolServer::open(*spec);
  auto figures = read_tool_figures(request);
  if (!figures) return forward(figures);
  return std::unique_ptr<Side>(new ToolClient(std::move(*spec), std::move(*figures)));
}

using Make = Result<std::unique_ptr<Side>> (*)(const json& request, bool server);

Result<Make> maker_of(const std::string& kind) {
  static const std::map<std::string, Make> makers = {
      {"rr", make_rr}, {"coap", make_coap}, {"tool", make_tool}};
  const auto at = makers.find(kind);
  if (at != makers.end()) return at->second;
  return error(Exit::kUsage, fmt::format("unknown kind of load '{}'", kind), "there are rr, coap and tool");
}

/// The devices of the clients, each only once. A packet of a VLAN or an overlay also passes the devices
/// below.
class Devices {
 public:
  void add(const std::string& device, const std::string& netns) {
    if (!known_.emplace(netns, device).second) return;
    auto counters = DeviceCounters::open(device, netns);
    all_there_ = all_there_ && counters.has_value();
    if (counters) counters_.push_back(std::move(*counters));
  }
  [[nodiscard]] DeviceCounters::Reading read() const {
    DeviceCounters::Reading sum{.there = all_there_};
    for (const DeviceCounters& c : counters_) {
      const DeviceCounters::Reading r = c.read();
      sum.received += r.received;
      sum.received_bytes += r.received_bytes;
      sum.packets += r.packets;
      sum.bytes += r.bytes;
      sum.there = sum.there && r.there;
    }
    return sum;
  }

 private:
  std::set<std::pair<std::string, std::string>> known_;
  std::vector<DeviceCounters> counters_;
  bool all_there_ = true;
};

/// Adds the packets that passed the clients' devices in both directions during the run, and the CPU time per
/// packet.
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

Result<Service::Prepared*> Service::named(const std::string& name) {
  const auto at = sides_.find(name);
  if (at == sides_.end()) return error(Exit::kUsage, fmt::format("no load '{}' is prepared", name));
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
  auto make = maker_of(*kind);
  if (!make) return forward(make);
  sides_.erase(*name);
  json group = json::object();  // before a tool starts, so that it is in the cgroup
  if (get_bool_or(request, "counted", false)) group = be_counted();
  auto made = (*make)(request, *side == "server");
  if (!made) return forward(made);
  json description = (*made)->describe();
  description.update(group);
  if (*side == "client") description["machine_figures"] = machine_figures();
  sides_.emplace(*name, Prepared{*name, std::move(*made), get_string_or(request, "netns", ""),
                                 get_string_or(request, "device", "")});
  return description;
}

json Service::be_counted() {
  if (!cgroup_) cgroup_.emplace(Cgroup::enter());
  if (*cgroup_) return {{"cgroup", (*cgroup_)->folder().string()}};
  return {{"not_counted", describe(cgroup_->error())}};
}

Result<json> Service::check(const json& request) {
  auto name = get_string(request, "load");
  if (!name) return forward(name);
  auto side = named(*name);
  if (!side) return forward(side);
  if (auto r = (*side)->side->check(); !r) return forward(r);
  return json::object();
}

Result<json> Service::run(const json& request) {
  const json names = request.value("loads", json());
  if (!names.is_array() || names.empty() || names.size() > kMostTogether)
    return error(Exit::kUsage, fmt::format("member \"loads\": expected 1 to {} names", kMostTogether));
  std::vector<Prepared*> loads;
  for (const json& name : names) {
    auto load = named(name.is_string() ? name.get<std::string>() : name.dump());
    if (!load) return forward(load);
    if (std::ranges::find(loads, *load) != loads.end())
      return error(Exit::kUsage, fmt::format("member \"loads\": {} is named twice", (*load)->name));
    loads.push_back(*load);
  }
  const double seconds = get_number_or(request, "seconds", 0);
  if (!(seconds >= 0.001 && seconds <= kLongestS))
    return error(Exit::kUsage, fmt::format("a quantum of {} s can't be run", seconds), "0.001 to 3600 s");
  const auto length = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  if (!get_bool_or(request, "watch", false)) return run_together(loads, length);
  if (!machine_) machine_ = Machine::open();
  machine_->count(get_string_or(request, "cgroup", ""));
  return run_watched(loads, length);
}

Result<json> Service::run_together(const std::vector<Prepared*>& loads, std::chrono::nanoseconds length) {
  std::vector<Result<json>> answers(loads.size(), json());
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < loads.size(); ++i)
      others.emplace_back([&, i] { answers[i] = loads[i]->side->run(length); });
    answers[0] = loads[0]->side->run(length);
  }
  json all = json::array();
  for (std::size_t i = 0; i < loads.size(); ++i) {
    if (!answers[i] && loads.size() > 1)
      answers[i].error().what = loads[i]->name + ": " + answers[i].error().what;
    if (!answers[i]) return forward(answers[i]);
    all.push_back(std::move(*answers[i]));
  }
  return json{{"answers", std::move(all)}};
}

Result<json> Service::run_watched(const std::vector<Prepared*>& loads, std::chrono::nanoseconds length) {
  Devices devices;
  for (const Prepared* load : loads) devices.add(load->device, load->netns);
  const DeviceCounters::Reading before = devices.read();
  Watch watch(*machine_);
  const std::int64_t begun = now_ns();
  auto answer = run_together(loads, length);
  const double seconds = static_cast<double>(now_ns() - begun) / 1e9;
  json machine = watch.end();
  const DeviceCounters::Reading after = devices.read();
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
