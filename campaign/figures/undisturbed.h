// Figures brought to the speed that the CPU has when nobody disturbs it. Pure. Includes stats.
#pragma once

#include "campaign/figures/over_builds.h"
#include "campaign/figures/speed.h"

namespace hopcost::campaign {

/// Combines figures of modes over builds after adjusting each pair's to the speed of the undisturbed CPU.
/// `figures` has as many builds and pairs as `speed`. `growth`: how fast they may grow with slowness.
/// `looked_before`: as for shift_of().
///
/// Slow moments count less, because figures scatter more then, and a line describes only roughly how much
/// slower everything is:
/// - An instance's figure is the weighted median of its pairs; a pair counts by one over the SD of such pairs
///   (weigh()). Pairs during which the speed changed don't count, and an instance with fewer than three pairs
///   that do is left out. A build has no figure when one of its instances has fewer than three pairs in all,
///   when half of them lost their median packet, or when the weighted median did.
/// - A build's figure is the weighted mean over its instances; an instance counts by one over the variance of
///   instances when the CPU is as slow (scatter_by()).
/// - In the estimate over builds (over_builds()) a build counts by one over the SD of such builds.
/// With fewer than 16 instances, or builds, these count alike.
[[nodiscard]] OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Interval growth,
                                     std::size_t looked_before = 0);

}  // namespace hopcost::campaign
