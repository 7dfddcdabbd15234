#include "campaign/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <random>

#include "base/signals.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAttempts = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<MeasuredPath> measured_paths(const Testbed& bed) {
  std::vector<MeasuredPath> paths;
  for (const Path& p : bed.paths()) {
    MeasuredPath m{p.name, p.topology.name, p.role, {}, bed.tap_kind() == kBpfTaps};
    for (const auto& point : p.points)
      m.points.push_back({point.name, point.device, costs_as_transmit(point)});
    paths.push_back(std::move(m));
  }
  return paths;
}

/// Every path has end slots; every mode has hop slots.
BlockShape shape_of(const Testbed& bed) {
  BlockShape shape;
  for (std::size_t i = 0; i < bed.paths().size(); ++i) {
    shape.end.push_back(i);
    if (bed.paths()[i].role == Role::kMode) shape.hop.push_back(i);
  }
  return shape;
}

/// A whole block as planned, with what opening and closing taps and asking the children takes, seconds.
double planned_s(const Config& config, const BlockShape& shape) {
  constexpr double kOverhead = 1.5, kTapsS = 0.2;
  const double slots = 2 * static_cast<double>(shape.end.size() + shape.hop.size());
  return slots * config.slot_ms / 1000 * kOverhead + kTapsS;
}

/// Whether another block is wanted and fits the budget. As planned: neighbours that slowed a block down may
/// have left.
bool another(const Config& config, const Measured& so_far, std::uint32_t blocks, double elapsed_s,
             double block_s, const std::optional<double>& half_width) {
  if (config.max_blocks > 0 && blocks >= config.max_blocks) return false;
  if (blocks > 0 && elapsed_s + block_s > config.budget_s) return false;
  const bool narrow =
      half_width && config.target_half_width_ns > 0 && *half_width <= config.target_half_width_ns;
  return so_far.partial_reason.empty() && !(narrow && blocks >= config.min_blocks);
}

class Runner {
 public:
  Runner(Testbed& bed, const Config& config, const std::function<void(const Progress&)>& tell)
      : bed_(bed), config_(config), tell_(tell), shape_(shape_of(bed)), random_(config.seed) {
    measured_.paths = measured_paths(bed);
    measured_.clocks = look_at_clocks(bed.sender_cpu());
    start_ = Clock::now();
  }

  Measured run() {
    std::uint32_t blocks = 0;
    const double block_s = planned_s(config_, shape_);
    while (another(config_, measured_, blocks, seconds_since(start_), block_s, half_width_)) {
      if (!block(blocks)) break;
      if (!undrifted(blocks)) break;
      ++blocks;
      void_slow_slots(config_.gates, measured_.slots);
      half_width_ = widest_half_width(measured_.paths, measured_.slots);
    }
    void_slow_slots(config_.gates, measured_.slots);
    measured_.elapsed_s = seconds_since(start_);
    return std::move(measured_);
  }

 private:
  bool block(std::uint32_t number) {
    const auto plan = plan_block(shape_of_block(number), random_);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (stop_requested()) return end_early("stopped by a signal");
      if (auto r = bed_.enter(plan[i].kind, plan[i].kind == SlotKind::kEnd ? shape_.end : shape_.hop); !r)
        return end_early(describe(r.error()));
      if (!slot(plan[i], number)) return false;
      report(number, i + 1, plan.size());
    }
    return true;
  }

  /// What decides the costs, and its A/A control, is in every block; what explains them, and the second
  /// build, in every other: the costs get more packets that way, enough to speak of p99.9.
  BlockShape shape_of_block(std::uint32_t number) const {
    if (number % 2 == 0) return shape_;
    BlockShape shape{shape_.end, {}};
    std::erase_if(shape.end, [&](std::size_t p) { return bed_.paths()[p].role == Role::kRebuild; });
    return shape;
  }

  /// Runs a slot, and when it is void at once again: its block would be lost for the mode without it. What is
  /// void stays on the record.
  bool slot(const PlannedSlot& planned, std::uint32_t block) {
    for (int attempt = 0; attempt < kAttempts && !stop_requested(); ++attempt) {
      auto result = bed_.run(config_, planned, block);
      if (!result) return end_early(describe(result.error()));
      const bool counts = result->counts();
      measured_.slots.push_back(std::move(*result));
      if (counts) break;
      ++voids_;
      if (seconds_since(start_) > config_.budget_s) break;
    }
    return true;
  }

  /// After each block: are all modes still as declared? If not, the block that saw the change is left out.
  bool undrifted(std::uint32_t number) {
    auto found = bed_.drift();
    if (found && found->empty()) return true;
    std::erase_if(measured_.slots, [&](const SlotResult& s) { return s.block == number; });
    return end_early(found ? fmt::format("a mode's settings changed under way: {}", fmt::join(*found, "; "))
                           : describe(found.error()));
  }

  bool end_early(std::string why) {
    measured_.partial_reason = std::move(why);
    return false;
  }

  void report(std::uint32_t block, std::size_t slot, std::size_t slots) {
    const double elapsed = seconds_since(start_);
    tell_({block, slot, slots, voids_, elapsed, std::max(0.0, config_.budget_s - elapsed), half_width_});
  }

  Testbed& bed_;
  const Config& config_;
  const std::function<void(const Progress&)>& tell_;
  BlockShape shape_;
  std::mt19937_64 random_;
  Clock::time_point start_ = Clock::now();
  std::optional<double> half_width_;
  std::uint64_t voids_ = 0;
  Measured measured_;
};

}  // namespace

Measured measure(Testbed& bed, const Config& config, const std::function<void(const Progress&)>& tell) {
  return Runner(bed, config, tell).run();
}

}  // namespace hopcost::campaign
