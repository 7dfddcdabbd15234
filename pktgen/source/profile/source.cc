#include "pktgen/source/profile/source.h"

namespace hopcost::pktgen {

/// The flow writes its frames side by side.
std::uint64_t ProfileSource::write_flow(std::size_t flow, std::span<std::byte* const> frames,
                                        std::span<std::uint16_t> lengths, std::span<const std::uint8_t> next,
                                        std::uint64_t ns) noexcept {
  const Chain chain = chains_[flow];
  chains_[flow] = {};
  std::array<std::uint8_t, kMaxBatch> at;
  std::array<std::byte*, kMaxBatch> own_frames;
  std::array<std::uint16_t, kMaxBatch> own_lengths;
  for (std::size_t i = 0, from = chain.first; i < chain.count; ++i, from = next[from]) {
    at[i] = static_cast<std::uint8_t>(from);
    own_frames[i] = frames[from];
  }
  const std::uint64_t bytes =
      flows_[flow].write(std::span(own_frames).first(chain.count), own_lengths.data(), ns, memory_);
  for (std::size_t i = 0; i < chain.count; ++i) lengths[at[i]] = own_lengths[i];
  return bytes;
}

std::uint64_t ProfileSource::write(std::span<std::byte* const> frames, std::span<std::uint16_t> lengths,
                                   std::uint64_t ns) noexcept {
  if (flows_.size() == 1) return flows_.front().write(frames, lengths.data(), ns, memory_);
  std::array<std::uint8_t, kMaxBatch> next;
  std::array<std::uint16_t, kMaxBatch> met;
  std::size_t flows = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Chain& chain = chains_[order_[turn_]];
    if (chain.count++ == 0) {
      met[flows++] = order_[turn_];
      chain.first = static_cast<std::uint8_t>(i);
    } else {
      next[chain.last] = static_cast<std::uint8_t>(i);
    }
    chain.last = static_cast<std::uint8_t>(i);
    if (++turn_ == order_.size()) turn_ = 0;
  }
  std::uint64_t bytes = 0;
  for (std::size_t f = 0; f < flows; ++f) bytes += write_flow(met[f], frames, lengths, next, ns);
  return bytes;
}

}  // namespace hopcost::pktgen
