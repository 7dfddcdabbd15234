// Classic BPF programs for packet and UDP sockets (Documentation/networking/filter.rst). Set-up only.
#pragma once

#include <linux/filter.h>

#include <span>

#include "base/result.h"

namespace hopcost {

/// Attaches a program that gives, for each packet, how many bytes of it the socket takes. The kernel copies
/// the program. Errors: the kernel's, for a program that is too long.
[[nodiscard]] Result<void> attach_socket_filter(int socket, std::span<sock_filter> program);

/// Attaches a filter that drops every packet before it is queued.
[[nodiscard]] Result<void> attach_drop_filter(int socket);

}  // namespace hopcost
