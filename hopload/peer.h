// Where a load's other side is, and sockets to it in a mode's namespace. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::hopload {

/// From the request "prepare" (doc/control-protocol.md, "hopload").
struct Peer {
  bool tcp = false;            ///< False: UDP.
  std::string netns, address;  ///< Namespace of the socket; address of the server, which a server binds to.
  std::uint16_t port = 0;
  std::optional<int> cpu;  ///< CPU of the threads that use the socket.
};

/// Reads all members but `tcp`. Errors: kUsage naming the member.
[[nodiscard]] Result<Peer> read_peer(const nlohmann::json& request);

/// Opens a bound UDP socket, or a TCP one that listens for `most` connections. Errors: bind(2)'s.
[[nodiscard]] Result<Fd> listen_at(const Peer& peer, int most);
/// Opens a connected socket; with TCP it waits for the connection. Errors: connect(2)'s; kFailure when nobody
/// answers.
[[nodiscard]] Result<Fd> connect_to(const Peer& peer);

}  // namespace hopcost::hopload
