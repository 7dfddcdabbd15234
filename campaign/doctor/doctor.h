// hopcost doctor: what this machine can and can't do for each backend and mode, and the command that mends
// it. It looks, and tries things in the namespaces of a child process, which are removed afterwards; it
// changes nothing on the machine.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// The areas by which findings are grouped.
namespace area {
inline constexpr const char *kPrivilege = "Privilege", *kBackends = "Backends", *kModes = "Modes",
                            *kClockAndStamps = "Clock and stamps", *kMachine = "Machine";
}

/// The result of one check.
struct Finding {
  /// The outcome.
  enum class State {
    kOk,
    kWarn,  ///< It works, but measurements are worse, or some are missing.
    kFail,  ///< What `item` names does not work here.
  };
  std::string area;  ///< One of the areas above.
  std::string item;  ///< What was checked, such as "af_xdp".
  State state = State::kOk;
  std::string found;  ///< What was found, in one line.
  std::string mend;   ///< The exact command (or sentence) that mends it; may be empty.
};

/// Runs all checks. Forks. Never fails: what can't be checked is a finding itself.
[[nodiscard]] std::vector<Finding> examine();

/// The findings as a table for people, grouped by area; with ANSI colours if `colour`.
[[nodiscard]] std::string render(const std::vector<Finding>& findings, bool colour);

/// {"schema": "hopcost.doctor/1", "findings": [{"area", "item", "state": "ok|warn|fail", "found", "mend":
/// str|null}],
///  "ok": n, "warn": n, "fail": n}
[[nodiscard]] nlohmann::json to_json(const std::vector<Finding>& findings);

}  // namespace hopcost::campaign
