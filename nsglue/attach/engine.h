// Asks a container engine, through its own client, for the process of a container. Any thread. Includes only
// base/.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace hopcost::nsglue {

/// Whether the word names an engine: "docker", "podman", "lxc", "cri", "runc".
[[nodiscard]] bool is_engine(std::string_view word);

/// "docker, podman, lxc, cri, runc".
[[nodiscard]] std::string engine_words();

/// The container's first process, as this PID namespace numbers it. The client has ten seconds to answer.
/// Errors: kMissing when the client is not installed, its daemon does not answer, there is no such container
/// or it does not run: each with what to do.
[[nodiscard]] Result<pid_t> container_process(const std::string& engine, const std::string& container);

}  // namespace hopcost::nsglue
