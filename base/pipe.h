// Both ends of a pipe, closed on exec. Any thread. Includes only base/.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

struct Pipe {
  Fd read, write;
};

/// Errors: of pipe2(2).
[[nodiscard]] inline Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno_error(errno, "make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace hopcost
