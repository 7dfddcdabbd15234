// The command line of "hopcost device", and its conversion to a DeviceConfig. Includes the parser, so only
// main may include it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// The options as written; those not given are empty, or have their default.
struct DeviceOptions {
  std::string tests, size, goals, trial, initial_trial, linger, pause, ramp, max_rate, rate, link,
      longest_burst, out, topologies, dst_mac, dut, backend = "af_packet", profile, reset_command;
  std::vector<std::string> ports;
  double width = 0, loss_step = 0;
  std::uint32_t routes = 1, repeats = 0, searches = 0;
  std::uint64_t seed = 1;
  int cpu = -1;
  std::string extension, outer, ageing, modifiers;
  std::uint32_t connections = 0, addresses = 8192;
  bool broadcast = false, learning = false;
  bool ipv6 = false, bidirectional = false, quick = false, resume = false, json = false, quiet = false;
};

/// Declares the options. `options` must outlive `verb`.
void declare_device(CLI::App& verb, DeviceOptions& options);

/// Makes the configuration. Errors: kUsage, naming what is wrong.
[[nodiscard]] Result<DeviceConfig> to_device_config(const DeviceOptions& options);

}  // namespace hopcost::campaign
