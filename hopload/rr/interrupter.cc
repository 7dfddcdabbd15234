#include "hopload/rr/interrupter.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <utility>

namespace hopcost::hopload {
namespace {

constexpr long kEveryNs = 100'000'000;

int signal_number() {
  return SIGRTMIN + 1;
}

/// Installs a handler that does nothing, without SA_RESTART: the signal only ends a system call.
void catch_signal() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(signal_number(), &action, nullptr);
  });
}

}  // namespace

Result<Interrupter> Interrupter::make() {
  catch_signal();
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal_number();
  event._sigev_un._tid = gettid();  // sigev_notify_thread_id, for which not every C library has a name
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return errno_error(errno, "make a timer");
  Interrupter interrupter(timer);
  const itimerspec each{{0, kEveryNs}, {0, kEveryNs}};
  if (timer_settime(timer, 0, &each, nullptr) != 0) return errno_error(errno, "set a timer");
  return interrupter;
}

Interrupter::Interrupter(Interrupter&& other) noexcept
    : timer_(other.timer_), ours_(std::exchange(other.ours_, false)) {}

Interrupter::~Interrupter() {
  if (ours_) timer_delete(timer_);
}

}  // namespace hopcost::hopload
