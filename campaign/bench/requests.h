// What the children are asked for one slot (doc/control-protocol.md). Pure. Includes nsglue's descriptions.
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

/// A slot of lanes: the flow of the i-th is first_flow + i, modulo 2^16, whatever its place.
struct SlotRequest {
  const std::vector<Lane>& lanes;
  const std::vector<std::size_t>& order;  ///< Which lane is asked for first, second, .., each once.
  const std::vector<Path>& paths;
  Load load;
  Trains trains;
  std::uint32_t rounds = 0;
  std::string gap;
  std::uint16_t first_flow = 0;
  std::uint64_t seed = 0;
  int sender_cpu = -1;               ///< On the taps' host; -1: elsewhere.
  bool ipv6 = false;                 ///< The probes' family: else IPv4.
  std::int64_t clock_ahead_ns = 0;   ///< Of the taps' clock, as far as it is known.
  const Dealing* dealing = nullptr;  ///< Where paths have many containers.
};

/// Packets of each lane in a slot.
[[nodiscard]] std::uint64_t packets_a_lane(std::uint32_t rounds, const Trains& trains, const Load& load);

/// The analyzer's "expect".
[[nodiscard]] nlohmann::json expect_request(const SlotRequest& slot);
/// pktgen's "run".
[[nodiscard]] nlohmann::json run_request(const SlotRequest& slot);
/// `sent`: of each lane, by pktgen's answer.
[[nodiscard]] nlohmann::json collect_request(const SlotRequest& slot, const nlohmann::json& sent);

}  // namespace hopcost::campaign
