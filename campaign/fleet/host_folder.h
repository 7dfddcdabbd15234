// A host's folder within the fleet's: hosts/NAME/ with campaign.toml, run.log and result/. A host's outcome
// is read from these files alone, whoever ran it: hopcost fleet, the Ansible role, a Kubernetes Job. Includes
// base/, design/ and report/.
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

/// A host's folder within the fleet's, safe for any host name.
[[nodiscard]] HostFolder folder_of(const std::filesystem::path& fleet, const std::string& host);

/// One host's campaign: the campaign's text, with the host's [tester] and [device] in place of its own.
/// `campaign` must have been read as a campaign before.
[[nodiscard]] std::string host_campaign(const std::string& campaign, const FleetHost& host);

/// A host's outcome.
struct HostOutcome {
  /// "complete"; "unfit" (the run calls itself unfit for a claim); "partial" (ended early); "failed" (no
  /// result); "waiting" (not begun yet).
  std::string state = "waiting";
  std::string reason;               ///< Why; empty for "complete".
  nlohmann::json result = nullptr;  ///< The object of result.json, if there is one.
};

/// Reads a host's outcome. A log without a result means failure, with the log's last error as the reason.
[[nodiscard]] HostOutcome read_outcome(const HostFolder& folder);

}  // namespace hopcost::campaign
