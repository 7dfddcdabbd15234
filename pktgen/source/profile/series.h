// The values that a field takes from packet to packet. take() is the hot path. One owner thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "wire/field.h"

namespace hopcost::pktgen {

/// A series as it was asked for.
struct SeriesSpec {
  /// How the values follow one another.
  enum class Kind : std::uint8_t {
    kFixed,
    kCount,       ///< first, first + step, ...: `values` of them, then from the start.
    kRandom,      ///< Uniform over the `values` numbers from `first` on.
    kList,        ///< In order, then from the start.
    kRandomList,  ///< Uniform over the list.
  };
  Kind kind = Kind::kFixed;
  FieldBits first;
  std::uint64_t step = 1;    ///< Modulo 2^64, so a step may go down.
  std::uint64_t values = 1;  ///< 0 with kRandom: 2^64.
  std::vector<FieldBits> list;
  std::optional<std::uint64_t> seed;  ///< The series' own seed; nothing: drawn from the profile's.
};

/// "V" fixed; "A..B" counting up or down, "A..B+S" in steps of S; "A|B|C" a list; "~A..B" or "~A|B|C" random,
/// followed by "#SEED" for its own seed. Values as parse_field() reads them. In fields above 64 bits,
/// counting and random ranges only vary the low 64. Errors: kUsage, without the place in the text.
[[nodiscard]] Result<SeriesSpec> parse_series(const FieldFormat& field, const std::string& text);

class Series {
 public:
  /// `seed` is used when the spec has none.
  Series(const SeriesSpec& spec, std::uint64_t seed);

  /// Whether a field's bits above the lower 64 vary; else they stay those of SeriesSpec::first.
  [[nodiscard]] bool varies_high() const noexcept { return !list_.empty(); }
  /// Writes the next low.size() values: their lower 64 bits, and the upper ones if varies_high(). `high` is
  /// as long as `low`.
  void take(std::span<std::uint64_t> low, std::span<std::uint64_t> high) noexcept;

 private:
  void count(std::span<std::uint64_t> low) noexcept;
  void draw(std::span<std::uint64_t> into, std::uint64_t first) noexcept;
  void look_up(std::size_t i, std::uint64_t& low, std::uint64_t& high) const noexcept {
    low = list_[i].low;
    high = list_[i].high;
  }

  std::uint64_t first_, step_, values_;
  std::uint64_t index_ = 0;
  Random random_;
  SeriesSpec::Kind kind_;
  std::vector<FieldBits> list_;
};

}  // namespace hopcost::pktgen
