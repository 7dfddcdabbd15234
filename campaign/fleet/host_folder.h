// A host's folder within a fleet's: hosts/NAME/ with its campaign.toml, run.log and result/. What came of a
// host is told by these files alone, whoever ran it: hopcost fleet, the Ansible role, a Kubernetes Job.
// Includes base/, design/ and report/.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "campaign/fleet/inventory.h"

namespace hopcost::campaign {

/// A host's folder and its files.
struct HostFolder {
  std::filesystem::path path;

  [[nodiscard]] std::filesystem::path campaign() const { return path / "campaign.toml"; }
  [[nodiscard]] std::filesystem::path log() const { return path / "run.log"; }
  [[nodiscard]] std::filesystem::path result() const { return path / "result"; }
};

/// Its place in the fleet's folder, whatever the host's name holds.
[[nodiscard]] HostFolder folder_of(const std::filesystem::path& fleet, const std::string& host);

/// The campaign of one host: the campaign's text, with the host's [tester] and [device] in place of its own.
/// The text has been read as a campaign before.
[[nodiscard]] std::string host_campaign(const std::string& campaign, const FleetHost& host);

/// What came of a host.
struct HostOutcome {
  /// complete; unfit (its gates forbid the claim); partial (ended early); failed (no result); waiting (not
  /// begun yet).
  std::string state = "waiting";
  std::string reason;               ///< Of any but complete.
  nlohmann::json result = nullptr;  ///< result.json's object, where there is one.
};

/// Reads it. A log without a result is a failure: its last error is the reason.
[[nodiscard]] HostOutcome read_outcome(const HostFolder& folder);

}  // namespace hopcost::campaign
