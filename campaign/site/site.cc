#include "campaign/site/site.h"

#include <time.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"
#include "base/control.h"
#include "base/exclusive.h"
#include "base/look.h"
#include "base/programs.h"
#include "campaign/site/able.h"
#include "nsglue/control/topology_json.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Building a mode waits for the kernel, which takes its time on a slow machine.
constexpr auto kPatience = std::chrono::seconds(60);

std::vector<std::string> strings(const json& object, const char* key) {
  std::vector<std::string> all;
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return all;
  for (const json& s : *it) {
    if (s.is_string()) all.push_back(s.get<std::string>());
  }
  return all;
}

std::int64_t realtime_ns() {
  return static_cast<std::int64_t>(kernel_clock_ns(CLOCK_REALTIME));
}

SiteNic nic_of(const std::string& device, const json& answer) {
  return {device, static_cast<std::uint32_t>(get_uint_or(answer, "tx_queues", 0)),
          static_cast<std::uint32_t>(get_uint_or(answer, "rx_queues", 0))};
}

class ThisMachine final : public Site {
 public:
  const std::string& name() const noexcept override { return name_; }

  Result<Child> spawn(const std::string& program, const std::vector<std::string>& arguments) override {
    auto path = find_program(program);
    if (!path) return forward(path);
    ChildCommand command{.argv = {path->string()}, .name = program, .host = {}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    return Child::spawn(command);
  }

  Result<void> greet(Child& child) override { return child.greet(); }

  Result<void> become_able(bool rootless) override { return campaign::become_able(rootless); }

  Result<void> lock() override {
    if (lock_.valid()) return {};
    auto taken = lock_out_others();
    if (!taken) return forward(taken);
    lock_ = std::move(*taken);
    return {};
  }

  Result<Placement> place(int wanted, bool steer) override { return hopcost::place(wanted, steer); }

  Result<SiteClock> clock() override { return SiteClock{.ahead = {}, .max_error_ns = max_clock_error_ns()}; }

 private:
  std::string name_ = "this machine";
  Fd lock_;
};

}  // namespace

std::unique_ptr<Site> this_machine() {
  return std::make_unique<ThisMachine>();
}

Result<Child> Site::start(const std::string& program, const std::vector<std::string>& arguments) {
  auto child = spawn(program, arguments);
  if (!child) return child;
  if (auto r = greet(*child); !r) return forward(r);
  return child;
}

Result<json> Site::ask(const std::string& op, json arguments) {
  if (!nsglue_) {
    auto started = start("nsglue", {"--control"});
    if (!started) return forward(started);
    nsglue_.emplace(std::move(*started));
  }
  return nsglue_->call(op, std::move(arguments), kPatience);
}

Result<json> Site::machine() {
  return ask("machine", json::object());
}

Result<void> Site::hold_netfilter() {
  auto answer = ask("netfilter", json::object());
  return answer ? Result<void>() : forward(answer);
}

Result<ClockFacts> Site::clocks(int cpu) {
  auto answer = ask("clocks", {{"cpu", cpu}});
  if (!answer) return forward(answer);
  ClockFacts facts{.step_ns = get_number_or(*answer, "step_ns", 1), .cpu_bound_ns = {}};
  const auto bound = answer->find("cpu_bound_ns");
  if (bound != answer->end() && bound->is_number()) facts.cpu_bound_ns = bound->get<double>();
  facts.cpus = static_cast<unsigned>(get_uint_or(*answer, "cpus", 1));
  return facts;
}

Result<SiteClock> Site::clock() {
  constexpr int kExchanges = 8;  // the fastest one bounds best
  SiteClock clock{.ahead = {INT64_MIN, INT64_MAX}, .max_error_ns = {}};
  for (int i = 0; i < kExchanges; ++i) {
    const std::int64_t before = realtime_ns();
    auto answer = ask("time", json::object());
    if (!answer) return forward(answer);
    const std::int64_t after = realtime_ns();
    const auto there = static_cast<std::int64_t>(get_uint_or(*answer, "realtime_ns", 0));
    if (i == 0 || after - before < clock.ahead.hi_ns - clock.ahead.lo_ns)
      clock.ahead = {there - after, there - before};
    const json& error = look(*answer, "max_error_ns");
    clock.max_error_ns =
        error.is_number_unsigned() ? std::optional(error.get<std::uint64_t>()) : std::nullopt;
  }
  return clock;
}

Result<SiteNic> Site::nic(const std::string& device) {
  auto answer = ask("nic", {{"device", device}, {"session", session_}});
  if (!answer) return forward(answer);
  return nic_of(device, *answer);
}

Result<SiteDealer> Site::deal_from(const std::string& device, const std::string& wire) {
  auto answer = ask("nic", {{"device", device}, {"session", session_}, {"deal", true}, {"wire", wire}});
  if (!answer) return forward(answer);
  return SiteDealer{nic_of(device, *answer), get_string_or(*answer, "wire", ""),
                    get_string_or(*answer, "reason", "")};
}

Result<std::vector<std::string>> Site::lacks(const nsglue::Topology& topology) {
  auto answer = ask("lacks", nsglue::topology_to_json(topology));
  if (!answer) return forward(answer);
  return strings(*answer, "lacks");
}

Result<std::size_t> Site::sweep() {
  auto answer = ask("sweep", json::object());
  if (!answer) return forward(answer);
  return strings(*answer, "removed").size();
}

Result<nsglue::Topology> Site::up(const nsglue::Topology& topology, const std::string& instance) {
  json request = nsglue::topology_to_json(topology);
  request["instance"] = instance;
  auto answer = ask("up", std::move(request));
  if (!answer) return forward(answer);
  if (topology.conflist.empty()) return topology;
  auto joined = nsglue::topology_from_json(*answer);
  if (joined) joined->name = topology.name;
  return joined;
}

Result<SiteWire> Site::deal(const std::string& instance) {
  auto answer = ask("deal", {{"instance", instance}});
  if (!answer) return forward(answer);
  return SiteWire{get_string_or(*answer, "from", ""), get_string_or(*answer, "to", "")};
}

Result<void> Site::down(const std::string& instance) {
  auto answer = ask("down", {{"instance", instance}});
  if (!answer) return forward(answer);
  return {};
}

Result<std::vector<std::string>> Site::check(const std::string& instance) {
  auto answer = ask("check", {{"instance", instance}});
  if (!answer) return forward(answer);
  return strings(*answer, "drifts");
}

Result<std::vector<std::string>> Site::prove(const std::string& instance) {
  auto answer = ask("prove", {{"instance", instance}});
  if (!answer) return forward(answer);
  return strings(*answer, "faults");
}

Result<json> Site::settings(const std::string& instance) {
  return ask("settings", {{"instance", instance}});
}

}  // namespace hopcost::campaign
