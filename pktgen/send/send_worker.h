// One sending thread: pinned to its CPU, with ports, a clock and counters of its own. During a run it shares
// nothing with other senders but the gate at which they begin.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// Lives on the heap, because its thread refers to it.
class SendWorker {
 public:
  /// What the thread works with. `writer` outlives the worker.
  struct Setup {
    int cpu = -1;  ///< -1: anywhere.
    TscClock clock;
    bool lateness = false;  ///< Whether lateness is published for other threads.
    PcapngWriter* writer = nullptr;
    std::function<Result<void>()> ready;  ///< Called once, by the thread, when its counters are open.
  };
  /// Errors: those of pin_to_cpu() and ready().
  [[nodiscard]] static Result<std::unique_ptr<SendWorker>> start(Setup setup);
  /// Cuts a run short.
  ~SendWorker();
  SendWorker(const SendWorker&) = delete;

  /// Begins a run; the spec is the worker's until finish(). `failed` is called from the worker's thread when
  /// its run ends with a fault, so that the others can be stopped.
  void begin(RunSpec& spec, StartGate& gate, std::function<void()> failed);
  /// Waits for the run's end and gives run()'s result.
  [[nodiscard]] Result<RunResult> finish();
  /// A run was begun and is not done.
  [[nodiscard]] bool running() const;
  void wait() const;
  /// Cuts a run short; from any thread.
  void stop() noexcept { progress_.stop.store(true, std::memory_order_relaxed); }

  [[nodiscard]] Progress& progress() noexcept { return progress_; }
  [[nodiscard]] const Progress& progress() const noexcept { return progress_; }
  [[nodiscard]] const TscClock& clock() const noexcept { return setup_.clock; }
  [[nodiscard]] int cpu() const noexcept { return setup_.cpu; }
  /// Null when nobody watches.
  [[nodiscard]] const LiveBuckets* lateness() const noexcept { return lateness_ ? &*lateness_ : nullptr; }

 private:
  struct Begun {
    RunSpec& spec;
    StartGate& gate;
    std::function<void()> failed;
  };
  explicit SendWorker(Setup setup);
  [[nodiscard]] Result<void> get_ready(std::optional<PerfCounters>& counters);
  void work();
  void send(const Begun& begun, const PerfCounters& counters);

  Progress progress_;
  Setup setup_;
  std::optional<LiveBuckets> lateness_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<Result<void>> ready_;
  std::optional<Begun> begun_;
  std::optional<Result<RunResult>> result_;
  bool over_ = false;
  std::thread thread_;
};

/// The workers of a run, begun and ended as one.
class SendWorkers {
 public:
  /// Adds a worker. Only before the first run.
  void add(std::unique_ptr<SendWorker> worker) { workers_.push_back(std::move(worker)); }
  [[nodiscard]] const std::vector<std::unique_ptr<SendWorker>>& all() const noexcept { return workers_; }

  /// Begins a run with one spec per worker; the specs are the workers' until finish(). When one worker fails,
  /// the others are stopped. The run does not begin before `earliest_ns` of CLOCK_REALTIME.
  void begin(std::vector<RunSpec>& specs, std::uint64_t earliest_ns = 0);
  /// Waits for the run's end; one result per worker. Errors: that of the first worker that could not begin;
  /// then none of them began.
  [[nodiscard]] Result<std::vector<RunResult>> finish();
  /// Whether any worker is running.
  [[nodiscard]] bool running() const;
  void wait() const;
  /// Cuts all runs short. Any thread.
  void stop() noexcept;
  /// Sets the mean ticks between departures of each worker, from its next departure on. `apart`: each worker
  /// departs this many ticks after the one before it; nothing: each goes on from where it is.
  void set_gap(double ticks, std::optional<double> apart) noexcept;
  /// Packets sent so far, by all.
  [[nodiscard]] std::uint64_t sent() const noexcept;
  /// Bytes of their frames, without FCS.
  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  std::vector<std::unique_ptr<SendWorker>> workers_;
  std::optional<StartGate> gate_;
};

}  // namespace hopcost::pktgen
