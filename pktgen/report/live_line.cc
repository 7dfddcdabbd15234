#include "pktgen/report/live_line.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "pktgen/report/report_text.h"

namespace hopcost::pktgen {

namespace {

/// Of all flows together, over the interval.
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
  fmt::print(stderr, "\r\033[K");
}

void LiveLine::work(const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed) {
  using namespace std::chrono_literals;
  std::uint64_t before = 0;
  for (int tenths = 1; !over_.load(); ++tenths) {
    std::this_thread::sleep_for(100ms);
    if (tenths % 10 != 0) continue;
    const std::uint64_t sent = senders.sent();
    fmt::print(stderr, "\r\033[K{:>4} s  sent {}, {}pps", tenths / 10, sent,
               scaled(static_cast<double>(sent - before)));
    if (!receivers.empty()) fmt::print(stderr, ", received {}", receivers.received());
    if (feed != nullptr) fmt::print(stderr, "{}", times_text(feed->take(subscriber_)));
    std::fflush(stderr);
    before = sent;
  }
}

}  // namespace hopcost::pktgen
