// Where a program serves what it knows: a unix socket or a port of loopback, and nowhere else.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

struct LocalAddress {
  std::string unix_path;  ///< Or empty.
  bool v6 = false;        ///< Of loopback.
  int port = 0;           ///< 1 to 65535; 0 takes a free one (tests).
  friend bool operator==(const LocalAddress&, const LocalAddress&) = default;
};

/// "unix:PATH", "127.0.0.1:PORT" or "[::1]:PORT". Errors: kUsage for anything else. Other addresses are
/// refused, because what the taps see is the business only of those who can log in here.
[[nodiscard]] Result<LocalAddress> parse_local_address(std::string_view text);

/// A listening socket, non-blocking. `mode` less the umask is a socket file's. A socket file that nobody
/// serves any more is replaced. Errors: kRefused when something else is at that path or serves it; else the
/// kernel's.
[[nodiscard]] Result<Fd> listen_at(const LocalAddress& address, mode_t mode = 0666);

}  // namespace hopcost
