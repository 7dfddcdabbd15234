#include "nsglue/control/service.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/control.h"
#include "base/cpu_clocks.h"
#include "base/exclusive.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/placement.h"
#include "nsglue/cni_mode.h"
#include "nsglue/control/topology_json.h"
#include "nsglue/kernel/netfilter_hold.h"
#include "nsglue/nsglue.h"
#include "nsglue/wire/nic.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

json to_json(const NicFacts& nic) {
  return {{"device", nic.device},
          {"mac", nic.mac},
          {"mtu", nic.mtu},
          {"tx_queues", nic.tx_queues},
          {"rx_queues", nic.rx_queues}};
}

class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() {
    nic_.reset();  // otherwise it would hand frames to instances that have gone
    for (const auto& [instance, topology] : standing_) {
      if (auto r = nsglue::down(instance); !r) log_error("{}", describe(r.error()));
    }
  }

  Result<json> lock(const json&) {
    if (lock_.valid()) return json::object();
    auto taken = lock_out_others();
    if (!taken) return forward(taken);
    lock_ = std::move(*taken);
    return json::object();
  }

  Result<json> place(const json& request) {
    auto placement = choose_placement(static_cast<int>(get_number_or(request, "cpu", -1)), false);
    if (!placement) return forward(placement);
    return json{{"sender", placement->sender}, {"others", placement->others}};
  }

  Result<json> machine(const json&) {
    json all = describe_machine();
    all["netfilter"] = netfilter_.valid() ? "held in use" : "as it is";
    return all;
  }

  Result<json> netfilter(const json&) {
    if (netfilter_.valid()) return json{{"held", true}};
    auto held = hold_netfilter();
    if (!held) return json{{"held", false}, {"reason", describe(held.error())}};
    netfilter_ = std::move(*held);
    return json{{"held", true}};
  }

  Result<json> clocks(const json& request) {
    const ClockFacts facts = look_at_clocks(static_cast<int>(get_number_or(request, "cpu", 0)));
    return json{{"step_ns", facts.step_ns},
                {"cpu_bound_ns", facts.cpu_bound_ns ? json(*facts.cpu_bound_ns) : json()},
                {"cpus", facts.cpus}};
  }

  Result<json> time(const json&) {
    const auto error_ns = max_clock_error_ns();
    return json{{"realtime_ns", kernel_clock_ns(CLOCK_REALTIME)},
                {"max_error_ns", error_ns ? json(*error_ns) : json()}};
  }

  Result<json> sweep(const json&) {
    auto removed = nsglue::sweep();
    if (!removed) return forward(removed);
    return json{{"removed", *removed}};
  }

  Result<json> lacks(const json& request) {
    auto topology = topology_from_json(request);
    if (!topology) return forward(topology);
    auto lacking = nsglue::lacks(*topology);
    if (!lacking) return forward(lacking);
    const auto plugins = lacking_plugins(*topology);
    lacking->insert(lacking->end(), plugins.begin(), plugins.end());
    return json{{"lacks", *lacking}};
  }

  /// Without "deal" it only reads the NIC's facts, for an end that sends.
  Result<json> nic(const json& request) {
    auto device = get_string(request, "device");
    if (!device) return forward(device);
    const std::string session = get_string_or(request, "session", "");
    if (!get_bool_or(request, "deal", false)) {
      auto facts = look_at_nic(*device, session);
      if (!facts) return forward(facts);
      return to_json(*facts);
    }
    nic_.reset();
    auto opened = DealingNic::open(*device, session, get_string_or(request, "wire", "auto"));
    if (!opened) return forward(opened);
    nic_.emplace(std::move(*opened));
    json answer = to_json(nic_->facts());
    answer["wire"] = nic_->wire();
    answer["reason"] = nic_->reason().empty() ? json() : json(nic_->reason());
    return answer;
  }

  Result<json> up(const json& request) {
    auto topology = topology_from_json(request);
    if (!topology) return forward(topology);
    auto instance = get_string(request, "instance");
    if (!instance) return forward(instance);
    auto built = nsglue::up(*topology, *instance, Ownership::kThisProcess);
    if (!built) return forward(built);
    standing_.insert_or_assign(*instance, *topology);  // so that it is removed even if the next step fails
    auto stands = as_it_stands(*topology, *instance);
    if (!stands) return forward(stands);
    json answer = topology->conflist.empty() ? json::object() : topology_to_json(*stands);
    standing_.insert_or_assign(*instance, std::move(*stands));
    return answer;
  }

  Result<json> deal(const json& request) {
    return with_standing(request, [&](const Topology& topology, const std::string& instance) -> Result<json> {
      if (!nic_) return error(Exit::kUsage, "no NIC to deal from", "\"nic\" comes first");
      auto wire = nic_->deal(topology, instance);
      if (!wire) return forward(wire);
      return json{{"from", wire->from}, {"to", wire->to}};
    });
  }

  Result<json> down(const json& request) {
    auto instance = get_string(request, "instance");
    if (!instance) return forward(instance);
    if (nic_) nic_->withhold(*instance);
    if (auto gone = nsglue::down(*instance); !gone) return forward(gone);
    standing_.erase(*instance);
    return json::object();
  }

  Result<json> check(const json& request) {
    return with_standing(request, [](const Topology& topology, const std::string& instance) -> Result<json> {
      auto drifts = nsglue::check(topology, instance);
      if (!drifts) return forward(drifts);
      json found = json::array();
      for (const Drift& d : *drifts) found.push_back(text(d));
      return json{{"drifts", found}};
    });
  }

  Result<json> prove(const json& request) {
    return with_standing(request, [](const Topology& topology, const std::string& instance) -> Result<json> {
      auto proof = nsglue::prove(topology, instance);
      if (!proof) return forward(proof);
      return json{{"probes", proof->probes}, {"never", proof->never}, {"faults", proof->faults}};
    });
  }

  /// One container stands for all. They have been checked to be alike, and reading hundreds would take
  /// seconds.
  Result<json> settings(const json& request) {
    return with_standing(request, [](const Topology& topology, const std::string& instance) {
      return nsglue::settings(container_view(topology, 0), instance);
    });
  }

 private:
  template <class Then>
  Result<json> with_standing(const json& request, Then&& then) {
    auto instance = get_string(request, "instance");
    if (!instance) return forward(instance);
    const auto at = standing_.find(*instance);
    if (at != standing_.end()) return then(at->second, *instance);
    return error(Exit::kUsage, fmt::format("instance {} is not one of this channel's", *instance),
                 "\"up\" comes first");
  }

  Fd lock_, netfilter_;
  std::map<std::string, Topology> standing_;
  std::optional<DealingNic> nic_;
};

}  // namespace

Result<void> run_control() {
  Service service;
  std::map<std::string, ControlHandler> handlers;
  const auto add = [&](const char* name, Result<json> (Service::*op)(const json&)) {
    handlers[name] = [&service, op](const json& request) { return (service.*op)(request); };
  };
  add("lock", &Service::lock);
  add("place", &Service::place);
  add("machine", &Service::machine);
  add("netfilter", &Service::netfilter);
  add("clocks", &Service::clocks);
  add("time", &Service::time);
  add("sweep", &Service::sweep);
  add("lacks", &Service::lacks);
  add("nic", &Service::nic);
  add("up", &Service::up);
  add("deal", &Service::deal);
  add("down", &Service::down);
  add("check", &Service::check);
  add("prove", &Service::prove);
  add("settings", &Service::settings);
  return serve_control("nsglue", handlers);
}

}  // namespace hopcost::nsglue
