#include "base/cpu_clocks.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include "base/clock.h"

namespace hopcost {
namespace {

constexpr int kRounds = 2000;
constexpr auto kPatience = std::chrono::milliseconds(200);  // for CPUs that other programs keep busy
constexpr std::int64_t kTellingNs = 10'000;  // wider bounds come from a thread that did not run
constexpr int kMostCpus = 16;
constexpr int kReadings = 4096;

bool move_to(int cpu) noexcept {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  return pthread_setaffinity_np(pthread_self(), sizeof only, &only) == 0;
}

std::int64_t now() noexcept {
  return static_cast<std::int64_t>(kernel_clock_ns(CLOCK_MONOTONIC));
}

/// Shared by both threads: whose turn it is (an odd number: the answering thread's), and its answer.
struct Table {
  alignas(64) std::atomic<int> turn{0};
  std::atomic<bool> over{false};
  std::int64_t answered = 0;
};

/// Waits for a turn; false when the exchange is over.
bool await(Table& table, int turn) noexcept {
  while (table.turn.load(std::memory_order_acquire) != turn) {
    if (table.over.load(std::memory_order_relaxed)) return false;
    cpu_relax();
  }
  return true;
}

void answer(Table& table, int cpu) noexcept {
  if (!move_to(cpu)) table.over = true;
  for (int turn = 1; await(table, turn); turn += 2) {
    table.answered = now();
    table.turn.store(turn + 1, std::memory_order_release);
  }
}

std::optional<CpuOffset> told_by(const CpuOffset& offset) noexcept {
  const bool none = offset.lo == std::numeric_limits<std::int64_t>::min();
  return none || offset.hi - offset.lo > kTellingNs ? std::nullopt : std::optional(offset);
}

std::optional<CpuOffset> ask(Table& table, int cpu) noexcept {
  if (!move_to(cpu)) return std::nullopt;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  CpuOffset offset{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  for (int round = 0; round < kRounds; ++round) {
    const std::int64_t sent = now();
    table.turn.store(2 * round + 1, std::memory_order_release);
    while (table.turn.load(std::memory_order_acquire) != 2 * round + 2) {
      if (table.over || std::chrono::steady_clock::now() > end) return told_by(offset);
    }
    const std::int64_t back = now();
    offset.lo = std::max(offset.lo, table.answered - back);
    offset.hi = std::min(offset.hi, table.answered - sent);
  }
  return told_by(offset);
}

/// Differences of readings with different amounts of work between them, so that they leave every remainder of
/// a step.
std::vector<double> differences() {
  std::vector<double> found;
  std::uint64_t before = Tsc::now().ticks;
  for (int i = 0; i < kReadings; ++i) {
    for (int work = 0; work < i % 13; ++work) asm volatile("");
    const std::uint64_t ticks = Tsc::now().ticks;
    if (ticks != before) found.push_back(static_cast<double>(ticks - before));
    before = ticks;
  }
  return found;
}

double step_ns() {
  const auto clock = TscClock::calibrate(CLOCK_MONOTONIC, std::chrono::milliseconds(5));
  if (!clock) return 1;
  return std::max(1.0,
                  step_of(differences()) / clock->ticks_per_ns());  // the clock itself is read in whole ns
}

}  // namespace

std::optional<CpuOffset> compare_cpu_clocks(int first, int second) {
  Table table;
  std::optional<CpuOffset> offset;
  {
    const std::jthread other([&] { answer(table, second); });
    std::jthread([&] {  // a thread of its own: the caller stays on its CPUs
      offset = ask(table, first);
      table.over = true;
    })
        .join();
  }
  return offset;
}

double step_of(const std::vector<double>& differences) {
  if (differences.empty()) return 1;
  constexpr double kFewSteps = 10, kRounding = 1.01, kMost = 0.9;
  const double least = *std::ranges::min_element(differences);
  double step = least, on_it = 0, near = 0;
  for (int refined = 0; refined < 4; ++refined) {
    double sum = 0, steps = 0;
    on_it = near = 0;
    for (const double d : differences) {
      if (d > kFewSteps * least) continue;  // an interruption
      const double whole = std::round(d / step);
      ++near;
      on_it += std::abs(d - whole * step) <= kRounding;
      sum += d;
      steps += whole;
    }
    step = sum / steps;
  }
  return on_it >= kMost * near ? step : 1;
}

double widest_apart(std::vector<double> bounds) {
  std::ranges::sort(bounds, std::greater());
  return bounds.empty() ? 0 : bounds.size() == 1 ? bounds[0] : bounds[0] + bounds[1];
}

ClockFacts look_at_clocks(int first) {
  ClockFacts facts;
  facts.step_ns = step_ns();
  std::vector<double> bounds;
  const int cpus = std::min<int>(kMostCpus, static_cast<int>(sysconf(_SC_NPROCESSORS_CONF)));
  for (int cpu = 0; cpu < cpus; ++cpu) {
    if (cpu == first) continue;
    if (const auto offset = compare_cpu_clocks(first, cpu)) bounds.push_back(offset->bound_ns());
  }
  facts.cpus = 1 + static_cast<unsigned>(bounds.size());
  if (!bounds.empty()) facts.cpu_bound_ns = widest_apart(std::move(bounds));
  return facts;
}

}  // namespace hopcost
