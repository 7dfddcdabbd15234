// The hot path of profiles: writes values made ahead into frames, then stamps these. No allocation, no
// virtual call. HOPCOST_CLONES: see make_ahead.cc.
#include "pktgen/source/profile/flow_frames.h"

#include <cstring>

#include "pktgen/source/profile/checksum_fields.h"
#include "wire/byte_order.h"
#include "wire/checksum.h"
#include "wire/probe.h"

namespace hopcost::pktgen {
namespace {

/// The unit of copying, in vector registers where there are any.
using Block [[gnu::vector_size(32), gnu::aligned(1), gnu::may_alias]] = unsigned char;

[[gnu::always_inline]] inline void copy_block(std::byte* to, const std::byte* from) noexcept {
  *reinterpret_cast<Block*>(to) = *reinterpret_cast<const Block*>(from);
}

/// Writes one word into each frame.
template <class T>
[[gnu::always_inline]] inline void store_all(std::byte* const* frames, std::size_t n, std::size_t at,
                                             const std::uint64_t* values) noexcept {
  for (std::size_t i = 0; i < n; ++i) store_be(frames[i] + at, static_cast<T>(values[i]));
}

/// Writes 16 bits into each frame, without swapping.
[[gnu::always_inline]] inline void store_fields(std::byte* const* frames, std::size_t n, std::size_t at,
                                                const std::uint16_t* fields) noexcept {
  for (std::size_t i = 0; i < n; ++i) std::memcpy(frames[i] + at, &fields[i], 2);
}

}  // namespace

/// Writes payload, headers, words, sums that are not timed, and probes without their time. `n` is a constant
/// if a single frame is written.
[[gnu::always_inline]] inline std::uint64_t FlowFrames::place_some(std::byte* const* frames, std::size_t n,
                                                                   std::uint16_t* lengths,
                                                                   FrameMemory& memory) noexcept {
  const Image* const all = images.data();
  const std::uint16_t* const image = ahead_.image.data() + ahead_.begin;
  const std::uint64_t* const probes = ahead_.probes.data() + ahead_.begin;
  const std::byte* const all_heads = heads.data();
  const std::size_t last = head_bytes - sizeof(Block);
  const std::byte filled_with = fill;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Image& m = all[image[i]];
    const std::uint16_t probe_at = m.probe_at, size = m.size;
    const std::byte* const head = all_heads + m.head_at;
    std::byte* const frame = frames[i];
    bytes += lengths[i] = size;
    memory.claim(frame, size, filled_with, m.wipe_at);
    copy_block(frame, head);
    for (std::size_t at = sizeof(Block); at < last; at += sizeof(Block)) copy_block(frame + at, head + at);
    copy_block(frame + last, head + last);
    if (probe_at == 0) continue;
    store_be(frame + probe_at, kProbeMagicVersion);
    store_be(frame + probe_at + kProbeFlowOffset, probes[i]);
  }
  const std::uint64_t* values = words.empty() ? nullptr : &ahead_.words[ahead_.begin];
  for (const Word word : words) {
    if (word.bytes == 8) store_all<std::uint64_t>(frames, n, word.at, values);
    if (word.bytes == 4) store_all<std::uint32_t>(frames, n, word.at, values);
    if (word.bytes == 2) store_all<std::uint16_t>(frames, n, word.at, values);
    values += ahead_.room;
  }
  const std::uint16_t* fields = sums.empty() ? nullptr : &ahead_.sums[ahead_.begin];
  for (const Sum& sum : sums) {
    if (!sum.timed) store_fields(frames, n, sum.place.at, fields);
    fields += ahead_.room;
  }
  return bytes;
}

HOPCOST_CLONES std::uint64_t FlowFrames::place(std::span<std::byte* const> frames, std::uint16_t* lengths,
                                               FrameMemory& memory) noexcept {
  return place_some(frames.data(), frames.size(), lengths, memory);
}

std::uint64_t FlowFrames::prepare(std::span<std::byte* const> frames, std::uint16_t* lengths,
                                  FrameMemory& memory) noexcept {
  while (ahead_.end - ahead_.begin < frames.size()) make_ahead();
  return frames.size() == 1 ? place_some(frames.data(), 1, lengths, memory) : place(frames, lengths, memory);
}

/// As place_some().
[[gnu::always_inline]] inline void FlowFrames::stamp_some(std::byte* const* frames, std::size_t n,
                                                          std::uint64_t ns) noexcept {
  const Image* const all = images.data();
  const std::uint16_t* const image = ahead_.image.data() + ahead_.begin;
  const std::uint64_t time = big_endian(ns);
  const std::uint16_t even = ones_fold(time), odd = big_endian(even);
  const std::array<std::uint16_t, 3> terms{0, even, odd};  // of kNoTerm, kEvenTerm, kOddTerm
  std::array<std::uint16_t, kMaxBatch> times;
  std::uint64_t probes = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Image& m = all[image[i]];
    times[i] = terms[m.probe_term];
    if (m.probe_at == 0) continue;
    std::memcpy(frames[i] + m.probe_at + kProbeTimeOffset, &time, sizeof time);
    ++probes;
  }
  std::uint16_t* const all_sums = sums.empty() ? nullptr : &ahead_.sums[ahead_.begin];
  for (std::size_t s = 0; s < sums.size(); ++s) {
    const Sum& sum = sums[s];
    if (!sum.timed) continue;
    std::uint16_t* const total = all_sums + s * ahead_.room;
    if (sum.probe) add_all(total, times.data(), n);
    for (const std::uint8_t inner : sum.inner) add_all(total, all_sums + inner * ahead_.room, n);
    make_fields(sum.place, total, n);
    store_fields(frames, n, sum.place.at, total);
  }
  ahead_.begin += n;
  std::atomic_ref(sequence).store(sequence + probes, std::memory_order_relaxed);
  std::atomic_ref(sent).store(sent + n, std::memory_order_relaxed);
}

HOPCOST_CLONES void FlowFrames::stamp_batch(std::span<std::byte* const> frames, std::uint64_t ns) noexcept {
  stamp_some(frames.data(), frames.size(), ns);
}

void FlowFrames::stamp(std::span<std::byte* const> frames, std::uint64_t ns) noexcept {
  frames.size() == 1 ? stamp_some(frames.data(), 1, ns) : stamp_batch(frames, ns);
}

}  // namespace hopcost::pktgen
