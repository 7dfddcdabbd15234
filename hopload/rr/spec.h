// What a request/response load is asked to do, and its sockets. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "base/fd.h"
#include "base/result.h"
#include "hopload/peer.h"

namespace hopcost::hopload {

/// As the request "prepare" has it (doc/control-protocol.md, "hopload").
struct RrSpec : Peer {
  std::uint32_t request = 1, response = 1;  ///< Bytes of payload.
  std::uint32_t connections = 1;
  double rate =
      0;  ///< Requests a second over all connections, sent whether answers come or not; 0: each waits.
};

/// A datagram lost is given up after so long.
inline constexpr std::int64_t kPatienceNs = 500'000'000;
/// Over TCP an answer is waited for as long as several retransmissions take.
inline constexpr std::int64_t kTcpPatienceNs = 3'000'000'000;
/// First bytes of a request that tell which answer is whose, over UDP. An open loop needs them all, a closed
/// one takes as many as there are in request and response.
inline constexpr std::uint32_t kNumberBytes = 8;

/// Errors: kUsage naming the member.
[[nodiscard]] Result<RrSpec> read_rr_spec(const nlohmann::json& request);

/// listen_at(), tuned.
[[nodiscard]] Result<Fd> rr_listen(const RrSpec& spec);
/// connect_to(), tuned.
[[nodiscard]] Result<Fd> rr_connect(const RrSpec& spec);
/// TCP sends at once, and a send waits 2 s at most, where no interrupter.h ends its waits; datagrams that a
/// busy thread has not taken yet are kept, so that what is lost was lost on the way.
void rr_tune(int fd, bool tcp);

/// Throws away the datagrams that wait in the socket: what a quantum before left there is no answer of this
/// one.
void forget_old(int fd, const RrSpec& spec);

}  // namespace hopcost::hopload
