// Where a program may serve data: a unix socket or a loopback port, nothing else.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

struct LocalAddress {
  std::string unix_path;  ///< Path of a unix socket; empty: a loopback port.
  bool v6 = false;        ///< [::1] instead of 127.0.0.1.
  int port = 0;           ///< 1 to 65535; 0 takes a free one (tests).
  friend bool operator==(const LocalAddress&, const LocalAddress&) = default;
};

/// "unix:PATH", "127.0.0.1:PORT" or "[::1]:PORT". Errors: kUsage for anything else. Other addresses are
/// refused, because only those who can log in here may see what the taps see.
[[nodiscard]] Result<LocalAddress> parse_local_address(std::string_view text);

/// Opens a non-blocking listening socket. A socket file gets `mode` less the umask, and replaces one that
/// nobody serves any more. Errors: kRefused when the path is another kind of file or is being served; else
/// the kernel's.
[[nodiscard]] Result<Fd> listen_at(const LocalAddress& address, mode_t mode = 0666);

}  // namespace hopcost
