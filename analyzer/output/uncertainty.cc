#include "analyzer/output/uncertainty.h"

#include <fmt/format.h>

#include <cmath>

namespace hopcost::analyzer {

namespace {

UncertaintyTerm quantisation(const HopSummary& hop, const StampFacts& facts) {
  const double step = facts.files ? 1 : facts.clocks.step_ns;
  return {"stamp quantisation", quantisation_ns(step, hop.tally->latency.count()),
          facts.files
              ? "whole ns at both stamps, over the probes; a file whose times are coarser is off by more"
              : fmt::format("uniform over the counter's step of {:.3g} ns at both stamps, over the probes",
                            step)};
}

UncertaintyTerm clock_fit(const StampFacts& facts) {
  if (!facts.files)
    return {"clock fit", 0, "both stamps are read from one clock of this host: nothing is fitted"};
  if (facts.fit_ns)
    return {"clock fit", *facts.fit_ns, "the line between the files' clocks, the worst of them"};
  return {"clock fit", 0, "the files' times are taken as one clock's; --fit-clocks when they are not"};
}

UncertaintyTerm crossing(const HopSummary& hop, const StampFacts& facts) {
  constexpr const char* kName = "cross-CPU clock";
  if (facts.files)
    return {kName, std::nullopt, "capture files do not tell the CPU of a stamp, nor how its clock ran"};
  const auto share = hop.cross_share();
  if (share && *share == 0) return {kName, 0, "no probe changed the CPU in this hop"};
  const auto& bound = facts.clocks.cpu_bound_ns;
  if (!bound && facts.clocks.cpus < 2 && !share)
    return {kName, std::nullopt, "the taps do not tell the CPU, and no two CPUs' clocks could be compared"};
  if (!bound) return {kName, std::nullopt, "no two CPUs' clocks could be compared"};
  return {kName, crossing_ns(share.value_or(1), *bound),
          fmt::format(
              "{} of the probes, between clocks that were at most {:.0f} ns apart at the start, uniform",
              share ? fmt::format("{:.2g} %", 100 * *share) : "all (the taps do not tell the CPU)", *bound)};
}

/// Standard deviation over the root of n. This takes probes as independent, which neighbours are not.
UncertaintyTerm statistics(const HopSummary& hop) {
  const auto& h = hop.tally->latency.histogram;
  const auto n = static_cast<double>(h.count());
  return {"statistics", n > 0 ? h.stddev() / std::sqrt(n) : 0,
          "scatter over the root of the probes, as if they were independent: a floor. The builds of hopcost "
          "run tell the rest"};
}

}  // namespace

UncertaintyBudget hop_uncertainty(const HopSummary& hop, const StampFacts& facts) {
  return {
      {quantisation(hop, facts), clock_fit(facts),
       facts.files
           ? UncertaintyTerm{"tap bias", std::nullopt, "what wrote the files is not known"}
           : UncertaintyTerm{"tap bias", std::nullopt,
                             "the tap at one end of the hop works within it; hopcost run watches each tap "
                             "while no earlier one is open"},
       crossing(hop, facts), statistics(hop)}};
}

}  // namespace hopcost::analyzer
