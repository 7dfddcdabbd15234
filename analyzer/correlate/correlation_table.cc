#include "analyzer/correlate/correlation_table.h"

#include <algorithm>
#include <bit>

namespace hopcost::analyzer {

CorrelationTable::CorrelationTable(std::size_t taps, std::size_t entries)
    : taps_(taps), all_(static_cast<std::uint16_t>((1u << taps) - 1)) {
  const std::size_t n = std::bit_ceil(std::max<std::size_t>(entries, 1024));
  set_mask_ = n / kWays - 1;
  keys_.resize(n);
  entries_.resize(n);
  stamps_.resize(n * taps);
  used_.resize(n / kChunk);
}

}  // namespace hopcost::analyzer
