#include "pktgen/source/replay/due_notice.h"

#include <fmt/format.h>

#include <chrono>

#include "base/log.h"

namespace hopcost::pktgen {

DueNotice::DueNotice(const ReplaySource* source, std::string file) {
  if (source == nullptr) return;
  thread_ = std::thread([this, source, file = std::move(file)] { work(*source, file); });
}

DueNotice::~DueNotice() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void DueNotice::work(const ReplaySource& source, const std::string& file) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kLook = std::chrono::milliseconds(500);
  constexpr double kLongNs = 5e9;
  const auto begin = Clock::now();
  double told = 0;
  for (std::unique_lock lock(mutex_); !wake_.wait_for(lock, kLook, [this] { return over_; });) {
    const double due = source.due_now();
    const double left = due - std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
    if (due == told || left < kLongNs) continue;
    log_warn("the next frame of {} is due in {}, as recorded; --max-gap 1s would send it after a second",
             file, span_text(left));
    told = due;
  }
}

std::string span_text(double ns) {
  const double s = ns / 1e9;
  if (s < 120) return fmt::format("{:.3g} s", s);
  if (s < 7200) return fmt::format("{:.1f} min", s / 60);
  if (s < 48 * 3600.0) return fmt::format("{:.1f} h", s / 3600);
  return fmt::format("{:.0f} days", s / 86400);
}

}  // namespace hopcost::pktgen
