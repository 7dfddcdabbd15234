// The values one field takes, packet after packet. take() is the hot path. One owner thread.
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

/// What a person asked for.
struct SeriesSpec {
  /// How one value follows the other.
  enum class Kind : std::uint8_t {
    kFixed,
    kCount,       ///< first, first + step, ...: `values` of them, then again.
    kRandom,      ///< Evenly out of `values` numbers from `first` on.
    kList,        ///< In order, then again.
    kRandomList,  ///< Evenly out of the list.
  };
  Kind kind = Kind::kFixed;
  FieldBits first;
  std::uint64_t step = 1;    ///< Modulo 2^64, so that it may be downward.
  std::uint64_t values = 1;  ///< 0 with kRandom: 2^64.
  std::vector<FieldBits> list;
  std::optional<std::uint64_t> seed;  ///< Its own; else one drawn from the profile's.
};

/// "V" fixed; "A..B" counting up or down, "A..B+S" in steps of S; "A|B|C" a list; "~A..B" or "~A|B|C" random,
/// with
/// "#SEED" behind for a seed of its own. Values as parse_field() reads them. Counting and random ranges go
/// over the low 64 bits of longer fields. Errors: kUsage, no place.
[[nodiscard]] Result<SeriesSpec> parse_series(const FieldFormat& field, const std::string& text);

class Series {
 public:
  /// `seed` is used when the spec has none.
  Series(const SeriesSpec& spec, std::uint64_t seed);

  /// Whether bits above the lower 64 of a field differ from value to value; else they are the spec's first.
  [[nodiscard]] bool varies_high() const noexcept { return !list_.empty(); }
  /// The next low.size() values: their lower 64 bits, and the upper ones where those vary (`high` is as
  /// long).
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
