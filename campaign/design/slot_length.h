// How many rounds of trains a slot has, and how long they take. Pure. Includes nothing but config.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "campaign/design/config.h"

namespace hopcost::campaign {

/// How many packets of a lane are timed in a round.
[[nodiscard]] std::uint64_t timed_a_round(const Trains& trains, const Load& load) noexcept;

/// How many rounds fit into a slot of `slot_ms`. In a round each of `lanes` lanes sends a train, and then
/// another in the reverse order. At least kLeastRounds; no more than keep a lane's timed packets within
/// kMostTimed. `stretch`: so many times as many rounds. `trains` and `load` have passed validate().
[[nodiscard]] std::uint32_t slot_rounds(double slot_ms, const Trains& trains, const Load& load,
                                        std::size_t lanes, double stretch = 1);

/// How long the packets of such a slot take, seconds.
[[nodiscard]] double slot_s(double slot_ms, const Trains& trains, const Load& load, std::size_t lanes);

}  // namespace hopcost::campaign
