#include "campaign/lifecycle/trial.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;
using Work = std::function<Result<nsglue::StepTimes>(std::size_t)>;

double ms(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

/// One container's times.
struct Life {
  nsglue::StepTimes steps;
  double whole_ms = 0;  ///< Since its order.

  /// Takes the steps over; the time of looking the container up is ours, and is left out.
  void take(nsglue::StepTimes all) {
    for (nsglue::StepTime& s : all) {
      if (s.step == kLookupStep) {
        whole_ms -= ms(s.took);
      } else {
        steps.push_back(std::move(s));
      }
    }
  }
};

/// Does `work` for each container, in turn or each in a thread of its own. Errors: the first container's that
/// failed.
Result<std::vector<Life>> for_each_container(const Cell& cell, const Work& work) {
  std::vector<Life> lives(cell.containers);
  std::vector<std::optional<Error>> errors(cell.containers);
  const auto began = Clock::now();
  const auto one = [&](std::size_t i) {
    const auto ordered = cell.manner == Manner::kAtOnce ? began : Clock::now();
    auto steps = work(i);
    lives[i].whole_ms = ms(Clock::now() - ordered);
    if (steps) lives[i].take(std::move(*steps));
    if (!steps) errors[i] = std::move(steps).error();
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < cell.containers; ++i) {
    if (cell.manner == Manner::kAtOnce) {
      threads.emplace_back(one, i);
      continue;
    }
    one(i);
    if (errors[i]) break;
  }
  threads.clear();
  for (auto& e : errors) {
    if (e) return std::unexpected(std::move(*e));
  }
  return lives;
}

Result<nsglue::StepTimes> build_one(const Cell& cell, const std::string& instance, std::size_t i) {
  auto steps = nsglue::add_container(cell.topology, instance, i, nsglue::Ownership::kThisProcess);
  if (!steps) return steps;
  const auto began = Clock::now();
  if (auto reached = nsglue::reach(nsglue::container_view(cell.topology, i), instance); !reached)
    return forward(reached);
  steps->push_back({"first packet", Clock::now() - began});
  return steps;
}

std::map<std::string, double> mean_steps(const std::vector<Life>& lives) {
  std::map<std::string, double> steps;
  for (const Life& life : lives) {
    for (const nsglue::StepTime& s : life.steps)
      steps[s.step] += ms(s.took) / static_cast<double>(lives.size());
  }
  return steps;
}

/// The time until the last container carried: the sum when they came one after the other, the longest when
/// all began together.
double all_ms(const Cell& cell, const std::vector<Life>& lives) {
  double sum = 0, longest = 0;
  for (const Life& life : lives) sum += life.whole_ms, longest = std::max(longest, life.whole_ms);
  return cell.manner == Manner::kAtOnce ? longest : sum;
}

/// Builds and removes the containers; what they share stands already.
Result<Trial> live_and_die(const Cell& cell, const Work& build, const Work& remove) {
  Trial trial;
  auto built = for_each_container(cell, build);
  if (!built) return forward(built);
  trial.all = all_ms(cell, *built);
  for (const Life& life : *built) trial.each += life.whole_ms / static_cast<double>(built->size());
  trial.steps = mean_steps(*built);
  trial.steps.erase("read back");
  const auto began = Clock::now();
  auto gone = for_each_container(cell, remove);
  if (!gone) return forward(gone);
  trial.removal_steps = mean_steps(*gone);
  const auto removed = Clock::now();
  if (auto done = nsglue::wait_for_dismantling(); !done) return forward(done);
  trial.removal_steps["dismantling"] = ms(Clock::now() - removed) / cell.containers;
  trial.removal_all = ms(Clock::now() - began);
  return trial;
}

Result<Trial> try_mode(const Cell& cell, const std::string& instance) {
  auto shared = nsglue::up_shared(cell.topology, instance, nsglue::Ownership::kThisProcess);
  if (!shared) return forward(shared);
  auto trial = live_and_die(
      cell, [&](std::size_t i) { return build_one(cell, instance, i); },
      [&](std::size_t i) { return nsglue::remove_container(cell.topology, instance, i); });
  auto down = nsglue::down(instance);
  if (trial && !down) return forward(down);
  return trial;
}

Result<Trial> try_engine(const Cell& cell, const std::string& instance) {
  if (auto ours = is_ours_to_end(*cell.engine); !ours) return forward(ours);
  auto trial = live_and_die(
      cell, [&](std::size_t i) { return order_container(*cell.engine, instance, i); },
      [&](std::size_t i) { return remove_container(*cell.engine, instance, i); });
  if (trial) return trial;
  for (std::size_t i = 0; i < cell.containers; ++i)  // the first error is the one to report
    (void)remove_container(*cell.engine, instance, i);
  return trial;
}

}  // namespace

const char* text(Manner manner) noexcept {
  return manner == Manner::kOneByOne ? "one by one" : "at once";
}

std::span<const char* const> build_steps(const Cell& cell) noexcept {
  if (cell.engine) return kEngineSteps;
  return kBuildSteps;
}

std::span<const char* const> removal_steps(const Cell& cell) noexcept {
  if (cell.engine) return kEngineRemovalSteps;
  return kRemovalSteps;
}

Result<Trial> try_cell(const Cell& cell, const std::string& instance) {
  auto trial = cell.engine ? try_engine(cell, instance) : try_mode(cell, instance);
  // The next trial must not overlap with what is left of this one.
  if (auto done = nsglue::wait_for_dismantling(); trial && !done) return forward(done);
  return trial;
}

}  // namespace hopcost::campaign
