#include "analyzer/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "analyzer/request.h"
#include "analyzer/summary_json.h"
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
  for (auto& [name, slot] : slots_) closer_.close(slot.path.take_taps());
}

void Service::read_rings(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      for (auto& [name, slot] : slots_) slot.path.drain();
    }
    std::this_thread::sleep_for(kReadEvery);
  }
}

Result<Service::Slot*> Service::find(const json& request) {
  auto name = get_string(request, "path");
  if (!name) return forward(name);
  const auto at = slots_.find(*name);
  if (at == slots_.end())
    return error(Exit::kUsage, fmt::format("path {} is not armed", *name), "arm it first");
  return &at->second;
}

Result<Service::Slot*> Service::find_open(const json& request, std::uint16_t flow) {
  auto slot = find(request);
  if (!slot) return slot;
  if (!(*slot)->open || (*slot)->flow != flow) {
    return error(Exit::kUsage,
                 fmt::format("flow {} is not expected on path {}", flow, get_string_or(request, "path", "")),
                 "send expect first, once per slot");
  }
  return slot;
}

Result<json> Service::arm(const json& request) {
  auto name = get_string(request, "path");
  if (!name) return forward(name);
  auto taps = taps_of(request);
  if (!taps) return forward(taps);
  auto sinks = sinks_of(request);
  if (!sinks) return forward(sinks);
  Slot* slot = nullptr;
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    const auto [at, made] = slots_.try_emplace(*name, Slot{.path = Path(account_options_)});
    slot = &at->second;
    fresh = made;
  }
  auto done = add_sinks(*slot, *sinks);
  if (done && request.contains("taps")) done = change_taps(*slot, *taps);
  const std::lock_guard lock(mutex_);
  if (!done) {
    if (fresh) slots_.erase(*name);
    return forward(done);
  }
  json answer = json::array();
  for (const auto& tap : slot->path.taps()) {
    answer.push_back({{"name", tap.spec().name}, {"kind", tap.spec().kind}, {"sees", tap.sees()}});
  }
  return json{{"taps", answer}};
}

Result<void> Service::add_sinks(Slot& slot, const std::vector<SinkSpec>& wanted) {
  for (const auto& spec : wanted) {
    const auto same = [&](const Sink& s) { return s.spec() == spec; };
    if (std::ranges::any_of(slot.path.sinks(), same)) continue;
    auto sink = Sink::open(spec);
    if (!sink) return forward(sink);
    slot.path.add_sink(std::move(*sink));
  }
  return {};
}

/// Opens what is not there, keeps what is, closes what is not wanted, and puts all in the order wanted.
Result<void> Service::change_taps(Slot& slot, const std::vector<TapSpec>& wanted) {
  std::vector<TapSpec> missing;
  for (const auto& spec : wanted) {
    const auto same = [&](const AnyTap& t) { return t.spec().name == spec.name; };
    if (std::ranges::none_of(slot.path.taps(), same)) missing.push_back(spec);
  }
  auto opened = AnyTap::open_all(missing, tap_options_);
  if (!opened) return forward(opened);
  std::vector<AnyTap> unwanted;
  {
    const std::lock_guard lock(mutex_);
    auto pool = slot.path.take_taps();
    std::ranges::move(*opened, std::back_inserter(pool));
    std::vector<AnyTap> ordered;
    for (const auto& spec : wanted) {
      const auto at = std::ranges::find(pool, spec.name, [](const AnyTap& t) { return t.spec().name; });
      ordered.push_back(std::move(*at));
      pool.erase(at);
    }
    (void)slot.path.set_taps(std::move(ordered));
    slot.open = false;
    unwanted = std::move(pool);
  }
  closer_.close(std::move(unwanted));
  return {};
}

Result<json> Service::expect(const json& request) {
  auto flow = flow_of(request);
  if (!flow) return forward(flow);
  auto beside = flow_beside_of(request);
  if (!beside) return forward(beside);
  const std::lock_guard lock(mutex_);
  auto slot = find(request);
  if (!slot) return forward(slot);
  Path& path = (*slot)->path;
  if (path.correlator() == nullptr)
    return error(Exit::kUsage, "expect on a path without taps", "arm taps first");
  path.discard();
  const auto begin = [&](Correlator& correlator, std::uint16_t id) {
    const std::uint64_t sender_cpu = get_uint_or(request, "sender_cpu", kUnknownCpu);
    correlator.expect(id, get_uint_or(request, "first_sequence", 0),
                      static_cast<unsigned>(std::min<std::uint64_t>(sender_cpu, kUnknownCpu)));
  };
  begin(*path.correlator(), *flow);
  path.account()->nothing_beside();
  if (*beside) begin(path.account()->beside(**beside), **beside);
  (*slot)->flow = *flow;
  (*slot)->open = true;
  (*slot)->before = HostState::now();
  return json::object();
}

Result<json> Service::collect(const json& request) {
  auto flow = flow_of(request);
  if (!flow) return forward(flow);
  auto sent = get_uint(request, "sent");
  if (!sent) return forward(sent);
  const std::uint64_t sent_beside = get_uint_or(request, "sent_beside", 0);
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto found = find_open(request, *flow);
    if (!found) return forward(found);
    slot = *found;
  }
  wait_for(*slot, {*sent, sent_beside}, get_uint_or(request, "timeout_ms", 500));
  const std::lock_guard lock(mutex_);
  Path& path = slot->path;
  slot->open = false;
  const auto facts = path.facts();
  const auto end = [&](Correlator& correlator, std::uint64_t probes) {
    correlator.close();
    return summary_to_json(summarise(correlator, facts, probes));
  };
  json answer = end(*path.correlator(), *sent);
  if (Correlator* const beside = path.account()->beside()) answer["beside"] = end(*beside, sent_beside);
  answer["flow"] = *flow;
  answer["host"] = host_delta(slot->before, HostState::now());
  return answer;
}

/// Until every tap has seen all; or the last one has and the others had time to show theirs; or the timeout.
void Service::wait_for(Slot& slot, const Sent& sent, std::uint64_t timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(std::min<std::uint64_t>(timeout_ms, 3'600'000));
  auto last_done = Clock::time_point::max();
  while (!interrupted_ && !stop_requested()) {
    const auto now = Clock::now();
    {
      const std::lock_guard lock(mutex_);
      slot.path.drain();
      const Correlator& c = *slot.path.correlator();
      const Correlator* const beside = slot.path.account()->beside();
      const auto seen_all = [&](std::size_t tap) {
        return c.tap(tap).seen >= sent.flow && (beside == nullptr || beside->tap(tap).seen >= sent.beside);
      };
      std::size_t complete = 0;
      for (std::size_t i = 0; i < c.tap_count(); ++i) complete += seen_all(i);
      if (complete == c.tap_count()) return;
      const bool last = seen_all(c.tap_count() - 1);
      if (last && last_done == Clock::time_point::max()) {
        last_done = now + std::chrono::milliseconds(2 * slot.path.settle_ms());
      }
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
    auto slot = find(request);
    if (!slot) return forward(slot);
    Path& path = (*slot)->path;
    std::vector<AnyTap> staying;
    for (auto& tap : path.take_taps())
      (whole || has_name(names, tap.spec().name) ? closing : staying).push_back(std::move(tap));
    (void)path.set_taps(std::move(staying));
    (*slot)->open = false;
    if (whole) slots_.erase(get_string_or(request, "path", ""));
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
