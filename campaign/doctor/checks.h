// The doctor's rooms. Each adds its findings; none changes anything outside a Sandbox. Includes base, nsglue.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campaign/doctor/doctor.h"

namespace hopcost::campaign {

/// In the order they are told.
using Findings = std::vector<Finding>;

/// What later checks need to know of the privileges.
struct Means {
  bool privileged = false;  ///< Every capability a run needs is effective.
  bool rootless = false;    ///< An unprivileged user namespace can be made.
};

/// Capabilities, user namespaces, limits. Appends to `findings`, as the others do.
[[nodiscard]] Means check_privilege(Findings& findings);
/// What pktgen and the analyzer could use here, tried in namespaces that are gone afterwards.
void check_backends(const Means& means, Findings& findings);
/// Whether each mode can be built, tried likewise.
void check_modes(const Means& means, Findings& findings);
/// The clock's source and its counter, and who stamps packets.
void check_clock(const Means& means, Findings& findings);
/// CPUs and what shares them with a run.
void check_machine(Findings& findings);

/// A file of /proc or /sys without its last line break; empty when it can't be read.
[[nodiscard]] std::string read_small(const std::filesystem::path& file);

/// Names of all processes (/proc/PID/comm).
[[nodiscard]] std::vector<std::string> process_names();

}  // namespace hopcost::campaign
