#include "analyzer/control/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/control.h"
#include "base/descriptors.h"
#include "base/signals.h"

namespace hopcost::analyzer {

using nlohmann::json;
using namespace std::chrono_literals;

namespace {

bool has_tap(const std::vector<AnyTap>& taps, const std::string& name) {
  return std::ranges::any_of(taps, [&](const AnyTap& t) { return t.spec().name == name; });
}

json taps_to_json(const std::vector<AnyTap>& taps) {
  json list = json::array();
  for (const auto& tap : taps)
    list.push_back({{"name", tap.spec().name}, {"kind", tap.spec().kind}, {"sees", tap.sees()}});
  return list;
}

Result<json> tap_kinds_json() {
  json kinds = json::array();
  for (const auto& kind : list_tap_kinds())
    kinds.push_back({{"name", kind.name}, {"usable", kind.why_not.empty()}, {"why_not", kind.why_not}});
  return json{{"kinds", kinds}, {"best", best_tap_kind()}};
}

}  // namespace

Service::Service(const Config& config)
    : tap_options_(config.tap_options),
      account_options_{.window = config.window, .max_flows = 1},
      reader_([this](std::stop_token stop) { read_rings(std::move(stop)); }) {}

Service::~Service() {
  reader_.request_stop();
  reader_.join();
  for (auto& [name, path] : paths_) closer_.close(path.take_taps());
}

void Service::read_rings(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      for (auto& [name, path] : paths_) path.drain();
    }
    std::this_thread::sleep_for(kReadEvery);
  }
}

/// The taps that the path does not have yet.
std::vector<TapSpec> Service::missing(const WantedPath& wanted) const {
  std::vector<TapSpec> missing;
  const auto at = paths_.find(wanted.name);
  for (const auto& spec : wanted.taps.value_or(std::vector<TapSpec>()))
    if (at == paths_.end() || !has_tap(at->second.taps(), spec.name)) missing.push_back(spec);
  return missing;
}

/// The sinks that the path does not have yet.
Result<std::vector<Sink>> Service::open_sinks(const WantedPath& wanted) const {
  std::vector<Sink> sinks;
  const auto at = paths_.find(wanted.name);
  for (const auto& spec : wanted.sinks) {
    const auto same = [&](const Sink& s) { return s.spec() == spec; };
    if (at != paths_.end() && std::ranges::any_of(at->second.sinks(), same)) continue;
    auto sink = Sink::open(spec);
    if (!sink) return forward(sink);
    sinks.push_back(std::move(*sink));
  }
  return sinks;
}

/// Puts the path's new and old taps into the order wanted. Gives the taps that are no longer wanted.
std::vector<AnyTap> Service::set_taps(Path& path, const std::vector<TapSpec>& wanted,
                                      std::vector<AnyTap> opened) {
  if (opened.empty() &&
      std::ranges::equal(
          path.taps(), wanted, {}, [](const AnyTap& t) { return t.spec().name; }, &TapSpec::name))
    return {};
  slot_.give_up_if_on(path);
  auto pool = path.take_taps();
  std::ranges::move(opened, std::back_inserter(pool));
  std::vector<AnyTap> ordered;
  for (const auto& spec : wanted) {
    const auto at = std::ranges::find(pool, spec.name, [](const AnyTap& t) { return t.spec().name; });
    ordered.push_back(std::move(*at));
    pool.erase(at);
  }
  (void)path.set_taps(std::move(ordered));
  return pool;
}

