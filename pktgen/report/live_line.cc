#include "pktgen/report/live_line.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/log.h"
#include "pktgen/report/report_text.h"

namespace hopcost::pktgen {

namespace {

/// Latency and missing packets of all flows together, over the interval.
std::string times_text(const FlowIntervals& flows) {
  HdrHistogram h;
  std::uint64_t missing = 0;
  for (const auto& f : flows) {
    (void)h.merge(f.latency);  // one layout for all
    missing += f.missing();
  }
  std::string text = missing > 0 ? fmt::format(", missing {}", missing) : "";
  if (h.count() == 0) return text;
  return text + fmt::format(", p50 {} ns, p99 {} ns, max {} ns", h.value_at_quantile(0.5),
                            h.value_at_quantile(0.99), h.max());
}

}  // namespace

LiveLine::LiveLine(bool enabled, const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed) {
  if (!enabled) return;
  if (feed != nullptr) subscriber_ = feed->subscribe();
  thread_ = std::thread([this, &senders, &receivers, feed] { work(senders, receivers, feed); });
}

LiveLine::~LiveLine() {
  if (!thread_.joinable()) return;
  over_.store(true);
  thread_.join();
  print_to(stderr, "\r\033[K");
}

void LiveLine::work(const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed) {
  using namespace std::chrono_literals;
  std::uint64_t before = 0;
  for (int tenths = 1; !over_.load(); ++tenths) {
    std::this_thread::sleep_for(100ms);
    if (tenths % 10 != 0) continue;
    const std::uint64_t sent = senders.sent();
    std::string line = fmt::format("\r\033[K{:>4} s  sent {}, {}pps", tenths / 10, sent,
                                   scaled(static_cast<double>(sent - before)));
    if (!receivers.empty()) line += fmt::format(", received {}", receivers.received());
    if (feed != nullptr) line += times_text(feed->take(subscriber_));
    print_to(stderr, line);
    before = sent;
  }
}

}  // namespace hopcost::pktgen
