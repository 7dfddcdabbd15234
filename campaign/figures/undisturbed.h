// Figures brought to the speed that the CPU has when nobody disturbs it. Pure. Includes stats.
#pragma once

#include "campaign/figures/over_builds.h"
#include "campaign/figures/speed.h"

namespace hopcost::campaign {

/// Combines figures over builds after adjusting each pair's to the speed of the undisturbed CPU. `figures`
/// has as many builds and pairs as `speed`. `growth`: how fast they may grow with slowness. `looked_before`:
/// as for shift_of().
///
/// Slow moments count less, because figures scatter more then and a line describes only roughly how much
/// slower everything is. This goes by three stages:
/// - An instance's figure is the weighted median of its pairs (weigh()).
/// - A build's figure is the mean over its instances, an estimate over builds the one of over_builds(), each
///   weighted by how far all instances', or builds', figures scatter where the CPU is that slow
///   (scatter_by()). With fewer than 16 they count alike.
[[nodiscard]] OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Interval growth,
                                     std::size_t looked_before = 0);

}  // namespace hopcost::campaign
