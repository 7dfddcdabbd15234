// Makes what differs in the next frames, column by column: all values of one field before the next field, so
// that nothing common to all packets is decided per packet. No allocation, no virtual call.
//
// Words are kept as numbers and converted to network order when they are stored. Sums are computed from the
// numbers, because one's complement addition commutes with swapping bytes (RFC 1071 section 2B).
//
// HOPCOST_CLONES (source/meson.build) compiles a function several times if the compiler can: for all CPUs of
// the architecture, and for those with wider vectors. The loader picks one.
#include <algorithm>

#include "pktgen/source/profile/checksum_fields.h"
#include "pktgen/source/profile/flow_frames.h"
#include "wire/byte_order.h"
#include "wire/checksum.h"
#include "wire/probe.h"

namespace hopcost::pktgen {
namespace {

/// The values of one field or word for many frames.
using Column = std::array<std::uint64_t, kMaxBatch>;
/// Up to four columns that are added in one pass.
using Terms = std::array<const std::uint64_t*, 4>;

/// A word as a term of one's complement sums, modulo 0xffff in 33 bits: 64 such terms need no carry.
[[nodiscard]] constexpr std::uint64_t short_term(std::uint64_t word) noexcept {
  return (word & 0xffffffff) + (word >> 32);
}

/// ones_fold() of a sum below 2^48, without a branch.
[[nodiscard]] constexpr std::uint64_t folded(std::uint64_t sum) noexcept {
  const std::uint64_t a = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  const std::uint64_t b = (a & 0xffff) + (a >> 16);
  return (b & 0xffff) + (b >> 16);
}

/// Adds to the constants, which are `shift` bits up in `packed`, kTerms columns.
template <std::size_t kTerms>
[[gnu::always_inline]] inline void add_up(Column& total, const Column& packed, unsigned shift,
                                          const Terms& terms, std::size_t n) noexcept {
  std::uint64_t* const to = total.data();
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t sum = packed[i] >> shift & 0xffff;
    for (std::size_t t = 0; t < kTerms; ++t) sum += short_term(terms[t][i]);
    to[i] = sum;
  }
}

}  // namespace

struct FlowFrames::Columns {
  std::size_t n;
  std::array<Column, kMostSums / 4> constants;  ///< The images' packed constants.
  Column probes;                                ///< The probes as a term.
  std::array<Column, kMostSums> fields;         ///< Fields of sums that are terms of others.
};

void FlowFrames::allocate(std::size_t batch, std::size_t step) {
  step_ = step;
  const std::size_t room = batch + step;
  ahead_ = {.room = room,
            .image = std::vector<std::uint16_t>(room),
            .probes = std::vector<std::uint64_t>(room),
            .words = std::vector<std::uint64_t>(room * words.size()),
            .sums = std::vector<std::uint16_t>(room * sums.size())};
}

void FlowFrames::keep_what_is_left() noexcept {
  Ahead& a = ahead_;
  const auto keep = [&](auto& columns) {
    for (std::size_t at = 0; at < columns.size(); at += a.room)
      std::copy(columns.data() + at + a.begin, columns.data() + at + a.end, columns.data() + at);
  };
  keep(a.image);
  keep(a.probes);
  keep(a.words);
  keep(a.sums);
  a.end -= a.begin;
  a.begin = 0;
}

void FlowFrames::pick(std::uint16_t* image) noexcept {
  if (random_order) {
    for (std::size_t i = 0; i < step_; ++i) image[i] = order[random.below(order.size())];
    return;
  }
  for (std::size_t i = 0; i < step_;) {
    const std::size_t more = std::min(step_ - i, order.size() - turn);
    std::copy_n(&order[turn], more, &image[i]);
    i += more;
    turn = turn + more == order.size() ? 0 : static_cast<std::uint32_t>(turn + more);
  }
}

