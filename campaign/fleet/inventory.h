// The hosts of an Ansible inventory, and what each one's run is to be: who sends, who is measured, over which
// interfaces. Ansible itself reads the inventory. Includes base and design/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// One host's run.
struct FleetHost {
  std::string name;                 ///< As the inventory has it.
  std::vector<std::string> groups;  ///< Those it is in, also by others; sorted, without "all".
  SiteConfig tester, device;        ///< The same twice: one machine, both ends on it.
  std::string tester_name;          ///< As the inventory has it; empty: it names none.
  std::string fault;                ///< Why it can't be run; empty: it can.
};

/// What `ansible-inventory --list` prints of these sources, one at least. Errors: kMissing without Ansible,
/// or for a file that is not there; kUsage when Ansible can't read it (it says why on stderr).
[[nodiscard]] Result<nlohmann::json> read_inventory(const std::vector<std::string>& sources);

/// The hosts to run, in the order of their groups. `campaign` has what the inventory leaves open: [tester]
/// and [device]. Hosts that others name as their tester are no devices, unless the limit names them. `limit`
/// is empty (all), or patterns of names and groups with commas between: "web,db*,!db3". Errors: kUsage for a
/// pattern that nothing has; kMissing for no host at all.
[[nodiscard]] Result<std::vector<FleetHost>> fleet_hosts(const nlohmann::json& inventory,
                                                         const Config& campaign, const std::string& limit);

/// The words of a line as a POSIX shell splits it, without its substitutions. Errors: kUsage for a quote that
/// does not end.
[[nodiscard]] Result<std::vector<std::string>> words_of_shell(const std::string& line);

}  // namespace hopcost::campaign
