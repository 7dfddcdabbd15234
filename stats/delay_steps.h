// How much longer each packet took than the one before it (RFC 3393, RFC 8219 section 7.3.2: D(i) - D(i -
// 1)). see() is the hot path. One owner thread; constant memory.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost {

class DelaySteps {
 public:
  /// Takes all memory from the kernel now, so that see() waits for no page.
  void take_pages() noexcept {
    longer_.take_pages();
    shorter_.take_pages();
  }
  /// A packet and its delay, in the order of arrival. A step is counted only when the packet's number
  /// directly follows that of the packet seen before.
  void see(std::uint64_t sequence, std::uint64_t delay_ns) noexcept {
    if (any_ && sequence == last_sequence_ + 1) {
      if (delay_ns >= last_delay_ns_) {
        longer_.record(delay_ns - last_delay_ns_);
      } else {
        shorter_.record(last_delay_ns_ - delay_ns);
      }
    }
    any_ = true;
    last_sequence_ = sequence;
    last_delay_ns_ = delay_ns;
  }
  /// Adds the steps that another object counted.
  void merge(const DelaySteps& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return longer_.count() + shorter_.count(); }
  /// The least step, ns: below 0 when the later packet was faster; 0 without steps. As exact as the
  /// histogram; so are median() and max().
  [[nodiscard]] std::int64_t min() const noexcept;
  /// The middle step, ns; of an even number of steps the lower of the two.
  [[nodiscard]] std::int64_t median() const noexcept;
  /// The largest step, ns.
  [[nodiscard]] std::int64_t max() const noexcept;

 private:
  bool any_ = false;
  std::uint64_t last_sequence_ = 0, last_delay_ns_ = 0;
  HdrHistogram longer_, shorter_;
};

}  // namespace hopcost