// All taps and sinks are opened before anything is changed. The taps are opened at once, because each waits
// for the kernel.
Result<json> Service::arm(const json& request) {
  auto wanted = arm_of(request);
  if (!wanted) return forward(wanted);
  std::vector<std::vector<Sink>> sinks;
  std::vector<TapSpec> specs;
  std::vector<std::size_t> opened_of;  // by path: how many of `specs` are its
  for (const WantedPath& w : *wanted) {
    auto of_path = open_sinks(w);
    if (!of_path) return forward(of_path);
    sinks.push_back(std::move(*of_path));
    const auto more = missing(w);
    specs.insert(specs.end(), more.begin(), more.end());
    opened_of.push_back(more.size());
  }
  auto opened = AnyTap::open_all(specs, tap_options_);
  if (!opened) return forward(opened);
  json answer = json::array();
  std::vector<AnyTap> unwanted;
  {
    const std::lock_guard lock(mutex_);
    auto next = opened->begin();
    for (std::size_t i = 0; i < wanted->size(); ++i) {
      const WantedPath& w = (*wanted)[i];
      Path& path = paths_.try_emplace(w.name, account_options_).first->second;
      for (auto& sink : sinks[i]) path.add_sink(std::move(sink));
      const auto end = next + static_cast<std::ptrdiff_t>(opened_of[i]);
      std::vector<AnyTap> fresh(std::make_move_iterator(std::exchange(next, end)),
                                std::make_move_iterator(end));
      if (w.taps) std::ranges::move(set_taps(path, *w.taps, std::move(fresh)), std::back_inserter(unwanted));
      answer.push_back({{"path", w.name}, {"taps", taps_to_json(path.taps())}});
    }
  }
  closer_.close(std::move(unwanted));
  return json{{"paths", std::move(answer)}};
}

Result<json> Service::expect(const json& request) {
  auto wanted = expect_of(request);
  if (!wanted) return forward(wanted);
  const std::lock_guard lock(mutex_);
  if (auto begun = slot_.begin(paths_, *wanted); !begun) return forward(begun);
  return json::object();
}

Result<json> Service::collect(const json& request) {
  auto wanted = collect_of(request);
  if (!wanted) return forward(wanted);
  {
    const std::lock_guard lock(mutex_);
    if (auto known = slot_.set_sent(*wanted); !known) return forward(known);
  }
  wait_for_packets(wanted->timeout_ms);
  const std::lock_guard lock(mutex_);
  return slot_.end();
}

/// Waits until every tap has seen all packets, or the timeout has passed. Once the last taps have seen all,
/// the others get twice the longest settle time to show theirs.
void Service::wait_for_packets(std::uint64_t timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  auto last_done = Clock::time_point::max();
  while (!interrupted_ && !stop_requested()) {
    const auto now = Clock::now();
    {
      const std::lock_guard lock(mutex_);
      slot_.drain();
      const auto [all, last] = slot_.progress();
      if (all) return;
      if (last && last_done == Clock::time_point::max())
        last_done = now + std::chrono::milliseconds(2 * slot_.settle_ms());
    }
    if (now >= end || now >= last_done) return;
    std::this_thread::sleep_for(1ms);
  }
}

Result<json> Service::disarm(const json& request) {
  auto unwanted = disarm_of(request);
  if (!unwanted) return forward(unwanted);
  for (const UnwantedPath& u : *unwanted)
    if (!paths_.contains(u.name))
      return error(Exit::kUsage, fmt::format("path {} is not armed", u.name), "arm it first");
  std::vector<AnyTap> closing;
  {
    const std::lock_guard lock(mutex_);
    for (const UnwantedPath& u : *unwanted) {
      Path& path = paths_.at(u.name);
      slot_.give_up_if_on(path);
      std::vector<AnyTap> staying;
      for (auto& tap : path.take_taps()) {
        const bool closes = !u.taps || std::ranges::find(*u.taps, tap.spec().name) != u.taps->end();
        (closes ? closing : staying).push_back(std::move(tap));
      }
      (void)path.set_taps(std::move(staying));
      if (!u.taps) paths_.erase(u.name);
    }
  }
  closer_.close(std::move(closing));
  return json::object();
}

Result<void> run_control(const Config& config) {
  allow_most_descriptors();  // a path may have 256 ends
  Service service(config);
  const auto call = [&service](Result<json> (Service::*op)(const json&)) {
    return [&service, op](const json& request) { return (service.*op)(request); };
  };
  return serve_control("analyzer",
                       {{"kinds", [](const json&) { return tap_kinds_json(); }},
                        {"arm", call(&Service::arm)},
                        {"expect", call(&Service::expect)},
                        {"collect", call(&Service::collect)},
                        {"disarm", call(&Service::disarm)}},
                       &service.interrupted());
}

}  // namespace hopcost::analyzer
