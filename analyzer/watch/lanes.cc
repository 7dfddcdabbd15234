#include "analyzer/watch/lanes.h"

namespace hopcost::analyzer {

Lanes::Lanes(std::size_t taps, Correlator::Options options) : taps_(taps), options_(options), flows_(1) {
  correlators_.push_back(std::make_unique<Correlator>(taps_, options_));
}

void Lanes::expect(std::span<const std::uint16_t> flows, const Expected& expected) {
  while (correlators_.size() < flows.size())
    correlators_.push_back(std::make_unique<Correlator>(taps_, options_));
  flows_.assign(flows.begin(), flows.end());
  for (std::size_t i = 0; i < flows.size(); ++i) correlators_[i]->expect(flows[i], expected);
}

}  // namespace hopcost::analyzer
