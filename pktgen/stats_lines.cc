#include "pktgen/stats_lines.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/units.h"

namespace hopcost::pktgen {

StatsLines::StatsLines(std::uint64_t interval_ns, const Progress& progress, const RxWorker* rx) {
  if (interval_ns > 0) thread_ = std::thread([=, this, &progress] { work(interval_ns, progress, rx); });
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

void StatsLines::work(std::uint64_t interval_ns, const Progress& progress, const RxWorker* rx) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  auto before = begin, due = begin;
  std::uint64_t sent_before = 0, bytes_before = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    due += std::chrono::nanoseconds(interval_ns);
    if (wake_.wait_until(lock, due, [this] { return over_; })) return;
    const auto now = steady_clock::now();
    const std::uint64_t sent = progress.sent.load(std::memory_order_relaxed);
    const std::uint64_t bytes = progress.bytes.load(std::memory_order_relaxed);
    const double seconds = std::chrono::duration<double>(now - before).count();
    const auto packets = static_cast<double>(sent - sent_before);
    nlohmann::json line{
        {"elapsed_ns", std::chrono::nanoseconds(now - begin).count()},
        {"sent", sent},
        {"bytes", bytes},
        {"pps", packets / seconds},
        {"wire_bits_per_s",
         (static_cast<double>(bytes - bytes_before) + packets * kWireOverheadBytes) * 8 / seconds}};
    if (rx != nullptr) line["received"] = rx->received();
    fmt::print("{}\n", line.dump());
    std::fflush(stdout);
    before = now;
    sent_before = sent;
    bytes_before = bytes;
  }
}

}  // namespace hopcost::pktgen
