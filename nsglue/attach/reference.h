// What a person calls a namespace that stands already, and where it is: "docker:web", "podman:web",
// "lxc:web", "cri:ID", "runc:ID", "netns:NAME", "pid:N", "here". Any thread. Includes only base/.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hopcost::nsglue {

/// A network namespace that was found.
struct Located {
  std::string reference;    ///< as it was asked for.
  std::string netns;        ///< the path by which it is opened, valid in other processes too.
  std::uint64_t inode = 0;  ///< which namespace it is.
  pid_t pid = 0;            ///< of the container's first process; 0: none is known.
};

/// Finds it now. A container that was started again is another namespace. The namespace of a container is not
/// held: it goes when the container does. Errors: kUsage for what is no reference; kMissing when there is no
/// such container, process or namespace; those of container_process().
[[nodiscard]] Result<Located> locate(const std::string& reference);

}  // namespace hopcost::nsglue
