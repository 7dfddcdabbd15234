// result.json of a simulated run. Test support.
#pragma once

#include <nlohmann/json.hpp>

#include "campaign/result/result_json.h"
#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {

[[nodiscard]] inline nlohmann::json result_of(const Measured& measured, Config config = {}) {
  config.seed = 7;
  const RunFacts facts{{"hopcost", "run"}, "2026-01-01T00:00:00Z", "af_xdp (copy)", "bpf"};
  return result_json(facts, config, measured, analyse(measured, 7), {{"kernel", "6.18"}});
}

/// A run of the modes people measure, with all that a run can show.
[[nodiscard]] inline Machine usual_machine() {
  Machine machine;
  const SyntheticWay host = {"host", {"wire", "socket"}, {1589, 2261}, {212}};
  const SyntheticWay veth = {
      "veth", {"wire", "veth", "container", "socket"}, {1636, 2252, 2525, 3169}, {212, 103, 93}};
  const SyntheticWay macvlan = {"macvlan", {"wire", "container", "socket"}, {1644, 1742, 2346}, {212, 103}};
  const SyntheticWay bridge = {
      "bridge", {"wire", "bridge_port", "container", "socket"}, {1642, 2269, 2552, 3249}, {212, 103, 93}};
  machine.modes = {host, veth, bridge, macvlan};
  machine.build_sd_ns = 13;
  machine.crowd_ns = -65;
  return machine;
}

}  // namespace hopcost::campaign
