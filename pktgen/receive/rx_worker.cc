#include "pktgen/receive/rx_worker.h"

#include <array>

#include "base/log.h"
#include "pktgen/pace/run_clock.h"
#include "pktgen/pace/thread.h"

namespace hopcost::pktgen {

RxWorker::RxWorker(AnyPort& port, RxAccounts accounts, const TscClock& clock, int cpu, RxCapture* capture,
                   bool watched, IntervalRecorder* recorder)
    : flows_(watched ? accounts.all().size() : 0),
      result_{.accounts = std::move(accounts)},
      clock_(clock),
      capture_(capture),
      recorder_(recorder) {
  result_.accounts.take_pages();
  result_.accounts.publish(flows_);
  result_.accounts.set_recorder(recorder);
  thread_ = std::thread([this, &port, cpu] { std::visit([&](auto& p) { work(*p.rx, cpu); }, port); });
}

RxWorker::~RxWorker() {
  stop_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

namespace {

/// What a port's own stamps are called.
template <class P>
const char* stamp_name(const P& rx) noexcept {
  if constexpr (requires { rx.stamp_name(); }) return rx.stamp_name();
  return "kernel";
}

}  // namespace

template <class P>
void RxWorker::work(P& rx, int cpu) noexcept {
  if (auto ok = pin_to_cpu(cpu); !ok) log_warn("{}", describe(ok.error()));
  constexpr std::chrono::milliseconds kNap(5);
  TscRunClock clock(clock_);
  std::array<RxFrame, kMaxBatch> frames;
  const std::uint64_t dropped_before = rx.drops();  // dropped before this run began to receive
  while (!stop_.load(std::memory_order_relaxed)) {
    result_.port_errno = rx.failed();
    if (result_.port_errno != 0) break;
    if (recorder_ != nullptr) recorder_->turn(result_.accounts);
    const std::uint32_t n = rx.receive(frames);
    const std::uint64_t now = clock.now();
    if (n == 0) {
      clock.keep_fit(now, ~std::uint64_t{0});
      rx.wait(kNap);
      continue;
    }
    for (const RxFrame& f : std::span(frames).first(n)) {
      result_.stamp = f.rx_ns != 0 ? stamp_name(rx) : "user";
      const std::uint64_t rx_ns = f.rx_ns != 0 ? f.rx_ns : clock.to_ns(now);
      result_.accounts.see(f.bytes, rx_ns);
      if (capture_ != nullptr) capture_->take(f.bytes, rx_ns);
    }
    rx.release();
    received_.store(result_.accounts.received(), std::memory_order_relaxed);
  }
  if (recorder_ != nullptr) recorder_->end(result_.accounts);
  result_.accounts.set_recorder(nullptr);
  result_.drops = rx.drops() - dropped_before;
}

RxResult RxWorker::finish() {
  stop_.store(true, std::memory_order_relaxed);
  thread_.join();
  return std::move(result_);
}

std::uint64_t RxWorkers::received() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& w : workers_) sum += w->received();
  return sum;
}

std::vector<std::uint64_t> RxWorkers::received_by_each() const {
  std::vector<std::uint64_t> each;
  for (const auto& w : workers_) each.push_back(w->received());
  return each;
}

std::vector<std::uint64_t> RxWorkers::received_by_flow(std::size_t flows) const {
  std::vector<std::uint64_t> sums(flows, 0);
  for (const auto& w : workers_)
    for (std::size_t i = 0; i < w->flows().size() && i < flows; ++i)
      sums[i] += w->flows()[i].received.load(std::memory_order_relaxed);
  return sums;
}

std::optional<RxResult> RxWorkers::finish(std::uint64_t sent, std::chrono::milliseconds linger) {
  const auto end = std::chrono::steady_clock::now() + linger;
  while (received() < sent && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::optional<RxResult> all;
  for (auto& w : workers_) {
    RxResult one = w->finish();
    if (!all) {
      all.emplace(std::move(one));
      continue;
    }
    all->accounts.merge(one.accounts);
    all->drops += one.drops;
    if (all->port_errno == 0) all->port_errno = one.port_errno;
    if (*all->stamp == '\0') all->stamp = one.stamp;
  }
  return all;
}

}  // namespace hopcost::pktgen
