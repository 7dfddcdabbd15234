// The order of slots in a block: random, mirrored, so that any drift that is a straight line over the block
// falls out of every difference within it. Pure. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// What a slot is for, and so which taps are open while it runs.
enum class SlotKind {
  kEnd,  ///< decides the cost: one tap, at the end of the path.
  kHop,  ///< explains it: all taps of the topology. Against end slots it says what watching costs.
};

/// What a path is in a run for.
enum class Role {
  kMode,     ///< to be measured.
  kRepeat,   ///< the A/A control: a mode once more, the same instance of it. What the two differ by is the
             ///< method's.
  kRebuild,  ///< a mode built a second time: what two instances of one mode differ by.
};

struct PlannedSlot {
  SlotKind kind;
  std::size_t path;  ///< index into the bench's paths.
  friend bool operator==(const PlannedSlot&, const PlannedSlot&) = default;
};

/// What a second tap at a point is called.
[[nodiscard]] inline std::string twin_of(const std::string& tap) {
  return tap + "-twin";
}

/// Which paths take part in which kind.
struct BlockShape {
  std::vector<std::size_t> end, hop;
};

/// One block: end slots and hop slots in a random order each, then all of it again backwards.
/// Every path stands at the same mean position in its kind, and taps are opened and closed once.
[[nodiscard]] std::vector<PlannedSlot> plan_block(const BlockShape& shape, std::mt19937_64& random);

}  // namespace hopcost::campaign
