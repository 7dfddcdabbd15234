// The standards' tests, one function each. Each gives its result at one frame size, as an element of `tests`
// in result.json (doc/device.md). Errors: the rig's. Includes the rig.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "campaign/device/found.h"
#include "campaign/device/rig.h"

namespace hopcost::campaign {

/// The state that the tests at one frame size share.
struct Turn {
  Rig& rig;
  SizeFacts facts;
  std::optional<Found> throughput = {};
  std::uint64_t addresses = 0;  ///< How many addresses the device keeps; 0: not known.
};

/// RFC 2544 section 26.1, searched as in RFC 9971; once per turn, later calls give the same.
[[nodiscard]] Result<const Found*> throughput_of(Turn& turn);
/// The rate for a test: --rate, else the throughput, which is searched for if necessary. Errors: kFailure
/// when there is none.
[[nodiscard]] Result<double> rate_of(Turn& turn);

/// The result of throughput_of().
[[nodiscard]] Result<nlohmann::json> test_throughput(Turn& turn);
/// RFC 2544 section 26.2 and RFC 8219 section 7, with every frame timed.
[[nodiscard]] Result<nlohmann::json> test_latency(Turn& turn);
/// RFC 2544 section 26.3.
[[nodiscard]] Result<nlohmann::json> test_loss(Turn& turn);
/// RFC 2544 section 26.4, as updated by RFC 9004.
[[nodiscard]] Result<nlohmann::json> test_back_to_back(Turn& turn);
/// RFC 2544 section 26.5.
[[nodiscard]] Result<nlohmann::json> test_recovery(Turn& turn);
/// RFC 6201.
[[nodiscard]] Result<nlohmann::json> test_reset(Turn& turn);

/// RFC 2889 section 5.5, between four ports.
[[nodiscard]] Result<nlohmann::json> test_congestion(Turn& turn);
/// RFC 2889 section 5.3: forwarding rates from the throughput up to the highest load.
[[nodiscard]] Result<nlohmann::json> test_forwarding(Turn& turn);
/// RFC 2889 section 5.7. Errors: also kUsage without a port that sees floods; so for test_learning().
[[nodiscard]] Result<nlohmann::json> test_caching(Turn& turn);
/// RFC 2889 section 5.8, with as many addresses as the device keeps.
[[nodiscard]] Result<nlohmann::json> test_learning(Turn& turn);

/// Runs the test of that name, one of kDeviceTests.
[[nodiscard]] Result<nlohmann::json> run_test(const std::string& name, Turn& turn);

/// The search goal of that name, one of kGoals. Errors: kUsage.
[[nodiscard]] Result<search::Goal> goal_of(const std::string& name, const DeviceConfig& config);

/// A result's "irregular" for a void trial; empty when the reason is.
[[nodiscard]] inline std::string irregular(const std::string& void_reason) {
  return void_reason.empty() ? "" : "trials do not count: " + void_reason;
}

/// The members that every test's result at a size has.
[[nodiscard]] nlohmann::json described(const char* test, const SizeFacts& facts);

}  // namespace hopcost::campaign
