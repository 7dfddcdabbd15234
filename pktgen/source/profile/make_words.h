// What differs per packet, as words to write. Set-up code, used by make_source.cc.
#pragma once

#include <vector>

#include "pktgen/source/profile/flow_frames.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// Whether a byte of the frame counts in a checksum, its own field aside.
[[nodiscard]] bool covers(const ChecksumPlace& c, std::size_t at) noexcept;

/// Fills `out`'s words and parts; out.series are there, in the order of `varying`. The headers of `frame` are
/// those of all sizes of the flow but for lengths, with the upper bits of long fields where these do not
/// vary.
void make_words(const std::vector<VaryingField>& varying, const EncodedFrame& frame, FlowFrames& out);

}  // namespace hopcost::pktgen
