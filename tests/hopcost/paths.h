// Paths as a build would have them, without a kernel. Test support.
#pragma once

#include <string>

#include "campaign/bench/path.h"

namespace hopcost::campaign {

/// Over a veth into the device under test, out of a bridge's port, into a macvlan; taps of kind bpf.
[[nodiscard]] inline Path bridge_path(const std::string& instance) {
  const std::string dut = "hc-" + instance + "-dut", container = "hc-" + instance + "-container";
  Path path{"bridge", instance, {}, {}};
  const auto device = [&](const char* node, const char* name, const char* kind) {
    nsglue::Device d;
    d.at = {node, name};
    d.kind = kind;
    path.topology.devices.push_back(d);
    return d.at;
  };
  path.topology.name = "bridge";
  path.topology.taps = {{"wire", device("dut", "d0", "veth"), "in", ""},
                        {"port", device("dut", "v0", "veth"), "out", ""},
                        {"container", device("container", "eth0", "macvlan"), "in", ""}};
  path.built.taps = {
      {"wire", dut, "d0", "in"}, {"port", dut, "v0", "out"}, {"container", container, "eth0", "in"}};
  path.built.sinks = {{container, 9}};
  path.built.sender = {"hc-" + instance + "-tester", "t0", "02:00:00:00:00:01", "198.18.0.1", ""};
  path.built.target = {container, "eth0", "02:00:00:00:00:02", "198.18.0.2", ""};
  path.built.port = 9;
  path.points = points_of(path, kBpfTaps, false);
  return path;
}

}  // namespace hopcost::campaign
