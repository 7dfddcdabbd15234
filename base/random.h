// Random numbers that are the same on every machine for the same seed. Header only; one owner thread; not for
// secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hopcost {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, figure 17).
class Random {
 public:
  /// The same seed draws the same numbers.
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}
  /// All 64 bits are random.
  [[nodiscard]] std::uint64_t bits() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// A number below n, which is 1 to 2^32; the bias is below n / 2^32.
  [[nodiscard]] std::size_t below(std::size_t n) noexcept {
    return static_cast<std::size_t>(((bits() >> 32) * std::uint64_t{n}) >> 32);
  }
  /// Shuffles by Fisher and Yates, as Durstenfeld has it: from the end, one draw for each place but the
  /// first.
  template <class T>
  void shuffle(std::vector<T>& values) noexcept {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }
  /// In [0, 1), 53 bits.
  [[nodiscard]] double unit() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace hopcost
