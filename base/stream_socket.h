// Reads and writes as much as is possible without waiting, for loops that serve. Works on connected stream
// sockets (SOCK_NONBLOCK), and on pipes, files and terminals, which are polled before each step. For pipes
// SIGPIPE must be ignored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hopcost {

/// Appends what has come to `received`, until that holds `most` bytes. False at the end of the stream, or
/// when the other end is gone.
[[nodiscard]] bool receive_some(int socket, std::string& received, std::size_t most);

/// Sends as many of `bytes` as the socket takes, and puts their number into `sent`. False when the other end
/// is gone.
[[nodiscard]] bool send_some(int socket, std::string_view bytes, std::size_t& sent);

}  // namespace hopcost
