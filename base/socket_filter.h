// Classic BPF programs for packet and UDP sockets (Documentation/networking/filter.rst). Set-up only.
#pragma once

#include <linux/filter.h>

#include <span>

#include "base/result.h"

namespace hopcost {

/// For each packet the program gives how many bytes of it the socket takes. It is copied. Errors: the
/// kernel's, for a program that is too long.
[[nodiscard]] Result<void> attach_socket_filter(int socket, std::span<sock_filter> program);

/// Nothing passes: what arrives is dropped in the kernel before it is queued.
[[nodiscard]] Result<void> attach_drop_filter(int socket);

}  // namespace hopcost
