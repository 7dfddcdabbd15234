#include "campaign/uncertainty.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/control.h"

namespace hopcost::campaign {
namespace {

UncertaintyTerm crossing(const CpuCounts& cpu, const StampFacts& stamps) {
  constexpr const char* kName = "cross-CPU clock";
  const auto share = cpu.cross_share();
  if (share && *share == 0) return {kName, 0, "every packet's two stamps were taken on one CPU"};
  if (!stamps.clocks.cpu_bound_ns) {
    if (share || stamps.clocks.cpus > 1)
      return {kName, std::nullopt, "no two CPUs' clocks could be compared"};
    return {kName, std::nullopt, "the taps do not tell the CPU, and no two CPUs' clocks could be compared"};
  }
  const double bound = *stamps.clocks.cpu_bound_ns;
  return {kName, crossing_ns(share.value_or(1), bound),
          fmt::format("{} between CPUs whose clocks were at most {:.0f} ns apart at the start, uniform",
                      share ? fmt::format("{:.2g} % of the packets go", 100 * *share)
                            : "the taps do not tell the CPU: all packets are taken to go",
                      bound)};
}

const ModeFigures* host_of(const Figures& figures) {
  const auto at =
      std::ranges::find_if(figures.modes, [](const ModeFigures& m) { return m.path.topology == "host"; });
  return at == figures.modes.end() ? nullptr : &*at;
}

UncertaintyTerm instance(const Figures& figures) {
  constexpr const char* kName = "instance";
  if (!figures.rebuild || !figures.rebuild->shift.enough)
    return {kName, std::nullopt, "no second build was measured often enough to tell"};
  return {kName, std::abs(figures.rebuild->shift.estimate) / std::sqrt(3.0),
          fmt::format("a second build of {} differs by so much, taken as uniform", figures.rebuild->a)};
}

double half_width(const Estimate& e) {
  return e.ci95.half_width();
}

UncertaintyTerm tap_bias(const Hop& hop, const Figures& figures) {
  constexpr const char* kName = "tap bias";
  if (hop.from == "tx") return {kName, 0, "no tap works between the transmit stamp and the first tap's"};
  const Estimate& tap = hop.tap_is_out ? figures.tap_out : figures.tap_in;
  if (!tap.known)
    return {kName, std::nullopt, "what a tap costs was not measured often enough for an interval"};
  return {kName, from_half_width95(half_width(tap)),
          "half-width of the interval of the tap's cost, which was taken off, / 1.96"};
}

}  // namespace

StampFacts stamp_facts(const ClockFacts& clocks, const std::vector<SlotResult>& slots) {
  StampFacts facts{clocks};
  for (const SlotResult& s : slots) {
    if (s.counts() && s.audit.is_object())
      facts.fit_ns = std::max(facts.fit_ns, get_number_or(s.audit, "clock_uncertainty_ns", 0));
  }
  return facts;
}

std::optional<UncertaintyBudget> cost_uncertainty(const ModeFigures& mode, const Figures& figures,
                                                  const StampFacts& stamps) {
  const ModeFigures* const host = host_of(figures);
  if (host == nullptr || !mode.cost || !mode.cost->median.enough) return std::nullopt;
  const double step = stamps.clocks.step_ns;
  const double slots = 2 * std::max(1.0, static_cast<double>(mode.cost->median.n));
  CpuCounts cpu = mode.end_cpu;
  cpu.add(host->end_cpu);
  return UncertaintyBudget{
      {{"stamp quantisation",
        std::hypot(quantisation_ns(step, mode.end_to_end.count()),
                   quantisation_ns(step, host->end_to_end.count())),
        fmt::format(
            "uniform over the counter's step of {:.3g} ns at both stamps, over the packets of both modes",
            step)},
       {"clock fit", std::sqrt(2.0) * stamps.fit_ns / std::sqrt(slots),
        "the worst slot's fit of the sender's clock, independent from slot to slot, two slots a block in "
        "each mode"},
       {"tap bias", 0, "one tap of the same kind at the end of every mode: falls out of the difference"},
       crossing(cpu, stamps),
       {"block statistics", from_half_width95(mode.cost->median.ci.half_width()),
        "half-width of the cost's interval over blocks / 1.96"},
       instance(figures)}};
}

std::optional<UncertaintyBudget> hop_uncertainty(const Hop& hop, const Figures& figures,
                                                 const StampFacts& stamps) {
  if (!hop.known || !hop.invalid.empty()) return std::nullopt;
  const double step = stamps.clocks.step_ns;
  const bool from_sender = hop.from == "tx";
  const double slots = 2 * std::max(1.0, static_cast<double>(hop.blocks));
  return UncertaintyBudget{
      {{"stamp quantisation", quantisation_ns(step, hop.times.count()),
        fmt::format("uniform over the counter's step of {:.3g} ns at both stamps, over the packets", step)},
       {"clock fit", from_sender ? stamps.fit_ns / std::sqrt(slots) : 0,
        from_sender ? "the worst slot's fit of the sender's clock, independent from slot to slot"
                    : "both taps read one clock of the kernel: nothing is fitted"},
       tap_bias(hop, figures),
       crossing(hop.cpu, stamps),
       {"block statistics", from_half_width95(hop.ci95.half_width()),
        "half-width of the mean's interval over blocks / 1.96"}}};
}

}  // namespace hopcost::campaign
