// The values one field takes, packet after packet. next() is the hot path. One owner thread.
#pragma once

#include <cstdint>
#include <optional>
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

  /// Goes on to the next value (the first call: to the first).
  void next() noexcept {
    switch (kind_) {
      case SeriesSpec::Kind::kFixed:
        return;
      case SeriesSpec::Kind::kCount:
        now_.low = first_ + index_ * step_;
        break;
      case SeriesSpec::Kind::kRandom:
        now_.low = first_ + below(values_);
        return;
      case SeriesSpec::Kind::kList:
        now_ = list_[index_];
        break;
      case SeriesSpec::Kind::kRandomList:
        now_ = list_[below(values_)];
        return;
    }
    if (++index_ == values_) index_ = 0;
  }
  [[nodiscard]] const FieldBits& now() const noexcept { return now_; }

 private:
  /// In [0, n), all 64 bits for 0. Even but for less than n / 2^32 below that, n / 2^64 above.
  [[nodiscard]] std::uint64_t below(std::uint64_t n) noexcept {
    const std::uint64_t bits = random_.bits();
    if (n <= std::uint64_t{1} << 32 && n > 0) return (bits >> 32) * n >> 32;
    return n == 0 ? bits : bits % n;
  }

  FieldBits now_;
  std::uint64_t first_, step_, values_;
  std::uint64_t index_ = 0;
  Random random_;
  SeriesSpec::Kind kind_;
  std::vector<FieldBits> list_;
};

}  // namespace hopcost::pktgen
