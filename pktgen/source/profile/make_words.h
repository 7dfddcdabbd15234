// What differs per packet, as words to write. Set-up code, used by make_source.cc.
#pragma once

#include <vector>

#include "pktgen/source/profile/profile.h"
#include "pktgen/source/profile/source.h"

namespace hopcost::pktgen {

/// Whether a byte of the frame counts in a checksum, its own field aside.
[[nodiscard]] bool covers(const ChecksumPlace& c, std::size_t at) noexcept;

/// Fills `out`'s words and parts; out.series are in the order of `varying`. The headers of `frame` are those
/// of all sizes of the flow but for lengths.
void make_words(const std::vector<VaryingField>& varying, const EncodedFrame& frame, FlowFrames& out);

}  // namespace hopcost::pktgen
