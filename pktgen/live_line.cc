#include "pktgen/live_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "pktgen/report_text.h"

namespace hopcost::pktgen {

LiveLine::LiveLine(bool enabled, const SendWorkers& senders, const RxWorkers& receivers) {
  if (enabled && isatty(STDERR_FILENO) == 1) thread_ = std::thread([&] { work(senders, receivers); });
}

LiveLine::~LiveLine() {
  if (!thread_.joinable()) return;
  over_.store(true);
  thread_.join();
  fmt::print(stderr, "\r\033[K");
}

void LiveLine::work(const SendWorkers& senders, const RxWorkers& receivers) {
  using namespace std::chrono_literals;
  std::uint64_t before = 0;
  for (int tenths = 1; !over_.load(); ++tenths) {
    std::this_thread::sleep_for(100ms);
    if (tenths % 10 != 0) continue;
    const std::uint64_t sent = senders.sent();
    fmt::print(stderr, "\r\033[K{:>4} s  sent {}, {}pps", tenths / 10, sent,
               scaled(static_cast<double>(sent - before)));
    if (!receivers.empty()) fmt::print(stderr, ", received {}", receivers.received());
    std::fflush(stderr);
    before = sent;
  }
}

}  // namespace hopcost::pktgen
