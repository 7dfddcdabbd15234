// The hosts of an Ansible inventory, and the run of each: who sends, who is measured, over which interfaces.
// Ansible itself reads the inventory. Includes base and design/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// One host's run.
struct FleetHost {
  std::string name;                 ///< As in the inventory.
  std::vector<std::string> groups;  ///< The groups it is in, directly or through child groups; sorted,
                                    ///< without "all".
  SiteConfig tester, device;        ///< Equal when both ends are on one machine.
  std::string tester_name;          ///< As in the inventory; empty: it names no tester.
  std::string fault;                ///< Why it can't be run; empty: it can.
};

/// What `ansible-inventory --list` prints for these sources, at least one. Errors: kMissing without Ansible,
/// or for a file that does not exist; kUsage when Ansible can't read one (it says why on stderr).
[[nodiscard]] Result<nlohmann::json> read_inventory(const std::vector<std::string>& sources);

/// The hosts to run, group by group. `campaign` gives [tester] and [device] where the inventory says nothing.
/// Hosts that others name as their tester are not measured, unless `limit` names them. `limit` is empty (all
/// hosts), or patterns for hosts and groups, separated by commas: "web,db*,!db3". Errors: kUsage for a
/// pattern that matches nothing; kMissing when no host is left.
[[nodiscard]] Result<std::vector<FleetHost>> fleet_hosts(const nlohmann::json& inventory,
                                                         const Config& campaign, const std::string& limit);

/// Splits a line into words as a POSIX shell does, without substitutions. Errors: kUsage for a quote that is
/// not closed.
[[nodiscard]] Result<std::vector<std::string>> words_of_shell(const std::string& line);

}  // namespace hopcost::campaign
