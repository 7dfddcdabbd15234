// hopcost doctor: what this machine can and can't do for each backend and mode, with the command that mends
// it. Looks, and tries things in namespaces of a child process that is gone afterwards; changes nothing here.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// What findings are grouped by.
namespace area {
inline constexpr const char *kPrivilege = "Privilege", *kBackends = "Backends", *kModes = "Modes",
                            *kClockAndStamps = "Clock and stamps", *kMachine = "Machine";
}

/// One thing looked at.
struct Finding {
  /// How it stands with it.
  enum class State {
    kOk,
    kWarn,  ///< Works, but measures worse, or less.
    kFail,  ///< What is named in `item` does not work here.
  };
  std::string area;  ///< One of those above.
  std::string item;  ///< What was looked at, "af_xdp".
  State state = State::kOk;
  std::string found;  ///< What was seen, one line.
  std::string mend;   ///< The exact command (or sentence) that mends it; empty when there is nothing to mend.
};

/// Looks at everything. Takes some 100 ms; forks. Never fails: what can't be looked at is a finding itself.
[[nodiscard]] std::vector<Finding> examine();

/// A table for people, grouped by area; ANSI colours when `colour`.
[[nodiscard]] std::string render(const std::vector<Finding>& findings, bool colour);

/// {"schema": "hopcost.doctor/1", "findings": [{"area", "item", "state": "ok|warn|fail", "found", "mend":
/// str|null}],
///  "ok": n, "warn": n, "fail": n}
[[nodiscard]] nlohmann::json to_json(const std::vector<Finding>& findings);

}  // namespace hopcost::campaign
