// The standards' tests, one function each: what it found at one frame size, as result.json's `tests[]` has it
// (doc/device.md). Errors: the rig's. Includes the rig.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "campaign/device/found.h"
#include "campaign/device/rig.h"

namespace hopcost::campaign {

/// A size's turn: tests at it share what was found.
struct Turn {
  Rig& rig;
  SizeFacts facts;
  std::optional<Found> throughput = {};
  std::uint64_t addresses = 0;  ///< That the device keeps; 0: not known.
};

/// RFC 2544 section 26.1 by RFC 9971; searched once a turn.
[[nodiscard]] Result<const Found*> throughput_of(Turn& turn);
/// The rate that a test asks for: --rate, else the throughput. Errors: kFailure when there is none.
[[nodiscard]] Result<double> rate_of(Turn& turn);

/// What throughput_of() found.
[[nodiscard]] Result<nlohmann::json> test_throughput(Turn& turn);
/// RFC 2544 section 26.2 and RFC 8219 section 7, over every frame.
[[nodiscard]] Result<nlohmann::json> test_latency(Turn& turn);
/// RFC 2544 section 26.3.
[[nodiscard]] Result<nlohmann::json> test_loss(Turn& turn);
/// RFC 2544 section 26.4 as RFC 9004 has it.
[[nodiscard]] Result<nlohmann::json> test_back_to_back(Turn& turn);
/// RFC 2544 section 26.5.
[[nodiscard]] Result<nlohmann::json> test_recovery(Turn& turn);
/// RFC 6201.
[[nodiscard]] Result<nlohmann::json> test_reset(Turn& turn);

/// RFC 2889 section 5.5, between four ports.
[[nodiscard]] Result<nlohmann::json> test_congestion(Turn& turn);
/// RFC 2889 section 5.3: forwarding rates from the throughput up to the highest load.
[[nodiscard]] Result<nlohmann::json> test_forwarding(Turn& turn);
/// RFC 2889 section 5.7. Errors: also kUsage without a port that sees floods, as the next one.
[[nodiscard]] Result<nlohmann::json> test_caching(Turn& turn);
/// RFC 2889 section 5.8: of as many addresses as the device keeps.
[[nodiscard]] Result<nlohmann::json> test_learning(Turn& turn);

/// By its name of kDeviceTests.
[[nodiscard]] Result<nlohmann::json> run_test(const std::string& name, Turn& turn);

/// The goal of a name of kGoals. Errors: kUsage.
[[nodiscard]] Result<search::Goal> goal_of(const std::string& name, const DeviceConfig& config);

/// What a result says of trials that are void; empty when none is.
[[nodiscard]] inline std::string irregular(const std::string& void_reason) {
  return void_reason.empty() ? "" : "trials do not count: " + void_reason;
}

/// What all tests at a size say of it.
[[nodiscard]] nlohmann::json described(const char* test, const SizeFacts& facts);

}  // namespace hopcost::campaign
