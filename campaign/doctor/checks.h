// The doctor's checks, one function for each area. Each adds its findings; none changes anything outside a
// Sandbox. Includes base, nsglue.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campaign/doctor/doctor.h"

namespace hopcost::campaign {

/// Findings in the order in which they are printed.
using Findings = std::vector<Finding>;

/// What later checks need to know about privileges.
struct Means {
  bool privileged = false;  ///< Every capability that a run needs is effective.
  bool rootless = false;    ///< An unprivileged user namespace can be made.
};

/// Checks capabilities, user namespaces and limits. Appends to `findings`, as the other checks do.
[[nodiscard]] Means check_privilege(Findings& findings);
/// Checks which backends and taps work here, by trying them in namespaces that are removed afterwards.
void check_backends(const Means& means, Findings& findings);
/// Checks whether each mode can be built, in the same way; also leftover instances and br_netfilter.
void check_modes(const Means& means, Findings& findings);
/// Checks the clock source, the CPU counter, and which programs make the kernel stamp packets.
void check_clock(const Means& means, Findings& findings);
/// Checks the CPUs and what disturbs a run on them, the counters and hugepages.
void check_machine(Findings& findings);

/// Reads a file of /proc or /sys, without line breaks at its end; empty when it can't be read.
[[nodiscard]] std::string read_small(const std::filesystem::path& file);

/// Names of all processes (/proc/PID/comm), sorted.
[[nodiscard]] std::vector<std::string> process_names();

}  // namespace hopcost::campaign
