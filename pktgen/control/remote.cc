#include "pktgen/control/remote.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/clock.h"
#include "base/quantity.h"
#include "base/units.h"
#include "pktgen/report/live_counts.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

constexpr std::uint64_t kFarthestBeginNs = 60 * kNsPerSecond;

/// Packets a second as a number, or any text of --rate.
Result<std::string> rate_of(const json& rate) {
  if (!(rate.is_string() || rate.is_number()))
    return error(Exit::kUsage, "member \"rate\": expected packets a second, or text as of --rate",
                 "see doc/control-protocol.md");
  return rate.is_string() ? rate.get<std::string>() : fmt::format("{}", rate.get<double>());
}

/// Sets packets and time of a start request; if it gives neither, they stay as before.
Result<void> set_length(Session& session, const json& request) {
  std::optional<std::uint64_t> count, duration_ns;
  if (request.contains("count")) {
    auto value = get_uint(request, "count");
    if (!value) return forward(value);
    count = *value;
  }
  if (request.contains("duration")) {
    auto text = get_string(request, "duration");
    if (!text) return forward(text);
    auto duration = parse_duration(*text);
    if (!duration) return forward(duration);
    duration_ns = static_cast<std::uint64_t>(duration->count());
  }
  return count || duration_ns ? session.set_length(count, duration_ns) : Result<void>{};
}

/// When the run that a start request asks for begins, in ns of CLOCK_REALTIME; 0: at once.
Result<std::uint64_t> begin_of(const json& request) {
  if (!request.contains("at_ns")) return 0;
  auto at = get_uint(request, "at_ns");
  if (!at) return forward(at);
  const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
  if (*at > now + kFarthestBeginNs)
    return error(Exit::kUsage, fmt::format("member \"at_ns\": {} s ahead", (*at - now) / kNsPerSecond),
                 "a time of CLOCK_REALTIME in ns, at most 60 s ahead: a sender waits for it busily");
  return *at;
}

/// Starts a run. The rate and the length that the request names also hold for later runs.
Result<json> start(Runner& runner, const json& request) {
  if (runner.under_way()) return error(Exit::kUsage, "a run is under way", "stop it first");
  auto at = begin_of(request);
  if (!at) return forward(at);
  if (request.contains("rate")) {
    auto rate = rate_of(request["rate"]);
    if (!rate) return forward(rate);
    if (auto ok = runner.session().set_rate(*rate); !ok) return forward(ok);
  }
  if (auto ok = set_length(runner.session(), request); !ok) return forward(ok);
  if (auto ok = runner.start(*at); !ok) return forward(ok);
  return json{{"run", runner.runs()}};
}

Result<json> result(const Runner& runner) {
  if (runner.under_way())
    return error(Exit::kUsage, "a run is under way", "wait until status says idle, or stop it");
  if (runner.result().is_null()) return error(Exit::kUsage, "no run has ended", "begin one: start");
  return runner.result();
}

Result<json> stop(Runner& runner) {
  if (!runner.under_way()) return error(Exit::kUsage, "no run is under way", "begin one: start");
  runner.session().stop();
  return runner.end(true);
}

Result<json> set_rate(Runner& runner, const json& request) {
  auto rate = rate_of(request.value("rate", json()));
  if (!rate) return forward(rate);
  if (auto ok = runner.session().set_rate(*rate); !ok) return forward(ok);
  return json{{"rate", *rate}};
}

Result<json> counters(Runner& runner) {
  json j = live_counts(runner.session().senders(), runner.session().receivers());
  j["elapsed_ns"] = runner.elapsed_ns();
  return j;
}

Result<json> status(Runner& runner) {
  json workers = json::array();
  for (const auto& p : runner.session().places())
    workers.push_back({{"port", p.port}, {"cpu", p.cpu < 0 ? json() : json(p.cpu)}, {"mode", p.info.mode}});
  return json{{"state", runner.under_way() ? "running" : "idle"},
              {"runs", runner.runs()},
              {"elapsed_ns", runner.elapsed_ns()},
              {"workers", std::move(workers)}};
}

}  // namespace

std::map<std::string, ControlHandler> remote_handlers(Runner& runner) {
  return {{"start", [&](const json& r) { return start(runner, r); }},
          {"stop", [&](const json&) { return stop(runner); }},
          {"result", [&](const json&) { return result(runner); }},
          {"rate", [&](const json& r) { return set_rate(runner, r); }},
          {"counters", [&](const json&) { return counters(runner); }},
          {"status", [&](const json&) { return status(runner); }}};
}

}  // namespace hopcost::pktgen
