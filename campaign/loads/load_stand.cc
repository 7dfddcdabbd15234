#include "campaign/loads/load_stand.h"

#include <fmt/format.h>

#include "base/control.h"
#include "campaign/loads/together.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kBeyondQuantum = 25s;  // limit for a tool that hangs (hopload ends it sooner)

std::string name_of(const LoadCase& load, std::size_t path, std::size_t container) {
  return fmt::format("{}@{}#{}", load.name(), path, container);
}

/// The ends of container `i`; for a path with one container, its own.
const nsglue::Realised& container_of(const nsglue::Realised& built, std::size_t i) {
  return built.containers.empty() ? built : built.containers[i];
}

/// The port at which a client finds its container's server, or at which that server listens. It is shifted
/// from the load's port as the container's port for packets is from the first container's.
std::uint16_t port_of(const LoadCase& load, const nsglue::Realised& built, std::size_t i, bool server) {
  if (load.from_container)
    return static_cast<std::uint16_t>(load.port + kPortsApart * i);  // they all use
                                                                     // one address
  const nsglue::Realised &first = container_of(built, 0), &mine = container_of(built, i);
  const auto packets = [&](const nsglue::Realised& one) {
    return server && !one.sinks.empty() ? one.sinks.back().port : one.port;
  };
  return static_cast<std::uint16_t>(load.port + packets(mine) - packets(first));
}

/// Whether a figure of the machine is about the container alone.
bool of_container(const std::string& name) {
  return name.starts_with("container_");
}

