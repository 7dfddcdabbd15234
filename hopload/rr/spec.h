// The settings of a request/response load, and its sockets. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "base/fd.h"
#include "base/result.h"
#include "hopload/peer.h"

namespace hopcost::hopload {

/// From the request "prepare" (doc/control-protocol.md, "hopload").
struct RrSpec : Peer {
  std::uint32_t request = 1, response = 1;  ///< Payload of each, bytes.
  std::uint32_t connections = 1;
  double rate = 0;  ///< Open loop: requests a second of all connections together; 0: closed loop.
};

/// How long to wait for an answer over UDP, ns.
inline constexpr std::int64_t kPatienceNs = 500'000'000;
/// How long to wait for an answer over TCP, ns; several retransmissions fit in.
inline constexpr std::int64_t kTcpPatienceNs = 3'000'000'000;
/// Over UDP a request's first bytes are its number, by which its answer is known. An open loop needs all of
/// these bytes; a closed loop uses as many as request and response have.
inline constexpr std::uint32_t kNumberBytes = 8;

/// Reads the request. Errors: kUsage naming the member.
[[nodiscard]] Result<RrSpec> read_rr_spec(const nlohmann::json& request);

/// listen_at() and rr_tune().
[[nodiscard]] Result<Fd> rr_listen(const RrSpec& spec);
/// connect_to() and rr_tune().
[[nodiscard]] Result<Fd> rr_connect(const RrSpec& spec);
/// Sets a socket's options. A send waits 2 s at most, unless an Interrupter ends it earlier. TCP sends
/// without delay (no Nagle). Over UDP a large receive buffer keeps datagrams that a busy thread has not taken
/// yet, so that lost ones were lost on the way.
void rr_tune(int fd, bool tcp);

/// Drops the datagrams that wait in the socket, because they are answers to an earlier quantum's requests.
void forget_old(int fd, const RrSpec& spec);

}  // namespace hopcost::hopload
