// A machine with known costs in it, and the slots and builds that a run on it would give. Test support.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "campaign/design/plan.h"
#include "campaign/figures/measured.h"

namespace hopcost::campaign {

/// What a mode's packets find on their way.
struct SyntheticWay {
  std::string name;
  std::vector<std::string> points;  ///< The last is the end.
  std::vector<double> at;           ///< By point: ns since the transmit stamp, no tap before it open.
  std::vector<double> tap;          ///< By interior point: what its open tap costs those behind it, ns.
  double lost = 0;                  ///< Share of the packets that get past all points but the end.
};

[[nodiscard]] SyntheticWay host_way();  ///< wire 200, socket 330 ns; a tap costs 40.
[[nodiscard]] SyntheticWay bridge_way(
    double cost_ns = 350);  ///< wire 200, port 400, socket; taps cost 40 and 60.

struct Machine {
  std::vector<SyntheticWay> modes = {host_way(), bridge_way()};
  std::size_t instances = 1;              ///< Of each mode in a build.
  double repeat_ns = 0, instance_ns = 0;  ///< How much later than host the two controls are.
  double noise_ns = 20;                   ///< SD of a packet.
  double build_sd_ns = 0;                 ///< SD of a path from build to build.
  double drift_ns = 0;                    ///< Every lane gets so much later with every train.
  double crowd_ns = 0;                    ///< All taps at once cost so much more than their sum.
  std::vector<Load> levels = {Load{}};
};

class Simulation {
 public:
  using Change = std::function<void(SlotResult&)>;

  explicit Simulation(Machine machine, std::uint64_t seed = 1);

  /// One slot of 8 rounds, in trains of 16 with 6 untimed.
  [[nodiscard]] SlotResult slot(const PlannedSlot& planned);
  /// The slots of the next build, each after `change`.
  [[nodiscard]] std::vector<SlotResult> build(const Change& change = {});
  /// A run of so many builds.
  [[nodiscard]] Measured run(int builds, const Change& change = {});
  /// What such a run measures, before its first build.
  [[nodiscard]] Measured nothing_yet() const;

 private:
  [[nodiscard]] const SyntheticWay& way_of(std::size_t lane) const;
  [[nodiscard]] LaneSlot silent_lane(const PlannedSlot& planned, std::size_t lane) const;
  void send_train(const PlannedSlot& planned, std::size_t lane, bool back, LaneSlot& into);

  Machine machine_;
  std::vector<Lane> lanes_;
  Plan plan_;
  std::mt19937_64 random_;
  std::vector<std::vector<double>> instances_;  // of this build, by path: how much later each is
  double drifted_ = 0;
};

/// So many pairs of one instance, each of the same time.
[[nodiscard]] InstancePairs alike_pairs(std::size_t pairs, double ns);

/// Builds whose every figure is given: `costs` by build and mode but host, each control's by build; host
/// takes 1000 ns. For what is decided on builds alone.
[[nodiscard]] Measured given_builds(const std::vector<std::vector<double>>& costs,
                                    const std::vector<double>& repeat, const std::vector<double>& instance);

}  // namespace hopcost::campaign
