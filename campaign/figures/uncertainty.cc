#include "campaign/figures/uncertainty.h"

#include <fmt/format.h>

#include <cmath>

namespace hopcost::campaign {
namespace {

UncertaintyTerm crossing(const CpuCounts& cpu, const ClockFacts& clocks) {
  constexpr const char* kName = "cross-CPU clock";
  const auto share = cpu.cross_share();
  if (share && *share == 0) return {kName, 0, "every packet's two stamps were taken on one CPU"};
  if (!clocks.cpu_bound_ns) {
    if (share || clocks.cpus > 1) return {kName, std::nullopt, "no two CPUs' clocks could be compared"};
    return {kName, std::nullopt, "the taps do not tell the CPU, and no two CPUs' clocks could be compared"};
  }
  const double bound = *clocks.cpu_bound_ns;
  return {kName, crossing_ns(share.value_or(1), bound),
          fmt::format("{} between CPUs whose clocks were at most {:.0f} ns apart at the start, uniform",
                      share ? fmt::format("{:.2g} % of the packets go", 100 * *share)
                            : "the taps do not tell the CPU: all packets are taken to go",
                      bound)};
}

UncertaintyTerm within(double ns) {
  return {"within build", ns, "scatter of the mirrored pairs of trains, over all builds"};
}

UncertaintyTerm between(double ns, double degrees) {
  return {"between builds", ns,
          "scatter of the builds' figures beyond that, widened where neighbours are alike", degrees};
}

}  // namespace

std::optional<UncertaintyBudget> cost_uncertainty(const Measured& measured, std::size_t level,
                                                  const ModeFigures& mode) {
  if (!mode.cost || !mode.cost->median.known()) return std::nullopt;
  const LaneTotals &own = measured.totals[level][mode.lane], &host = measured.totals[level].front();
  const OverBuilds& cost = mode.cost->median;
  const double step = measured.clocks.step_ns;
  CpuCounts cpu = own.end_cpu;
  cpu.add(host.end_cpu);
  return UncertaintyBudget{
      {{"stamp quantisation",
        std::hypot(quantisation_ns(step, own.end_to_end.count()),
                   quantisation_ns(step, host.end_to_end.count())),
        fmt::format(
            "uniform over the counter's step of {:.3g} ns at both stamps, over the packets of both modes",
            step)},
       {"clock fit", 0, "the lanes of a slot share the sender's clock and its fit"},
       crossing(cpu, measured.clocks),
       within(cost.within_se),
       {"CPU speed", cost.speed_se,
        "how surely the cost is taken from the speeds of the builds to that of the undisturbed CPU"},
       between(cost.between_se, cost.series.degrees)}};
}

std::optional<UncertaintyBudget> hop_uncertainty(const Measured& measured, const Hop& hop) {
  if (!hop.time.known || !hop.invalid.empty()) return std::nullopt;
  const double step = measured.clocks.step_ns;
  const std::uint64_t packets = hop.watched != nullptr ? hop.watched->times.count() : 0;
  const bool from_sender = hop.from == "tx";
  return UncertaintyBudget{
      {{"stamp quantisation", quantisation_ns(step, packets),
        fmt::format("uniform over the counter's step of {:.3g} ns at both stamps, over the packets", step)},
       {"clock fit", from_sender ? measured.generator.clock_fit_ns : 0,
        from_sender ? "the worst slot's fit of the sender's clock to the taps'"
                    : "both arrivals are counted from the same transmit stamps"},
       crossing(hop.watched != nullptr ? hop.watched->cpu : CpuCounts{}, measured.clocks),
       within(hop.standard_within),
       between(hop.standard_between, hop.degrees)}};
}

}  // namespace hopcost::campaign
