// Whole runs on synthetic machines, down to the single train: what the statistics make of them shows how sure
// they are. Test support.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "campaign/figures/speed.h"

namespace hopcost::campaign {

/// How fast the CPU is from moment to moment. Every time on it is that much longer.
struct Law {
  enum class Regimes {
    kNone,
    kOften,   ///< As fast as it can for 1 to 10 s, then slower for 1 to 10 s, and so on.
    kSeldom,  ///< The same, but 20 s fast in the mean, exponentially distributed.
  };
  double line = 0;  ///< So much slower, or faster, at the run's end than at its start; a random share of it.
  double wave = 0;  ///< Amplitude of a sine of random phase
  double wave_s = 120;  ///< and of this period.
  Regimes regimes = Regimes::kNone;
  double least_slower = 0.05, most_slower = 0.30;  ///< By which share it is slower in a slow regime.
  double instance_ns = 0;                          ///< SD of what each instance of a lane in a build adds.
  bool wild =
      false;  ///< A train's noise has Student's t with 3 degrees, and 2 trains of 100 are up to 10 us late.
  double train_ns = 57;  ///< SD of a train's median; with `wild` its scale.
  double growth = 1;     ///< The cost grows so many times as fast as host, in proportion.
  double unsteady = 0;   ///< Where the CPU is slower by a share, instances and trains scatter more by so many
                         ///< times that share.
  double build_s = 1.4;  ///< From one build to the next.
  [[nodiscard]] double mean_speed()
      const noexcept;  ///< Expectation over the stationary law; of a line, its middle.
};

struct NamedLaw {
  std::string name;
  Law law;
};

inline const NamedLaw kSteady{"steady", {}};
inline const NamedLaw kInstances{"instances, heavy tails", {.instance_ns = 10, .wild = true}};
inline const NamedLaw kLine{"a line of 2 %", {.line = 0.02, .instance_ns = 10, .wild = true}};
inline const NamedLaw kWave{"a wave of 2 %, 2 min", {.wave = 0.02, .instance_ns = 10, .wild = true}};
inline const NamedLaw kOftenOneInstance{"regimes, instances alike",
                                        {.regimes = Law::Regimes::kOften, .wild = true}};
inline const NamedLaw kOften{"regimes", {.regimes = Law::Regimes::kOften, .instance_ns = 10, .wild = true}};
inline const NamedLaw kSteep{
    "regimes, the cost grows by half as much again",
    {.regimes = Law::Regimes::kOften, .instance_ns = 10, .wild = true, .growth = 1.5}};
inline const NamedLaw kFlat{"regimes, the cost does not grow",
                            {.regimes = Law::Regimes::kOften, .instance_ns = 10, .wild = true, .growth = 0}};
inline const NamedLaw kSteepest{
    "regimes, the cost grows twice as fast",
    {.regimes = Law::Regimes::kOften, .instance_ns = 10, .wild = true, .growth = 2}};
inline const NamedLaw kUnsteady{
    "regimes, three times the scatter where slow by a fifth",
    {.regimes = Law::Regimes::kOften, .instance_ns = 10, .wild = true, .unsteady = 10}};
inline const NamedLaw kTwoSpeeds{"two speeds, three times the scatter when slow",
                                 {.regimes = Law::Regimes::kOften,
                                  .least_slower = 0.6,
                                  .most_slower = 0.8,
                                  .instance_ns = 5,
                                  .wild = true,
                                  .train_ns = 20,
                                  .growth = 1.25,
                                  .unsteady = 3}};
inline const NamedLaw kDiffering{"instances differ by 38 ns, a wave of 2 %",
                                 {.wave = 0.02, .instance_ns = 38, .train_ns = 15}};
inline const NamedLaw kDifferingOften{
    "instances differ by 38 ns, regimes",
    {.regimes = Law::Regimes::kOften, .instance_ns = 38, .wild = true, .train_ns = 15}};
inline const NamedLaw kSeldom{"slow regimes seldom",
                              {.regimes = Law::Regimes::kSeldom, .instance_ns = 10, .wild = true}};
inline const NamedLaw kOftenAndWave{
    "regimes and wave", {.wave = 0.02, .regimes = Law::Regimes::kOften, .instance_ns = 10, .wild = true}};

/// Lanes of a simulated run, as lanes_for() has them.
enum SimulatedLane : std::size_t { kHostLane, kModeLane, kRepeatLane, kInstanceLane, kSimulatedLanes };

class SimulatedRun {
 public:
  static constexpr double kHostNs = 2000;

