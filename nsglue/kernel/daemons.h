// Programs of others that run in a namespace for as long as a mode stands. Each namespace that needs any has
// a folder for their files; a program is known by it, so that what a kill left is found. Any thread. Includes
// only base/.
#pragma once

#include <string>

#include "base/result.h"

namespace hopcost::nsglue {

/// "/run/hopcost/NAMESPACE": short enough for a socket's path in it.
[[nodiscard]] std::string daemon_folder(const std::string& netns);

/// Makes the namespace's folder, for its owner alone; what was in it before is ended and removed.
/// Errors: kPrivilege.
[[nodiscard]] Result<void> make_daemon_folder(const std::string& netns);

/// Kills what runs with the namespace's folder on its command line, waits until it is gone, and removes the
/// folder. Nothing there is a success. Errors: kFailure for what can't be killed or does not end.
[[nodiscard]] Result<void> end_daemons(const std::string& netns);

}  // namespace hopcost::nsglue
