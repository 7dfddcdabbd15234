// Waits that end: a thread that waits for an answer in the kernel is woken now and then to look at the clock.
// One a thread. Includes base.
#pragma once

#include <ctime>

#include "base/result.h"

namespace hopcost::hopload {

/// While it lives, system calls that wait in the thread that made it return EINTR ten times a second. A
/// socket's own timeout (SO_RCVTIMEO) would set a timer anew for each wait.
class Interrupter {
 public:
  /// Errors: timer_create(2)'s.
  [[nodiscard]] static Result<Interrupter> make();
  Interrupter(Interrupter&& other) noexcept;
  Interrupter& operator=(Interrupter&&) = delete;
  ~Interrupter();

 private:
  explicit Interrupter(timer_t timer) : timer_(timer), ours_(true) {}
  timer_t timer_;
  bool ours_;
};

}  // namespace hopcost::hopload
