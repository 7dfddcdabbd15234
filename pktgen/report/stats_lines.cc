#include "pktgen/report/stats_lines.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/units.h"
#include "pktgen/report/live_counts.h"
#include "pktgen/report/report_json.h"

namespace hopcost::pktgen {

StatsLines::StatsLines(std::FILE* out, std::uint64_t interval_ns, const SendWorkers& senders,
                       const RxWorkers& receivers, LatencyFeed* feed)
    : out_(out) {
  if (interval_ns == 0) return;
  if (feed != nullptr) subscriber_ = feed->subscribe();
  thread_ = std::thread([=, this, &senders, &receivers] { work(interval_ns, senders, receivers, feed); });
}

StatsLines::~StatsLines() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void StatsLines::work(std::uint64_t interval_ns, const SendWorkers& senders, const RxWorkers& receivers,
                      LatencyFeed* feed) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  auto before = begin, due = begin;
  std::uint64_t sent_before = 0, bytes_before = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    due += std::chrono::nanoseconds(interval_ns);
    if (wake_.wait_until(lock, due, [this] { return over_; })) return;
    const auto now = steady_clock::now();
    nlohmann::json line = live_counts(senders, receivers);
    const std::uint64_t sent = line["sent"], bytes = line["bytes"];
    const double seconds = std::chrono::duration<double>(now - before).count();
    const auto packets = static_cast<double>(sent - sent_before);
    line["elapsed_ns"] = std::chrono::nanoseconds(now - begin).count();
    line["pps"] = packets / seconds;
    line["wire_bits_per_s"] =
        (static_cast<double>(bytes - bytes_before) + packets * kWireOverheadBytes) * 8 / seconds;
    if (feed != nullptr)
      for (const auto& flow : feed->take(subscriber_)) line["flows"].push_back(interval_json(flow));
    print_to(out_, line.dump() + "\n");
    before = now;
    sent_before = sent;
    bytes_before = bytes;
  }
}

}  // namespace hopcost::pktgen
