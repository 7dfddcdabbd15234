// The hot path of profiles: no allocation, no virtual call.
//
// Words are kept as numbers and turned into network order as they are stored. Their sums are those of the
// numbers: adding and swapping bytes commute (RFC 1071 section 2B).
//
// HOPCOST_CLONES (source/meson.build) makes a function twice where the compiler can: for every CPU of the
// kind, and for those with AVX2, of which the loader picks one.
#include "pktgen/source/profile/flow_frames.h"

#include <algorithm>
#include <cstring>

#include "wire/byte_order.h"
#include "wire/checksum.h"
#include "wire/probe.h"

namespace hopcost::pktgen {
namespace {

/// A batch's values of one kind.
using Column = std::array<std::uint64_t, kMaxBatch>;

/// A word as a term of one's complement sums, modulo 0xffff in 33 bits: 64 such terms need no carry.
[[nodiscard]] constexpr std::uint64_t short_term(std::uint64_t word) noexcept {
  return (word & 0xffffffff) + (word >> 32);
}

/// field_for() of a right checksum, as a number, without a branch. `none` is 0xffff where 0 means "none".
[[nodiscard]] constexpr std::uint64_t right_field(std::uint64_t sum, std::uint64_t none) noexcept {
  const std::uint64_t a = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  const std::uint64_t b = (a & 0xffff) + (a >> 16);
  const std::uint64_t field = ~((b & 0xffff) + (b >> 16)) & 0xffff;
  return field | ((field - 1) >> 48 & none);
}

/// Constants, `shift` bits up in `packed`, and as many terms, added.
template <std::size_t kTerms>
[[gnu::always_inline]] inline void add_up(Column& total, const Column& packed, unsigned shift,
                                          const std::array<const std::uint64_t*, 4>& terms,
                                          std::size_t n) noexcept {
  std::uint64_t* const to = total.data();
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t sum = packed[i] >> shift & 0xffff;
    for (std::size_t t = 0; t < kTerms; ++t) sum += short_term(terms[t][i]);
    to[i] = sum;
  }
}

/// One word of each frame.
template <class T>
[[gnu::always_inline]] inline void store_all(std::span<std::byte* const> frames, std::size_t at,
                                             const Column& values) noexcept {
  for (std::size_t i = 0; i < frames.size(); ++i) store_be(frames[i] + at, static_cast<T>(values[i]));
}

}  // namespace

struct FlowFrames::Columns {
  std::array<std::uint16_t, kMaxBatch> image;
  std::array<Column, kMostSums / 4> constants;  ///< Of the images.
  std::array<Column, kMostTerms> terms;         ///< Words, the probe, sums; as numbers.
};

void FlowFrames::pick(Columns& c, std::size_t n) noexcept {
  if (random_order) {
    for (std::size_t i = 0; i < n; ++i) c.image[i] = order[random.below(order.size())];
    return;
  }
  for (std::size_t i = 0; i < n;) {
    const std::size_t more = std::min(n - i, order.size() - turn);
    std::copy_n(&order[turn], more, &c.image[i]);
    i += more;
    turn = turn + more == order.size() ? 0 : static_cast<std::uint32_t>(turn + more);
  }
}

/// Payload, headers, and probes, which are a term: the numbers that one is written as, added.
HOPCOST_CLONES std::uint64_t FlowFrames::write_images(std::span<std::byte* const> frames,
                                                      std::uint16_t* lengths, std::uint64_t ns,
                                                      FrameMemory& memory, Columns& c) noexcept {
  constexpr std::size_t kCopied = 16;
  const Image* const all = images.data();
  const std::byte* const all_heads = heads.data();
  const std::size_t last = head_bytes - kCopied;
  const std::uint64_t time = big_endian(ns), time_term = short_term(ns), flow = std::uint64_t{id} << 48;
  const std::byte filled_with = fill;
  const std::size_t packs = (sums.size() + 3) / 4;
  std::uint64_t* const term = c.terms[words.size()].data();
  std::uint64_t next = sequence, bytes = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Image& image = all[c.image[i]];
    const std::uint16_t probe_at = image.probe_at, size = image.size;
    const std::uint8_t rotation = image.rotation;
    const std::byte* const head = all_heads + image.head_at;
    for (std::size_t k = 0; k < packs; ++k) c.constants[k][i] = image.constants[k];
    std::byte* const frame = frames[i];
    bytes += lengths[i] = size;
    memory.claim(frame, size, filled_with, probe_at);
    for (std::size_t at = 0; at < last; at += kCopied) std::memcpy(frame + at, head + at, kCopied);
    std::memcpy(frame + last, head + last, kCopied);
    term[i] = 0;
    if (probe_at == 0) continue;
    const std::uint64_t number = flow | (next++ & kProbeSequenceMask);
    term[i] = (short_term(number) + time_term) << rotation;
    std::byte* const probe = frame + probe_at;
    store_be(probe, kProbeMagicVersion);
    store_be(probe + kProbeFlowOffset, number);
    std::memcpy(probe + kProbeTimeOffset, &time, sizeof time);
  }
  std::atomic_ref(sequence).store(next, std::memory_order_relaxed);
  std::atomic_ref(sent).store(sent + frames.size(), std::memory_order_relaxed);
  return bytes;
}

