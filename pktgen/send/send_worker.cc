#include "pktgen/send/send_worker.h"

#include "pktgen/pace/thread.h"

namespace hopcost::pktgen {
namespace {

constexpr double kLeadNs = 1e6;

}  // namespace

SendWorker::SendWorker(Setup setup) : setup_(std::move(setup)) {
  if (setup_.lateness) lateness_.emplace();
  thread_ = std::thread([this] { work(); });
}

Result<std::unique_ptr<SendWorker>> SendWorker::start(Setup setup) {
  std::unique_ptr<SendWorker> worker(new SendWorker(std::move(setup)));
  std::unique_lock lock(worker->mutex_);
  worker->changed_.wait(lock, [&] { return worker->ready_.has_value(); });
  if (!*worker->ready_) return forward(*worker->ready_);
  lock.unlock();
  return worker;
}

SendWorker::~SendWorker() {
  stop();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SendWorker::begin(RunSpec& spec, StartGate& gate, std::function<void()> failed) {
  progress_.sent.store(0, std::memory_order_relaxed);
  progress_.bytes.store(0, std::memory_order_relaxed);
  progress_.errors.store(0, std::memory_order_relaxed);
  progress_.gap.store(0, std::memory_order_relaxed);
  if (lateness_) lateness_->reset();
  progress_.stop.store(false, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  result_.reset();
  begun_.emplace(Begun{spec, gate, std::move(failed)});
  changed_.notify_all();
}

Result<RunResult> SendWorker::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return result_.has_value(); });
  return std::move(*result_);
}

bool SendWorker::running() const {
  const std::lock_guard lock(mutex_);
  return begun_.has_value();
}

void SendWorker::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !begun_.has_value(); });
}

Result<void> SendWorker::get_ready(std::optional<PerfCounters>& counters) {
  if (auto ok = pin_to_cpu(setup_.cpu); !ok) return ok;
  counters.emplace(PerfCounters::open());
  return setup_.ready ? setup_.ready() : Result<void>{};
}

void SendWorker::work() {
  std::optional<PerfCounters> counters;
  auto ready = get_ready(counters);
  std::unique_lock lock(mutex_);
  ready_ = std::move(ready);
  changed_.notify_all();
  for (;;) {
    changed_.wait(lock, [this] { return over_ || begun_.has_value(); });
    if (over_) return;
    const Begun begun = *begun_;
    lock.unlock();
    send(begun, *counters);
    lock.lock();
    begun_.reset();
    changed_.notify_all();
  }
}

void SendWorker::send(const Begun& begun, const PerfCounters& counters) {
  auto result = run(begun.spec, {.clock = setup_.clock,
                                 .counters = counters,
                                 .progress = progress_,
                                 .cpu = setup_.cpu,
                                 .lateness = lateness_ ? &*lateness_ : nullptr,
                                 .writer = setup_.writer,
                                 .gate = &begun.gate});
  if (!result) begun.gate.give_up(result.error());
  if (!result || result->end == SendEnd::kPortFailed || result->end == SendEnd::kStalled) begun.failed();
  const std::lock_guard lock(mutex_);
  result_.emplace(std::move(result));
}

void SendWorkers::begin(std::vector<RunSpec>& specs, std::uint64_t earliest_ns) {
  const TscClock& clock = workers_.front()->clock();
  const std::uint64_t now_ns = kernel_clock_ns(CLOCK_REALTIME), now = Tsc::now().ticks;
  const std::uint64_t ahead_ns = earliest_ns > now_ns ? earliest_ns - now_ns : 0;
  gate_.emplace(workers_.size(), clock.ticks_in(kLeadNs),
                now + clock.ticks_in(static_cast<double>(ahead_ns)));
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->begin(specs[i], *gate_, [this] { stop(); });
}

Result<std::vector<RunResult>> SendWorkers::finish() {
  std::vector<RunResult> results;
  for (auto& w : workers_)
    if (auto result = w->finish()) results.push_back(std::move(*result));
  if (auto why = gate_->why()) return std::unexpected(std::move(*why));
  return results;
}

bool SendWorkers::running() const {
  for (const auto& w : workers_)
    if (w->running()) return true;
  return false;
}

void SendWorkers::wait() const {
  for (const auto& w : workers_) w->wait();
}

std::uint64_t SendWorkers::sent() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& w : workers_) sum += w->progress().sent.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t SendWorkers::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& w : workers_) sum += w->progress().bytes.load(std::memory_order_relaxed);
  return sum;
}

void SendWorkers::set_gap(double ticks, std::optional<double> apart) noexcept {
  const std::uint64_t now = Tsc::now().ticks;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Progress& p = workers_[i]->progress();
    const auto after = static_cast<std::uint64_t>(static_cast<double>(i) * apart.value_or(0));
    p.phase.store(apart ? now + after : 0, std::memory_order_relaxed);
    p.gap.store(ticks, std::memory_order_release);
  }
}

void SendWorkers::stop() noexcept {
  for (auto& w : workers_) w->stop();
}

}  // namespace hopcost::pktgen