/// The machine's figures that `prepare` names, without the container's when they are not counted.
json machine_kinds(const json& told, bool count_containers) {
  json kinds = json::array();
  for (const json& kind : told.value("machine_figures", json::array())) {
    if (count_containers || !of_container(get_string_or(kind, "name", ""))) kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace

Result<LoadStand> LoadStand::put_up(std::shared_ptr<Build> build, Sites& sites, const Way& way) {
  LoadStand stand(std::move(build), way);
  stand.client_.site = &sites.tester();
  stand.server_.site = &sites.device();
  stand.client_.cpu = sites.placement().sender;
  if (way.together) stand.server_.cpu = sites.placement().sender;
  for (Seat* s : {&stand.client_, &stand.server_}) {
    if (auto r = seat(*s); !r) return forward(r);
  }
  return stand;
}

Result<void> LoadStand::seat(Seat& seat) {
  auto child = seat.site->start("hopload", {"--control"});
  if (!child) return forward(child);
  seat.prepared.clear();
  seat.cgroup.clear();
  seat.child.emplace(std::move(*child));
  return {};
}

Result<json> LoadStand::prepare(Seat& seat, const LoadCase& load, std::size_t path, std::size_t container,
                                bool server) {
  const nsglue::Realised& all = build_->paths()[path].built;
  const nsglue::Realised& built = container_of(all, container);
  const bool at_target = server != load.from_container;
  const nsglue::Endpoint& here = at_target ? built.target : built.sender;
  const nsglue::Endpoint& served = load.from_container ? built.sender : built.target;
  json request = server ? load.server : load.client;
  request["load"] = name_of(load, path, container);
  request["side"] = server ? "server" : "client";
  request["netns"] = here.netns;
  request["device"] = here.device;
  request["port"] = port_of(load, all, container, server);
  request["data_port"] = load.port + kPortsApart * container + 1;
  // With a published port, the address is not the container's own.
  request["address"] = server ? (way_.ipv6 ? "::" : "0.0.0.0") : (way_.ipv6 ? served.ipv6 : served.ipv4);
  request["counted"] = at_target && way_.count_containers;
  if (seat.cpu) request["cpu"] = *seat.cpu;
  auto answer = seat.child->call("prepare", std::move(request));
  if (!answer) return answer;
  seat.prepared.insert(name_of(load, path, container));
  seat.cgroup = get_string_or(*answer, "cgroup", seat.cgroup);
  seat.not_counted = get_string_or(*answer, "not_counted", "");
  return answer;
}

/// Prepares a container's client and server, unless they are prepared already.
Result<void> LoadStand::make_ready(const LoadCase& load, std::size_t path, std::size_t container) {
  const std::string name = name_of(load, path, container);
  if (!load.server.is_null() && !server_.prepared.contains(name)) {
    if (auto r = prepare(server_, load, path, container, true); !r) return forward(r);
  }
  if (client_.prepared.contains(name)) return {};
  auto described = prepare(client_, load, path, container, false);
  if (!described) return forward(described);
  described_[name] = std::move(*described);
  return {};
}

Result<void> LoadStand::still_served(const LoadCase& load, std::size_t path) {
  if (load.server.is_null()) return {};
  for (std::size_t k = 0; k < load.containers; ++k) {
    auto alive = server_.child->call("check", {{"load", name_of(load, path, k)}});
    if (!alive) return forward(alive);
  }
  return {};
}

Result<Quantum> LoadStand::attempt(const LoadCase& load, std::size_t path, const std::string& cgroup) {
  json names = json::array();
  for (std::size_t k = 0; k < load.containers; ++k) {
    if (auto r = make_ready(load, path, k); !r) return forward(r);
    names.push_back(name_of(load, path, k));
  }
  const auto limit =
      std::chrono::milliseconds(static_cast<std::int64_t>(load.quantum_s * 1000)) + kBeyondQuantum;
  auto answer = client_.child->call(
      "run", {{"loads", names}, {"seconds", load.quantum_s}, {"watch", true}, {"cgroup", cgroup}}, limit);
  // If the server has died, that explains what the client saw.
  if (auto alive = still_served(load, path); !alive) return forward(alive);
  if (!answer) return forward(answer);
  const json& told = described_[name_of(load, path, 0)];
  const json kinds = told.value("figures", json::array());
  Quantum quantum{.figures = {},
                  .kinds = kinds_together(kinds, load.containers),
                  .each = {},
                  .histograms = {},
                  .machine = answer->value("machine", json::object()),
                  .machine_kinds = machine_kinds(told, way_.count_containers)};
  const std::string shared = get_string_or(shared_kind(kinds), "name", "");
  std::vector<json> figures;
  for (const json& one : answer->value("answers", json::array())) {
    figures.push_back(one.value("figures", json::object()));
    if (load.containers > 1) quantum.each.push_back(get_number_or(figures.back(), shared.c_str(), 0));
    if (auto h = get_string_or(one, "histogram", ""); !h.empty()) quantum.histograms.push_back(std::move(h));
  }
  if (figures.size() != load.containers)
    return error(Exit::kFailure,
                 fmt::format("hopload answered for {} of {} containers", figures.size(), load.containers));
  quantum.figures = figures_together(kinds, figures);
  return quantum;
}

Result<Quantum> LoadStand::search(const LoadCase& load, std::size_t path) {
  auto& search = searches_[path];
  if (!search) {
    auto opened = CapacitySearch::open(build_->paths()[path], {.size = load.client.at("size"),
                                                               .trial_s = load.quantum_s,
                                                               .ipv6 = way_.ipv6,
                                                               .cpu = client_.cpu.value_or(-1)});
    if (!opened) return forward(opened);
    search = std::move(*opened);
  }
  auto figures = search->run();
  if (!figures) search.reset();
  if (!figures) return forward(figures);
  return Quantum{.figures = std::move(*figures),
                 .kinds = capacity_kinds(),
                 .each = {},
                 .histograms = {},
                 .machine = json::object(),
                 .machine_kinds = json::array()};
}

Result<Quantum> LoadStand::or_forget(const LoadCase& load, std::size_t path, const std::string& cgroup) {
  auto quantum = attempt(load, path, cgroup);
  for (std::size_t k = 0; !quantum && k < load.containers; ++k) forget(name_of(load, path, k));
  return quantum;
}

Result<Quantum> LoadStand::run(const LoadCase& load, std::size_t path) {
  if (load.kind == kCapacity) return search(load, path);
  return or_forget(load, path, "");
}

Result<Quantum> LoadStand::count(const LoadCase& load, std::size_t path) {
  const Seat& counted = load.from_container ? client_ : server_;
  if (counted.cgroup.empty())
    return error(Exit::kMissing,
                 counted.not_counted.empty() ? "nothing of the load works there" : counted.not_counted);
  auto quantum = or_forget(load, path, counted.cgroup);
  if (!quantum) return quantum;
  // Counting slows the quantum down, so the machine's other figures are dropped.
  for (const char* what : {"figures", "samples"}) {
    const json all = quantum->machine.value(what, json::object());
    json& of_it = quantum->machine[what] = json::object();
    for (const auto& [name, value] : all.items()) {
      if (name == "at_s" || of_container(name)) of_it[name] = value;
    }
  }
  return quantum;
}

void LoadStand::forget(const std::string& name) {
  for (Seat* s : {&client_, &server_}) {
    s->prepared.erase(name);
    if (s->child->call("close", {{"load", name}}, 5s)) continue;
    (void)seat(*s);  // it has gone or hangs; if no new one starts, the next quantum says so
  }
}

Result<void> LoadStand::find_programs(const LoadCase& load) {
  for (const std::string& program : load.programs) {
    auto found = client_.child->call("find", {{"program", program}});
    if (found) continue;
    Error missing = found.error();
    if (!load.install.empty()) missing.hint = load.install;
    return std::unexpected(missing);
  }
  return {};
}

void LoadStand::close(const LoadCase& load) {
  searches_.clear();
  for (std::size_t path = 0; path < build_->paths().size(); ++path) {
    for (std::size_t k = 0; k < load.containers; ++k) {
      const std::string name = name_of(load, path, k);
      for (Seat* s : {&client_, &server_}) {
        if (s->prepared.erase(name) > 0) (void)s->child->call("close", {{"load", name}}, 5s);
      }
    }
  }
}

}  // namespace hopcost::campaign
