#include "pktgen/control/remote.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pktgen/report/live_counts.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

Result<json> start(Runner& runner) {
  if (auto ok = runner.start(); !ok) return forward(ok);
  return json{{"run", runner.runs()}};
}

Result<json> stop(Runner& runner) {
  if (!runner.under_way()) return error(Exit::kUsage, "no run is under way", "begin one: start");
  runner.session().stop();
  return runner.end(true);
}

/// Packets a second as a number, or any text of --rate.
Result<json> set_rate(Runner& runner, const json& request) {
  const auto rate = request.find("rate");
  if (rate == request.end() || !(rate->is_string() || rate->is_number()))
    return error(Exit::kUsage, "member \"rate\": expected packets a second, or text as of --rate",
                 "see doc/control-protocol.md");
  const std::string text =
      rate->is_string() ? rate->get<std::string>() : fmt::format("{}", rate->get<double>());
  if (auto ok = runner.session().set_rate(text); !ok) return forward(ok);
  return json{{"rate", text}};
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
  return {{"start", [&](const json&) { return start(runner); }},
          {"stop", [&](const json&) { return stop(runner); }},
          {"rate", [&](const json& r) { return set_rate(runner, r); }},
          {"counters", [&](const json&) { return counters(runner); }},
          {"status", [&](const json&) { return status(runner); }}};
}

}  // namespace hopcost::pktgen
