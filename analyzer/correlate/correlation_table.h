// The stamps of probes that are under way, by flow and sequence: four-way sets in constant memory. Hot path:
// noexcept, no allocation after create(). One owner thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/tap/tap.h"
#include "wire/probe.h"

namespace hopcost::analyzer {

/// A time and the CPU it was read on, in eight bytes: ns modulo 2^52 (52 days) above, the CPU below.
class CpuStamp {
 public:
  CpuStamp() = default;
  /// A CPU from kUnknownCpu on counts as unknown.
  CpuStamp(std::uint64_t ns, unsigned cpu) noexcept : bits_(ns << kCpuBits | (cpu < kCpus ? cpu : kCpus)) {}

  /// Whether both CPUs are known.
  [[nodiscard]] static bool known(CpuStamp a, CpuStamp b) noexcept {
    return (a.bits_ & kCpus) != kCpus && (b.bits_ & kCpus) != kCpus;
  }
  /// Whether both were read on one CPU. Call only when known(a, b).
  [[nodiscard]] static bool same_cpu(CpuStamp a, CpuStamp b) noexcept {
    return ((a.bits_ ^ b.bits_) & kCpus) == 0;
  }
  /// ns from `a` to `b`; right up to 26 days either way.
  [[nodiscard]] static std::int64_t between(CpuStamp a, CpuStamp b) noexcept {
    return static_cast<std::int64_t>((b.bits_ & ~kCpus) - (a.bits_ & ~kCpus)) >> kCpuBits;
  }

 private:
  static constexpr unsigned kCpuBits = 12;
  static constexpr std::uint64_t kCpus = (1u << kCpuBits) - 1;  // also stands for an unknown one
  static_assert(kUnknownCpu == kCpus);
  std::uint64_t bits_ = 0;
};

/// Consecutive sequences of a flow go to consecutive sets, so a window as large as the table holds a flow
/// without a gap; flows start at scattered sets. A full set gives up a probe that every tap has seen, else
/// its oldest probe.
class CorrelationTable {
 public:
  static constexpr std::size_t kWays = 4;

  /// What the taps saw of a probe, but for the times.
  struct Entry {
    std::uint32_t tick = 0;      ///< Order of arrival, wraps.
    std::uint16_t seen = 0;      ///< Bit i: tap i's stamp is there. 0: a free place.
    std::uint16_t software = 0;  ///< Bit i: the stamp is of StampKind::kSoftware.
  };

  /// `entries` is rounded up to a power of two, at least 1024. Memory: entries * (16 + 8 * taps) bytes.
  CorrelationTable(std::size_t taps, std::size_t entries);

  /// Index of the probe's place. A probe that has to make room is passed to `evicted(const Entry&)` first.
  template <class F>
  std::size_t place(std::uint16_t flow, std::uint64_t sequence, F&& evicted) noexcept;

  /// i as place() gave it.
  [[nodiscard]] Entry& entry(std::size_t i) noexcept { return entries_[i]; }
  /// Stamps of the place, one per tap.
  [[nodiscard]] CpuStamp* stamps(std::size_t i) noexcept { return stamps_.data() + i * taps_; }
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  /// The marks of a probe that every tap has seen.
  [[nodiscard]] std::uint16_t all() const noexcept { return all_; }

  /// Passes each probe that is still there to `f(const Entry&)` and forgets all. Takes time in proportion to
  /// the entries used since the last call.
  template <class F>
  void clear(F&& f) noexcept;

 private:
  static constexpr std::size_t kChunk = 64;
  [[nodiscard]] std::size_t victim(std::size_t set) const noexcept;

  std::size_t taps_;
  std::uint16_t all_;
  std::size_t set_mask_;
  std::uint32_t tick_ = 0;
  std::vector<std::uint64_t> keys_;  // flow << 48 | sequence; meaningless where entries_ is free
  std::vector<Entry> entries_;
  std::vector<CpuStamp> stamps_;
  std::vector<std::uint8_t>
      used_;  // by kChunk entries: whether one was taken since clear(), which skips the others
};

template <class F>
std::size_t CorrelationTable::place(std::uint16_t flow, std::uint64_t sequence, F&& evicted) noexcept {
  const std::uint64_t key = std::uint64_t{flow} << 48 | (sequence & kProbeSequenceMask);
  const std::size_t scatter = flow * std::size_t{0x9e3779b1};
  const std::size_t set = ((sequence + scatter) & set_mask_) * kWays;
  for (std::size_t i = set; i < set + kWays; ++i) {
    if (keys_[i] == key && entries_[i].seen != 0) return i;
  }
  const std::size_t i = victim(set);
  if (entries_[i].seen != 0) evicted(static_cast<const Entry&>(entries_[i]));
  keys_[i] = key;
  entries_[i] = {tick_++, 0, 0};
  used_[i / kChunk] = 1;
  return i;
}

inline std::size_t CorrelationTable::victim(std::size_t set) const noexcept {
  std::size_t best = set;
  std::uint64_t best_worth = ~std::uint64_t{0};
  for (std::size_t i = set; i < set + kWays; ++i) {
    const Entry& e = entries_[i];
    if (e.seen == 0) return i;
    // What a probe is worth keeping: the younger the more, and any unfinished probe more than any finished
    // one.
    const std::uint32_t youth = ~(tick_ - e.tick);
    const std::uint64_t worth = (std::uint64_t{e.seen != all_} << 32) | youth;
    if (worth < best_worth) {
      best_worth = worth;
      best = i;
    }
  }
  return best;
}

template <class F>
void CorrelationTable::clear(F&& f) noexcept {
  for (std::size_t chunk = 0; chunk < used_.size(); ++chunk) {
    if (!used_[chunk]) continue;
    used_[chunk] = 0;
    for (std::size_t i = chunk * kChunk; i < (chunk + 1) * kChunk; ++i) {
      if (entries_[i].seen != 0) f(static_cast<const Entry&>(entries_[i]));
      entries_[i] = {};
    }
  }
}

}  // namespace hopcost::analyzer