  /// Of `builds` builds. `cost_ns`: of the one mode, where the CPU is fast.
  SimulatedRun(const Law& law, double cost_ns, std::size_t builds, std::uint64_t seed);

  /// Of the end slots of the next build, one for each instance: by lane the pairs of trains, as LaneSlot has
  /// them at the end. End slots are `stretch` times as long as in other builds, which makes the build longer.
  [[nodiscard]] std::vector<std::vector<std::vector<double>>> next(double stretch = 1);

  /// How long the end slots of a build take at stretch 1, seconds.
  [[nodiscard]] static double end_slots_s() noexcept;

  /// The same as the slots that the analyzer and pktgen would have told of.
  [[nodiscard]] static std::vector<SlotResult> slots(
      const std::vector<std::vector<std::vector<double>>>& pairs);

 private:
  [[nodiscard]] double uniform() noexcept;
  [[nodiscard]] double normal() noexcept;
  [[nodiscard]] double noise() noexcept;
  [[nodiscard]] double speed(double at_s) noexcept;
  void enter_next_regime() noexcept;
  void round(double at_s, const std::vector<double>& added, std::vector<std::vector<double>>& pairs);

  Law law_;
  double cost_ns_, length_s_;
  Plan plan_;
  Random draw_;
  double slope_, phase_;
  const std::vector<double>& noise_;  // quantiles of it, each as likely
  double regime_ends_s_, slower_ = 0;
  double begins_s_ = 0;                     // the next build
  std::vector<std::vector<double>> added_;  // by instance of this build and lane
  std::vector<std::size_t> order_;          // of the lanes in a round
};

/// What a run's builds are told of: each contrast with host, pair by pair.
struct BuildSeries {
  ByPair mode, repeat, instance;
  ByPair share;  ///< The mode's, of host's own latency.
  std::vector<Readings> controls;
};

/// Folds pairs as fold() does, without the histograms that only it needs.
void add_build(const std::vector<std::vector<std::vector<double>>>& pairs, BuildSeries& to);

/// Of the first `builds`.
[[nodiscard]] BuildSeries first(const BuildSeries& series, std::size_t builds);

/// What the program makes of them.
struct Contrasts {
  OverBuilds mode, typical, repeat, instance, share;
  Slowness speed;
};

[[nodiscard]] Contrasts contrasts_of(const BuildSeries& series, std::size_t looked_before = 0);
/// The mode's alone.
[[nodiscard]] OverBuilds cost_of(const BuildSeries& series, std::size_t looked_before = 0);

/// By build: the median over its pairs, as the run went.
[[nodiscard]] ByBuild medians(const ByPair& figures);

/// What a run without end would find as the machine goes.
[[nodiscard]] double typical_cost(const NamedLaw& law, double cost_ns);

/// What the mode costs at the speed that a run's costs are at.
[[nodiscard]] inline double true_cost(const Law& law, double cost_ns, const Slowness& speed) {
  return cost_ns * (1 + law.growth * (speed.undisturbed / SimulatedRun::kHostNs - 1));
}

/// Percent.
[[nodiscard]] inline double share_of(std::size_t part, std::size_t all) {
  return 100 * static_cast<double>(part) / static_cast<double>(all);
}

[[nodiscard]] BuildSeries simulate(const Law& law, double cost_ns, std::size_t builds, std::uint64_t seed);
/// The same, with end slots as long as their scatter asks for, as in a run.
[[nodiscard]] BuildSeries simulate_divided(const Law& law, double cost_ns, std::size_t builds,
                                           std::uint64_t seed);

}  // namespace hopcost::campaign
