#include "campaign/loads/load_stand.h"

#include <fmt/format.h>

#include "base/control.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kBeyondQuantum = 25s;  // what a tool that hangs is given (hopload ends it sooner)

std::string name_of(const LoadCase& load, std::size_t path) {
  return fmt::format("{}@{}", load.name(), path);
}

}  // namespace

Result<LoadStand> LoadStand::put_up(Build build, Sites& sites, bool ipv6, bool together) {
  LoadStand stand(std::move(build), ipv6);
  stand.client_.site = &sites.tester();
  stand.server_.site = &sites.device();
  stand.client_.cpu = sites.placement().sender;
  if (together) stand.server_.cpu = sites.placement().sender;
  for (Seat* s : {&stand.client_, &stand.server_}) {
    if (auto r = seat(*s); !r) return forward(r);
  }
  return stand;
}

Result<void> LoadStand::seat(Seat& seat) {
  auto child = seat.site->start("hopload", {"--control"});
  if (!child) return forward(child);
  seat.prepared.clear();
  seat.child.emplace(std::move(*child));
  return {};
}

Result<json> LoadStand::prepare(Seat& seat, const LoadCase& load, std::size_t path, bool server) {
  const nsglue::Realised& built = build_.paths()[path].built;
  const bool at_target = server != load.from_container;
  const nsglue::Endpoint& here = at_target ? built.target : built.sender;
  const nsglue::Endpoint& served = load.from_container ? built.sender : built.target;
  json request = server ? load.server : load.client;
  request["load"] = name_of(load, path);
  request["side"] = server ? "server" : "client";
  request["netns"] = here.netns;
  request["device"] = here.device;
  request["port"] = load.port;
  // A published port is another address than the container's own.
  request["address"] = server ? (ipv6_ ? "::" : "0.0.0.0") : (ipv6_ ? served.ipv6 : served.ipv4);
  if (seat.cpu) request["cpu"] = *seat.cpu;
  auto answer = seat.child->call("prepare", std::move(request));
  if (answer) seat.prepared.insert(name_of(load, path));
  return answer;
}

Result<Quantum> LoadStand::attempt(const LoadCase& load, std::size_t path, const std::string& name) {
  const bool served = !load.server.is_null();
  if (served && !server_.prepared.contains(name)) {
    if (auto r = prepare(server_, load, path, true); !r) return forward(r);
  }
  if (!client_.prepared.contains(name)) {
    auto described = prepare(client_, load, path, false);
    if (!described) return forward(described);
    described_[name] = std::move(*described);
  }
  const auto limit =
      std::chrono::milliseconds(static_cast<std::int64_t>(load.quantum_s * 1000)) + kBeyondQuantum;
  auto answer =
      client_.child->call("run", {{"load", name}, {"seconds", load.quantum_s}, {"watch", true}}, limit);
  if (served) {  // its death explains what the client saw
    if (auto alive = server_.child->call("check", {{"load", name}}); !alive) return forward(alive);
  }
  if (!answer) return forward(answer);
  const json& told = described_[name];
  return Quantum{.figures = answer->value("figures", json::object()),
                 .kinds = told.value("figures", json::array()),
                 .histogram = get_string_or(*answer, "histogram", ""),
                 .machine = answer->value("machine", json::object()),
                 .machine_kinds = told.value("machine_figures", json::array())};
}

Result<Quantum> LoadStand::run(const LoadCase& load, std::size_t path) {
  const std::string name = name_of(load, path);
  auto quantum = attempt(load, path, name);
  if (!quantum) forget(name);
  return quantum;
}

void LoadStand::forget(const std::string& name) {
  for (Seat* s : {&client_, &server_}) {
    s->prepared.erase(name);
    if (s->child->call("close", {{"load", name}}, 5s)) continue;
    (void)seat(*s);  // it has gone, or hangs; without another one the next quantum says so
  }
}

Result<void> LoadStand::find_programs(const LoadCase& load) {
  for (const std::string& program : load.programs) {
    auto found = client_.child->call("find", {{"program", program}});
    if (!found) return forward(found);
  }
  return {};
}

void LoadStand::close(const LoadCase& load) {
  for (std::size_t path = 0; path < build_.paths().size(); ++path) {
    const std::string name = name_of(load, path);
    for (Seat* s : {&client_, &server_}) {
      if (s->prepared.erase(name) > 0) (void)s->child->call("close", {{"load", name}}, 5s);
    }
  }
}

}  // namespace hopcost::campaign
