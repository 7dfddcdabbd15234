// Where the other side of a load is, and sockets to it in a mode's namespace. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::hopload {

/// As the request "prepare" has it (doc/control-protocol.md, "hopload").
struct Peer {
  bool tcp = false;            ///< Else UDP.
  std::string netns, address;  ///< Where the socket is; of the server, or what a server binds to.
  std::uint16_t port = 0;
  std::optional<int> cpu;  ///< Of the threads that use the socket.
};

/// All but `tcp`. Errors: kUsage naming the member.
[[nodiscard]] Result<Peer> read_peer(const nlohmann::json& request);

/// A bound UDP socket, or a TCP one that listens for `most` connections. Errors: bind(2)'s.
[[nodiscard]] Result<Fd> listen_at(const Peer& peer, int most);
/// A connected socket; over TCP its other side has accepted it. Errors: connect(2)'s; kFailure when nobody
/// answers.
[[nodiscard]] Result<Fd> connect_to(const Peer& peer);

}  // namespace hopcost::hopload
