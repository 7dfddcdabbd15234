// What hopcost asks of pktgen and the analyzer for one slot (doc/control-protocol.md). Pure. Includes
// nsglue's descriptions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/bench/dealing.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/path.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// What the requests of one slot are made from. Lane i has the flow id first_flow + i (modulo 2^16), wherever
/// it stands in `order`.
struct SlotRequest {
  const std::vector<Lane>& lanes;
  const std::vector<std::size_t>& order;  ///< The lanes' order in the requests, as indices of `lanes`, each
                                          ///< once.
  const std::vector<Path>& paths;
  Load load;
  Trains trains;
  std::uint32_t rounds = 0;
  std::string gap;
  std::uint16_t first_flow = 0;
  std::uint64_t seed = 0;
  int sender_cpu = -1;               ///< The sender's CPU, if it is on the taps' host; -1: it is on another.
  bool ipv6 = false;                 ///< Probes go over IPv6, else over IPv4.
  std::int64_t clock_ahead_ns = 0;   ///< How far the taps' clock is ahead of the sender's, as far as it is
                                     ///< known.
  const Dealing* dealing = nullptr;  ///< Only where paths have many containers; else null.
};

/// How many packets each lane sends in a slot.
[[nodiscard]] std::uint64_t packets_a_lane(std::uint32_t rounds, const Trains& trains, const Load& load);

/// The arguments of the analyzer's "expect".
[[nodiscard]] nlohmann::json expect_request(const SlotRequest& slot);
/// The arguments of pktgen's "run".
[[nodiscard]] nlohmann::json run_request(const SlotRequest& slot);
/// The arguments of the analyzer's "collect". `sent`: the "lanes" of pktgen's answer to "run".
[[nodiscard]] nlohmann::json collect_request(const SlotRequest& slot, const nlohmann::json& sent);

}  // namespace hopcost::campaign