HOPCOST_CLONES void FlowFrames::fill_words(Columns& c, std::size_t n) noexcept {
  for (std::size_t w = 0; w < words.size(); ++w) std::fill_n(c.terms[w].begin(), n, words[w].base);
  Column low, high;
  std::size_t taken = 0;
  for (const Part& part : parts) {
    for (; taken <= part.series; ++taken)
      series[taken].take(std::span(low).first(n), std::span(high).first(n));
    const Part p = part;
    const std::uint64_t* const from = (p.high ? high : low).data();
    std::uint64_t* const word = c.terms[p.word].data();
    for (std::size_t i = 0; i < n; ++i) word[i] |= (from[i] >> p.right & p.mask) << p.left;
  }
}

/// Takes up to four terms at a time: each pass over a column costs more than the adding in it.
HOPCOST_CLONES void FlowFrames::sum_up(Columns& c, std::size_t n) const noexcept {
  for (std::size_t s = 0; s < sums.size(); ++s) {
    const Sum& sum = sums[s];
    Column& total = c.terms[words.size() + 1 + s];
    std::array<const std::uint64_t*, 4> four{};
    const std::size_t last = sum.terms.size() % 4 == 0 ? 4 : sum.terms.size() % 4;
    for (std::size_t t = 0; t < last; ++t) four[t] = c.terms[sum.terms[t]].data();
    const Column& packed = c.constants[s / 4];
    const unsigned shift = s % 4 * 16;
    if (last == 1) add_up<1>(total, packed, shift, four, n);
    if (last == 2) add_up<2>(total, packed, shift, four, n);
    if (last == 3) add_up<3>(total, packed, shift, four, n);
    if (last == 4) add_up<4>(total, packed, shift, four, n);
    for (std::size_t t = last; t < sum.terms.size(); ++t)
      for (std::size_t i = 0; i < n; ++i) total[i] += short_term(c.terms[sum.terms[t]][i]);
    const std::uint64_t none = sum.place.zero_is_none ? 0xffff : 0;
    if (sum.place.mode == ChecksumMode::kRight) {
      for (std::size_t i = 0; i < n; ++i) total[i] = right_field(total[i], none);
    } else {
      for (std::size_t i = 0; i < n; ++i)
        total[i] = big_endian(field_for(sum.place, big_endian(ones_fold(total[i]))));
    }
  }
}

HOPCOST_CLONES void FlowFrames::write_values(std::span<std::byte* const> frames,
                                             const Columns& c) const noexcept {
  for (std::size_t w = 0; w < words.size(); ++w) {
    const Word word = words[w];
    if (word.bytes == 8) store_all<std::uint64_t>(frames, word.at, c.terms[w]);
    if (word.bytes == 4) store_all<std::uint32_t>(frames, word.at, c.terms[w]);
    if (word.bytes == 2) store_all<std::uint16_t>(frames, word.at, c.terms[w]);
  }
  for (std::size_t s = 0; s < sums.size(); ++s)
    store_all<std::uint16_t>(frames, sums[s].place.at, c.terms[words.size() + 1 + s]);
}

std::uint64_t FlowFrames::write(std::span<std::byte* const> frames, std::uint16_t* lengths, std::uint64_t ns,
                                FrameMemory& memory) noexcept {
  Columns c;
  pick(c, frames.size());
  const std::uint64_t bytes = write_images(frames, lengths, ns, memory, c);
  fill_words(c, frames.size());
  sum_up(c, frames.size());
  write_values(frames, c);
  return bytes;
}

}  // namespace hopcost::pktgen
