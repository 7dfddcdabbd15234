// What of a frame must be copied into a buffer that held another of the same source. Set-up code, used by
// make_source.cc.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pktgen/profile/source.h"

namespace hopcost::pktgen {

/// Fills `unsettled` of each image. A byte is settled when all images that reach it hold there what `longest`
/// does and no flow writes it per packet: once it is in a buffer it stays. What a flow writes into each of
/// its packets needs no copy either. `longest` is what buffers hold at first, and an image.
void find_unsettled(std::vector<FlowFrames>& flows, std::span<const std::byte> longest);

}  // namespace hopcost::pktgen
