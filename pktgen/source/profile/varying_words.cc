#include "pktgen/source/profile/varying_words.h"

#include <algorithm>

namespace hopcost::pktgen {
namespace {

/// A field's bits, counted from the frame's first bit; `end` is one past the last.
struct Reach {
  std::size_t series, begin, end;
};

/// The part of a field that lies in the given word; nothing when they do not overlap.
std::optional<FlowFrames::Part> part_in(const Reach& r, std::size_t word, std::size_t word_begin,
                                        std::size_t word_end, bool high) {
  // Fields above 64 bits are two numbers of 64 bits.
  const bool wide = r.end - r.begin > 64;
  if (high && !wide) return std::nullopt;
  const std::size_t begin = wide && !high ? r.end - 64 : r.begin;
  const std::size_t end = wide && high ? r.end - 64 : r.end;
  const std::size_t from = std::max(begin, word_begin), to = std::min(end, word_end);
  if (from >= to) return std::nullopt;
  return FlowFrames::Part{.series = static_cast<std::uint16_t>(r.series),
                          .word = static_cast<std::uint8_t>(word),
                          .high = high,
                          .right = static_cast<std::uint8_t>(end - to),
                          .left = static_cast<std::uint8_t>(word_end - to),
                          .mask = field_mask(static_cast<unsigned>(to - from))};
}

/// Adds one word; its bits that no series writes are taken from the frame.
void add_word(const std::vector<Reach>& reaches, const EncodedFrame& frame, std::size_t at, std::size_t bytes,
              FlowFrames& out) {
  FlowFrames::Word w{
      .at = static_cast<std::uint16_t>(at), .bytes = static_cast<std::uint8_t>(bytes), .base = 0};
  for (std::size_t i = 0; i < bytes; ++i)
    w.base = w.base << 8 | static_cast<std::uint64_t>(frame.bytes[at + i]);
  for (const auto& r : reaches) {
    for (const bool high : {true, false}) {
      const auto part = part_in(r, out.words.size(), at * 8, (at + bytes) * 8, high);
      if (!part) continue;
      w.base &= ~(part->mask << part->left);
      out.parts.push_back(*part);
    }
  }
  out.words.push_back(w);
}

/// Whether two bytes are covered by the same checksums.
bool same_sums(const EncodedFrame& frame, std::size_t a, std::size_t b) {
  return std::all_of(frame.checksums.begin(), frame.checksums.end(),
                     [&](const ChecksumPlace& c) { return covers(c, a) == covers(c, b); });
}

}  // namespace

bool covers(const ChecksumPlace& c, std::size_t at) noexcept {
  const bool own = at == c.at || at == c.at + 1u;
  const bool address =
      at >= c.addresses_at && at < static_cast<std::size_t>(c.addresses_at) + c.addresses_bytes;
  return (at >= c.begin && at < c.end && !own) || address;
}

void write_varying_words(const std::vector<VaryingField>& varying, const EncodedFrame& frame,
                         FlowFrames& out) {
  std::vector<Reach> reaches;
  for (std::size_t i = 0; i < varying.size(); ++i) {
    const auto& layer = frame.layers[varying[i].layer];
    const auto& field = format_of(layer.kind).fields[varying[i].field];
    const std::size_t begin = layer.at * 8 + field.bit;
    const std::size_t end = begin + field.bits;
    const bool low_alone = field.bits > 64 && !out.series[i].varies_high();
    reaches.push_back({i, low_alone ? end - 64 : begin, end});
  }
  // Works on pairs of bytes, so that a word never begins at an odd offset; fields that share a pair share a
  // word. Neighbouring pairs covered by the same checksums share a word too, which makes fewer words and
  // terms.
  std::vector<bool> touched(frame.bytes.size() / 2 + 1, false), joined(touched.size(), false);
  for (const auto& r : reaches) {
    for (std::size_t pair = r.begin / 16; pair <= (r.end - 1) / 16; ++pair) {
      touched[pair] = true;
      joined[pair] = joined[pair] || pair > r.begin / 16;  // with the pair before it
    }
  }
  for (std::size_t pair = 0; pair < touched.size();) {
    if (!touched[pair]) {
      ++pair;
      continue;
    }
    std::size_t end = pair + 1;
    while (end < touched.size() && (joined[end] || (touched[end] && same_sums(frame, end * 2 - 1, end * 2))))
      ++end;
    while (pair < end) {
      const std::size_t pairs = end - pair >= 4 ? 4 : end - pair >= 2 ? 2 : 1;
      add_word(reaches, frame, pair * 2, pairs * 2, out);
      pair += pairs;
    }
  }
  std::stable_sort(out.parts.begin(), out.parts.end(),
                   [](const auto& a, const auto& b) { return a.series < b.series; });
}

}  // namespace hopcost::pktgen
