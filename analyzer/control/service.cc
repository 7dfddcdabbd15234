#include "analyzer/control/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "analyzer/control/tap_request.h"
#include "base/control.h"
#include "base/signals.h"

namespace hopcost::analyzer {

using nlohmann::json;
using namespace std::chrono_literals;

namespace {

bool has_name(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<std::string> names_of(const json& request) {
  std::vector<std::string> names;
  for (const auto& j : request.value("taps", json::array())) {
    if (j.is_string()) names.push_back(j.get<std::string>());
  }
  return names;
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

Result<Path*> Service::find(const json& request) {
  auto name = get_string(request, "path");
  if (!name) return forward(name);
  const auto at = paths_.find(*name);
  if (at == paths_.end())
    return error(Exit::kUsage, fmt::format("path {} is not armed", *name), "arm it first");
  return &at->second;
}

Result<json> Service::arm(const json& request) {
  auto name = get_string(request, "path");
  if (!name) return forward(name);
  auto taps = taps_of(request);
  if (!taps) return forward(taps);
  auto sinks = sinks_of(request);
  if (!sinks) return forward(sinks);
  Path* path = nullptr;
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    const auto [at, made] = paths_.try_emplace(*name, account_options_);
    path = &at->second;
    fresh = made;
  }
  auto done = add_sinks(*path, *sinks);
  if (done && request.contains("taps")) done = change_taps(*path, *taps);
  const std::lock_guard lock(mutex_);
  if (!done) {
    if (fresh) paths_.erase(*name);
    return forward(done);
  }
  json answer = json::array();
  for (const auto& tap : path->taps()) {
    answer.push_back({{"name", tap.spec().name}, {"kind", tap.spec().kind}, {"sees", tap.sees()}});
  }
  return json{{"taps", answer}};
}

Result<void> Service::add_sinks(Path& path, const std::vector<SinkSpec>& wanted) {
  for (const auto& spec : wanted) {
    const auto same = [&](const Sink& s) { return s.spec() == spec; };
    if (std::ranges::any_of(path.sinks(), same)) continue;
    auto sink = Sink::open(spec);
    if (!sink) return forward(sink);
    path.add_sink(std::move(*sink));
  }
  return {};
}

/// Opens what is not there, keeps what is, closes what is not wanted, and puts all in the order wanted.
Result<void> Service::change_taps(Path& path, const std::vector<TapSpec>& wanted) {
  std::vector<TapSpec> missing;
  for (const auto& spec : wanted) {
    const auto same = [&](const AnyTap& t) { return t.spec().name == spec.name; };
    if (std::ranges::none_of(path.taps(), same)) missing.push_back(spec);
  }
  auto opened = AnyTap::open_all(missing, tap_options_);
  if (!opened) return forward(opened);
  std::vector<AnyTap> unwanted;
  {
    const std::lock_guard lock(mutex_);
    slot_.give_up_if_on(path);
    auto pool = path.take_taps();
    std::ranges::move(*opened, std::back_inserter(pool));
    std::vector<AnyTap> ordered;
    for (const auto& spec : wanted) {
      const auto at = std::ranges::find(pool, spec.name, [](const AnyTap& t) { return t.spec().name; });
      ordered.push_back(std::move(*at));
      pool.erase(at);
    }
    (void)path.set_taps(std::move(ordered));
    unwanted = std::move(pool);
  }
  closer_.close(std::move(unwanted));
  return {};
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

/// Until every tap has seen all; or the last ones have and the others had time to show theirs; or the
/// timeout.
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
  const auto names = names_of(request);
  const bool whole = !request.contains("taps");
  std::vector<AnyTap> closing;
  {
    const std::lock_guard lock(mutex_);
    auto path = find(request);
    if (!path) return forward(path);
    slot_.give_up_if_on(**path);
    std::vector<AnyTap> staying;
    for (auto& tap : (*path)->take_taps())
      (whole || has_name(names, tap.spec().name) ? closing : staying).push_back(std::move(tap));
    (void)(*path)->set_taps(std::move(staying));
    if (whole) paths_.erase(get_string_or(request, "path", ""));
  }
  closer_.close(std::move(closing));
  return json::object();
}

Result<void> run_control(const Config& config) {
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