/// Numbers the probes, and makes the terms of probes and images for the sums.
[[gnu::always_inline]] inline void FlowFrames::number_probes(Columns& c) noexcept {
  const Image* const all = images.data();
  const std::uint16_t* const image = ahead_.image.data() + ahead_.end;
  std::uint64_t* const probes = ahead_.probes.data() + ahead_.end;
  const std::uint64_t flow = std::uint64_t{id} << 48;
  const std::size_t packs = (sums.size() + 3) / 4;
  for (std::size_t k = 0; k < packs; ++k)
    for (std::size_t i = 0; i < c.n; ++i) c.constants[k][i] = all[image[i]].constants[k];
  std::uint64_t next = next_probe_;
  if (all_even) {
    for (std::size_t i = 0; i < c.n; ++i)
      c.probes[i] = short_term(probes[i] = flow | ((next + i) & kProbeSequenceMask));
    next_probe_ = next + c.n;
    return;
  }
  for (std::size_t i = 0; i < c.n; ++i) {
    const std::uint8_t kind = all[image[i]].probe_term;
    const std::uint64_t term = short_term(probes[i] = flow | (next & kProbeSequenceMask));
    c.probes[i] = kind == kNoTerm ? 0 : kind == kEvenTerm ? term : term << 8;
    next += kind != kNoTerm;
  }
  next_probe_ = next;
}

[[gnu::always_inline]] inline void FlowFrames::fill_words(Columns& c) noexcept {
  for (std::size_t w = 0; w < words.size(); ++w)
    std::fill_n(&ahead_.words[w * ahead_.room + ahead_.end], c.n, words[w].base);
  Column low, high;
  std::size_t taken = 0;
  for (const Part& part : parts) {
    for (; taken <= part.series; ++taken)
      series[taken].take(std::span(low).first(c.n), std::span(high).first(c.n));
    const Part p = part;
    const std::uint64_t* const from = (p.high ? high : low).data();
    std::uint64_t* const word = &ahead_.words[p.word * ahead_.room + ahead_.end];
#pragma GCC ivdep
    for (std::size_t i = 0; i < c.n; ++i) word[i] |= (from[i] >> p.right & p.mask) << p.left;
  }
}

/// Adds up to four terms in one pass, because a pass over a column costs more than the additions.
[[gnu::always_inline]] inline void FlowFrames::sum_up(Columns& c) noexcept {
  for (std::size_t s = 0; s < sums.size(); ++s) {
    const Sum& sum = sums[s];
    const auto column = [&](std::uint8_t term) -> const std::uint64_t* {
      if (term < words.size()) return &ahead_.words[term * ahead_.room + ahead_.end];
      return term == words.size() ? c.probes.data() : c.fields[term - words.size() - 1].data();
    };
    Column total;
    Terms four{};
    const std::size_t first = std::min<std::size_t>(sum.terms.size(), 4);
    for (std::size_t t = 0; t < first; ++t) four[t] = column(sum.terms[t]);
    const Column& packed = c.constants[s / 4];
    const unsigned shift = s % 4 * 16;
    if (first == 0) add_up<0>(total, packed, shift, four, c.n);
    if (first == 1) add_up<1>(total, packed, shift, four, c.n);
    if (first == 2) add_up<2>(total, packed, shift, four, c.n);
    if (first == 3) add_up<3>(total, packed, shift, four, c.n);
    if (first == 4) add_up<4>(total, packed, shift, four, c.n);
    for (std::size_t t = first; t < sum.terms.size(); ++t) {
      const std::uint64_t* const more = column(sum.terms[t]);
      for (std::size_t i = 0; i < c.n; ++i) total[i] += short_term(more[i]);
    }
    std::uint16_t* const out = ahead_.sums.data() + s * ahead_.room + ahead_.end;
    for (std::size_t i = 0; i < c.n; ++i) out[i] = big_endian(static_cast<std::uint16_t>(folded(total[i])));
    if (sum.timed) continue;
    make_fields(sum.place, out, c.n);
    if (!sum.is_term) continue;
    for (std::size_t i = 0; i < c.n; ++i) c.fields[s][i] = big_endian(out[i]);
  }
}

HOPCOST_CLONES void FlowFrames::make_columns() noexcept {
  Columns c;
  c.n = step_;
  number_probes(c);
  fill_words(c);
  sum_up(c);
}

void FlowFrames::make_ahead() noexcept {
  keep_what_is_left();
  pick(&ahead_.image[ahead_.end]);
  make_columns();
  ahead_.end += step_;
}

}  // namespace hopcost::pktgen
