// Turns varying fields into words to write per packet. Set-up code, used by make_source.cc.
#pragma once

#include <vector>

#include "pktgen/source/profile/flow_frames.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// Whether checksum `c` covers the frame's byte `at`; not so for the checksum's own field.
[[nodiscard]] bool covers(const ChecksumPlace& c, std::size_t at) noexcept;

/// Fills out.words and out.parts; out.series must already be set, in the order of `varying`. The headers of
/// `frame` stand for all sizes of the flow, lengths aside. They hold the upper bits of long fields in which
/// only the lower 64 vary.
void write_varying_words(const std::vector<VaryingField>& varying, const EncodedFrame& frame,
                         FlowFrames& out);

}  // namespace hopcost::pktgen
