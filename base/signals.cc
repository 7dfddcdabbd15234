#include "base/signals.h"

#include <signal.h>

#include <atomic>

namespace hopcost {
namespace {

std::atomic<bool> g_stop{false};
std::atomic<int> g_signal{0};

void on_signal(int number) {
  if (g_signal.exchange(number) != 0) {  // the second one: the default action
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  g_stop.store(true);
}

}  // namespace

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
  // nohup ignores SIGHUP: a closed terminal is then no reason to stop.
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool stop_requested() noexcept {
  return g_stop.load(std::memory_order_relaxed);
}
void request_stop() noexcept {
  g_stop.store(true);
}
int stop_signal() noexcept {
  return g_signal.load();
}

}  // namespace hopcost
