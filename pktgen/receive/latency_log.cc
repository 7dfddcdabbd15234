#include "pktgen/receive/latency_log.h"

#include <fmt/format.h>

#include <chrono>

namespace hopcost::pktgen {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Result<std::unique_ptr<LatencyLog>> LatencyLog::create(const std::string& path) {
  auto writer = HlogWriter::create(path, now_s());
  if (!writer) return forward(writer);
  return std::unique_ptr<LatencyLog>(new LatencyLog(std::move(*writer)));
}

LatencyLog::~LatencyLog() {
  stop();
}

void LatencyLog::start(LatencyFeed& feed, std::string kind, std::uint64_t interval_ns) {
  feed_ = &feed;
  subscriber_ = feed.subscribe();
  kind_ = std::move(kind);
  since_s_ = now_s();
  over_ = false;
  thread_ = std::thread([this, interval_ns] { work(interval_ns); });
}

void LatencyLog::work(std::uint64_t interval_ns) {
  auto due = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    due += std::chrono::nanoseconds(interval_ns);
    if (wake_.wait_until(lock, due, [this] { return over_; })) return;
    write_interval();
  }
}

void LatencyLog::write_interval() {
  const FlowIntervals& flows = feed_->take(subscriber_);
  const double end_s = now_s();
  for (const FlowInterval& f : flows) {
    write(kind_.c_str(), f, f.latency, end_s);
    write("planned", f, f.intended, end_s);
    write("residence", f, f.residence, end_s);
  }
  since_s_ = end_s;
}

void LatencyLog::write(const char* kind, const FlowInterval& flow, const HdrHistogram& histogram,
                       double end_s) {
  if (histogram.count() == 0 || !written_) return;
  written_ = writer_.write(fmt::format("{}.{}", kind, flow.flow), since_s_, end_s, histogram);
}

void LatencyLog::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LatencyLog::end_run() {
  stop();
  if (feed_ != nullptr) write_interval();
  feed_ = nullptr;
}

}  // namespace hopcost::pktgen
