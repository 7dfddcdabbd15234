// Wakes a thread that waits in the kernel now and then, so that it can check the clock. One per thread.
// Includes base.
#pragma once

#include <ctime>

#include "base/result.h"

namespace hopcost::hopload {

/// While it exists, the waiting system calls of the thread that made it return EINTR ten times a second. A
/// socket's own timeout (SO_RCVTIMEO) would instead set a timer for each wait.
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
