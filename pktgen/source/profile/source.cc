#include "pktgen/source/profile/source.h"

namespace hopcost::pktgen {

/// Finds the flows of the next n frames, and each one's frames: met_ and at_. How many flows.
std::size_t ProfileSource::group(std::size_t n) noexcept {
  std::array<std::uint8_t, kMaxBatch> next;
  std::size_t flows = 0, turn = turn_;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint16_t flow = order_[turn];
    Chain& chain = chains_[flow];
    if (chain.count++ == 0) {
      met_[flows++].flow = flow;
      chain.first = static_cast<std::uint8_t>(i);
    } else {
      next[chain.last] = static_cast<std::uint8_t>(i);
    }
    chain.last = static_cast<std::uint8_t>(i);
    if (++turn == order_.size()) turn = 0;
  }
  std::size_t to = 0;
  for (std::size_t f = 0; f < flows; ++f) {
    const Chain chain = chains_[met_[f].flow];
    chains_[met_[f].flow] = {};
    met_[f].count = chain.count;
    for (std::size_t i = 0, from = chain.first; i < chain.count; ++i, from = next[from])
      at_[to++] = static_cast<std::uint8_t>(from);
  }
  return flows;
}

void ProfileSource::prepare(std::span<std::byte* const> frames) noexcept {
  prepared_ = frames.size();
  if (flows_.size() == 1) {
    bytes_ = flows_.front().prepare(frames, lengths_.data(), memory_);
    return;
  }
  if (prepared_ == 1) {
    bytes_ = flows_[order_[turn_]].prepare(frames, lengths_.data(), memory_);
    return;
  }
  met_flows_ = group(prepared_);
  bytes_ = 0;
  for (std::size_t i = 0; i < prepared_; ++i) frames_[i] = frames[at_[i]];
  std::array<std::uint16_t, kMaxBatch> lengths;
  for (std::size_t f = 0, from = 0; f < met_flows_; from += met_[f++].count)
    bytes_ += flows_[met_[f].flow].prepare(std::span(frames_).subspan(from, met_[f].count), &lengths[from],
                                           memory_);
  for (std::size_t i = 0; i < prepared_; ++i) lengths_[at_[i]] = lengths[i];
}

std::uint64_t ProfileSource::stamp(std::span<std::byte* const> frames, std::uint64_t ns) noexcept {
  if (flows_.size() == 1) {
    flows_.front().stamp(frames, ns);
    return bytes_;
  }
  if (prepared_ == 1) {
    flows_[order_[turn_]].stamp(frames, ns);
  } else {
    for (std::size_t f = 0, from = 0; f < met_flows_; from += met_[f++].count)
      flows_[met_[f].flow].stamp(std::span(frames_).subspan(from, met_[f].count), ns);
  }
  turn_ = (turn_ + prepared_) % order_.size();
  return bytes_;
}

}  // namespace hopcost::pktgen
