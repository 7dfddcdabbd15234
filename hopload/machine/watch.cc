#include "hopload/machine/watch.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace hopcost::hopload {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kBetweenLooks = 100ms;
constexpr const char* kOfContainer = "container_";

json machine_figure(const char* name, const char* unit, const char* better) {
  return {{"name", name}, {"unit", unit}, {"better", better}};
}

/// Figures of a moment; over the whole time their mean is given.
constexpr const char* kOfNow[] = {"load", "power", "temperature"};

json mean_of(const json& samples) {
  double sum = 0, n = 0;
  for (const json& value : samples) {
    if (!value.is_number()) continue;
    sum += value.get<double>();
    ++n;
  }
  return n > 0 ? json(sum / n) : json();
}

/// Adds counts per second, under names that begin with `whose`.
void add_counts(const std::string& whose, const Counts& from, const Counts& to, double seconds, json& found) {
  std::array<double, kEvents> counted{};
  for (std::size_t e = 0; e < kEvents; ++e) {
    if (!from[e] || !to[e]) continue;
    counted[e] = std::max(0.0, *to[e] - *from[e]);
    if (static_cast<Event>(e) == Event::kCpuTime)
      found[whose + "cpu_busy"] = counted[e] / 1e9 / seconds;
    else
      found[whose + name_of(static_cast<Event>(e))] = counted[e] / seconds;
  }
  const double cycles = counted[static_cast<std::size_t>(Event::kCycles)];
  const double instructions = counted[static_cast<std::size_t>(Event::kInstructions)];
  if (cycles > 0 && instructions > 0) found[whose + "ipc"] = instructions / cycles;
}

}  // namespace

// More or less of a rate is not better: a faster mode has more of everything per second.
json machine_figures() {
  json all = {machine_figure("cpu_busy", "CPUs", ""),
              machine_figure("softirq", "CPUs", ""),
              machine_figure("cpu_s", "s", ""),
              machine_figure("interrupts", "1/s", ""),
              machine_figure("net_softirqs", "1/s", ""),
              machine_figure("memory_available", "MiB", "higher"),
              machine_figure("load", "threads", ""),
              machine_figure("power", "W", "lower"),
              machine_figure("temperature", "degrees C", "lower"),
              machine_figure("packets", "1/s", ""),
              machine_figure("cpu_ns_a_packet", "ns", "lower"),
              machine_figure("cpu_ns_a_byte", "ns", "lower"),
              machine_figure("ipc", "instructions/cycle", "")};
  for (const char* const whose : {"", kOfContainer}) {
    for (std::size_t e = 0; e < kEvents; ++e) {
      if (static_cast<Event>(e) == Event::kCpuTime) continue;
      const std::string name = whose + std::string(name_of(static_cast<Event>(e)));
      all.push_back(machine_figure(name.c_str(), "1/s", ""));
    }
  }
  all.push_back(machine_figure("container_cpu_busy", "CPUs", ""));
  all.push_back(machine_figure("container_ipc", "instructions/cycle", ""));
  const std::map<std::string, double> may_be_none = {// in a short quantum; the same within so much
                                                     {"softirq", 0.05},
                                                     {"load", 0.2},
                                                     {"temperature", 1},
                                                     {"migrations", 10},
                                                     {"page_faults", 10},
                                                     {"container_migrations", 10},
                                                     {"container_page_faults", 10}};
  for (json& f : all) {
    const auto at = may_be_none.find(f["name"].get<std::string>());
    if (at == may_be_none.end()) continue;
    f["compared_by"] = "difference";
    f["same_within"] = at->second;
  }
  return all;
}

json between(const Look& from, const Look& to) {
  const double seconds = static_cast<double>(to.at_ns - from.at_ns) / 1e9;
  json found = json::object();
  if (seconds <= 0) return found;
  const double softirq = to.softirq_s - from.softirq_s;
  const double busy =
      to.user_s - from.user_s + to.system_s - from.system_s + to.interrupt_s - from.interrupt_s + softirq;
  found["cpu_s"] = busy;
  found["cpu_busy"] = busy / seconds;
  found["softirq"] = softirq / seconds;
  found["interrupts"] = static_cast<double>(to.interrupts - from.interrupts) / seconds;
  found["net_softirqs"] = static_cast<double>(to.net_softirqs - from.net_softirqs) / seconds;
  found["memory_available"] = to.available_mb;
  found["load"] = to.runnable;
  if (from.sensors.energy_j && to.sensors.energy_j)
    found["power"] = (*to.sensors.energy_j - *from.sensors.energy_j) / seconds;
  if (to.sensors.power_w) found["power"] = *to.sensors.power_w;
  if (to.sensors.celsius) found["temperature"] = *to.sensors.celsius;
  add_counts("", from.all, to.all, seconds, found);
  add_counts(kOfContainer, from.container, to.container, seconds, found);
  return found;
}

Watch::Watch(Machine& machine)
    : machine_(machine), looks_{machine.look()}, thread_([this](std::stop_token stop) { look_on(stop); }) {}

void Watch::look_on(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stop, kBetweenLooks, [&] { return stop.stop_requested(); }))
    looks_.push_back(machine_.look());
}

json Watch::end() {
  thread_.request_stop();
  thread_.join();
  looks_.push_back(machine_.look());
  json samples = {{"at_s", json::array()}};
  json all = between(looks_.front(), looks_.back());
  for (std::size_t i = 1; i < looks_.size(); ++i) {
    samples["at_s"].push_back(static_cast<double>(looks_[i].at_ns - looks_.front().at_ns) / 1e9);
    const json tenth = between(looks_[i - 1], looks_[i]);
    for (const auto& [name, whole] : all.items()) samples[name].push_back(tenth.value(name, json()));
  }
  for (const char* name : kOfNow) {
    // From energy the whole time's power is exact.
    const bool exact = std::string_view(name) == "power" && looks_.front().sensors.energy_j &&
                       !looks_.front().sensors.power_w;
    if (all.contains(name) && !exact) all[name] = mean_of(samples[name]);
  }
  return {{"figures", all}, {"samples", std::move(samples)}, {"missing", machine_.missing()}};
}

}  // namespace hopcost::hopload
