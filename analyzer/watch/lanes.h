// The flows of one path that are accounted at once, each by a correlator of its own. One owner thread at a
// time; per packet noexcept, no allocation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/correlate/correlator.h"

namespace hopcost::analyzer {

class Lanes {
 public:
  /// One lane, whose correlator accounts nothing yet. `taps` and `options` are those of every correlator.
  Lanes(std::size_t taps, Correlator::Options options);

  /// Forgets everything and accounts each of these flows, one at least and none twice, as a lane. Correlators
  /// are made when they are first needed, and kept.
  void expect(std::span<const std::uint16_t> flows, const Expected& expected);

  /// Of the last expect(); one before the first.
  [[nodiscard]] std::size_t size() const noexcept { return flows_.size(); }
  [[nodiscard]] Correlator& operator[](std::size_t i) noexcept { return *correlators_[i]; }
  /// The correlator that counts whatever belongs to no lane.
  [[nodiscard]] Correlator& first() noexcept { return *correlators_.front(); }
  [[nodiscard]] const Correlator& first() const noexcept { return *correlators_.front(); }
  /// Where probes of the flow go. The lanes are few: to compare takes less than to look up in a table.
  [[nodiscard]] Correlator& of(std::uint16_t flow) noexcept {
    for (std::size_t i = 1; i < flows_.size(); ++i)
      if (flows_[i] == flow) return *correlators_[i];
    return first();
  }

 private:
  std::size_t taps_;
  Correlator::Options options_;
  std::vector<std::uint16_t> flows_;  // one a lane
  std::vector<std::unique_ptr<Correlator>> correlators_;
};

}  // namespace hopcost::analyzer
