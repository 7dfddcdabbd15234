#include "hopload/machine/watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hopcost::hopload {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kBetweenLooks = 100ms;

json machine_figure(const char* name, const char* unit, const char* better) {
  return {{"name", name}, {"unit", unit}, {"better", better}};
}

}  // namespace

json machine_figures() {
  json all = {
      machine_figure("cpu_busy", "CPUs", "lower"),    machine_figure("softirq", "CPUs", "lower"),
      machine_figure("cpu_s", "s", "lower"),          machine_figure("interrupts", "1/s", "lower"),
      machine_figure("net_softirqs", "1/s", "lower"), machine_figure("memory_available", "MiB", "higher"),
      machine_figure("packets", "1/s", "higher"),     machine_figure("cpu_ns_a_packet", "ns", "lower"),
      machine_figure("cpu_ns_a_byte", "ns", "lower"), machine_figure("ipc", "instructions/cycle", "higher")};
  for (std::size_t e = 0; e < kEvents; ++e)
    all.push_back(machine_figure(name_of(static_cast<Event>(e)), "1/s", "lower"));
  for (json& f : all) {
    if (f["name"] != "softirq") continue;
    f["compared_by"] = "difference";  // a short quantum may have none
    f["same_within"] = 0.05;
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
  std::array<double, kEvents> counted{};
  for (std::size_t e = 0; e < kEvents; ++e) {
    if (!from.events[e] || !to.events[e]) continue;
    counted[e] = std::max(0.0, *to.events[e] - *from.events[e]);
    found[name_of(static_cast<Event>(e))] = counted[e] / seconds;
  }
  const double cycles = counted[static_cast<std::size_t>(Event::kCycles)];
  const double instructions = counted[static_cast<std::size_t>(Event::kInstructions)];
  if (cycles > 0 && instructions > 0) found["ipc"] = instructions / cycles;
  return found;
}

Watch::Watch(const Machine& machine)
    : machine_(machine), looks_{machine.look()}, thread_([this](std::stop_token stop) { look_on(stop); }) {}

void Watch::look_on(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stop, kBetweenLooks, [&] { return stop.stop_requested(); })) {
    if (stop.stop_requested()) return;
    looks_.push_back(machine_.look());
  }
}

json Watch::end() {
  thread_.request_stop();
  thread_.join();
  looks_.push_back(machine_.look());
  json samples = {{"at_s", json::array()}};
  for (std::size_t i = 1; i < looks_.size(); ++i) {
    samples["at_s"].push_back(static_cast<double>(looks_[i].at_ns - looks_.front().at_ns) / 1e9);
    const json tenth = between(looks_[i - 1], looks_[i]);
    for (const auto& [name, value] : tenth.items()) samples[name].push_back(value);
  }
  return {{"figures", between(looks_.front(), looks_.back())},
          {"samples", std::move(samples)},
          {"missing", machine_.missing()}};
}

}  // namespace hopcost::hopload
