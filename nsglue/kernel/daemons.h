// Programs of others that run in a namespace for as long as a mode stands. Each namespace that needs any has
// a folder for their files; a program is known by it, so that what a kill left is found. Any thread. Includes
// only base/.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "nsglue/kernel/owner.h"

namespace hopcost::nsglue {

/// A program's path, in PATH or a folder that only root's PATH has; empty: there is none.
[[nodiscard]] std::string find_daemon(const std::string& name);

/// Where a program writes its process id, in the namespace's folder. It has to be on the program's command
/// line: end_orphans() knows by it whose the program is.
[[nodiscard]] std::string pid_file(const std::string& netns, const std::string& program,
                                   const std::optional<Owner>& owner);

/// "/run/hopcost/NAMESPACE": short enough for a socket's path in it.
[[nodiscard]] std::string daemon_folder(const std::string& netns);

/// Makes the namespace's folder, for its owner alone; what was in it before is ended and removed.
/// Errors: kPrivilege.
[[nodiscard]] Result<void> make_daemon_folder(const std::string& netns);

/// Whether the process `pid` is a program of the namespace's that runs: not one of that number that came
/// later, nor one that has ended and that nobody has waited for.
[[nodiscard]] bool is_daemon_of(const std::string& netns, const std::string& pid);

/// Kills what runs with the namespace's folder on its command line, waits until it is gone, and removes the
/// folder. Nothing there is a success. Errors: kFailure for what can't be killed or does not end.
[[nodiscard]] Result<void> end_daemons(const std::string& netns);

/// Kills the programs of owners that are certainly dead whose folder can't be seen from here: a run in a user
/// and mount namespace of its own keeps it there, and its programs keep those namespaces. Gives the names of
/// the network namespaces. Those of living owners, of nobody and of other users stay. Errors: kFailure for
/// what does not end.
[[nodiscard]] Result<std::set<std::string>> end_orphans();

}  // namespace hopcost::nsglue
