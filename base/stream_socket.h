// A connected stream socket that never waits (SOCK_NONBLOCK), or a pipe, file or terminal, which is asked
// before each step whether it would: what a serving loop reads and writes in one pass. Of a pipe SIGPIPE must
// be ignored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hopcost {

/// Adds to `received` what came, until it holds `most` bytes. False at the end of the stream, or when the
/// other end is gone.
[[nodiscard]] bool receive_some(int socket, std::string& received, std::size_t most);

/// Sends what the socket takes of bytes, and says in `sent` how many they were. False when the other end is
/// gone.
[[nodiscard]] bool send_some(int socket, std::string_view bytes, std::size_t& sent);

}  // namespace hopcost
