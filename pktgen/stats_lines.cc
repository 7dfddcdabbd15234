#include "pktgen/stats_lines.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/units.h"

namespace hopcost::pktgen {

namespace {

using nlohmann::json;

/// What is counted now, of all and of each.
json counts(const SendWorkers& senders, const RxWorkers& receivers) {
  json workers = json::array();
  std::uint64_t sent = 0, bytes = 0;
  for (const auto& w : senders.all()) {
    const std::uint64_t s = w->progress().sent.load(std::memory_order_relaxed);
    const std::uint64_t b = w->progress().bytes.load(std::memory_order_relaxed);
    workers.push_back({{"sent", s}, {"bytes", b}});
    sent += s;
    bytes += b;
  }
  json line{{"sent", sent}, {"bytes", bytes}, {"workers", std::move(workers)}};
  if (receivers.empty()) return line;
  std::uint64_t received = 0;
  line["rx_workers"] = json::array();
  for (const std::uint64_t r : receivers.received_by_each()) {
    line["rx_workers"].push_back({{"received", r}});
    received += r;
  }
  line["received"] = received;
  line["missing"] = sent > received ? sent - received : 0;
  return line;
}

}  // namespace

StatsLines::StatsLines(std::uint64_t interval_ns, const SendWorkers& senders, const RxWorkers& receivers) {
  if (interval_ns > 0)
    thread_ = std::thread([=, this, &senders, &receivers] { work(interval_ns, senders, receivers); });
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

void StatsLines::work(std::uint64_t interval_ns, const SendWorkers& senders, const RxWorkers& receivers) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  auto before = begin, due = begin;
  std::uint64_t sent_before = 0, bytes_before = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    due += std::chrono::nanoseconds(interval_ns);
    if (wake_.wait_until(lock, due, [this] { return over_; })) return;
    const auto now = steady_clock::now();
    json line = counts(senders, receivers);
    const std::uint64_t sent = line["sent"], bytes = line["bytes"];
    const double seconds = std::chrono::duration<double>(now - before).count();
    const auto packets = static_cast<double>(sent - sent_before);
    line["elapsed_ns"] = std::chrono::nanoseconds(now - begin).count();
    line["pps"] = packets / seconds;
    line["wire_bits_per_s"] =
        (static_cast<double>(bytes - bytes_before) + packets * kWireOverheadBytes) * 8 / seconds;
    fmt::print("{}\n", line.dump());
    std::fflush(stdout);
    before = now;
    sent_before = sent;
    bytes_before = bytes;
  }
}

}  // namespace hopcost::pktgen
