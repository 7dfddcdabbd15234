#include "pktgen/standalone_source.h"

#include <fmt/format.h>

#include <algorithm>

namespace hopcost::pktgen {
namespace {

/// MACs left open are the port's, or, where it has no device, the ones of the benchmarking frames.
Result<ProfileSource> profile_source(const Plan& plan, const PortInfo& info, std::uint64_t seed) {
  ProfileContext context{.dst_mac = {}, .src_mac = {}, .mtu = info.mtu, .seed = seed};
  const bool no_device = info.mac.is_zero();
  if (!plan.frame.dst_mac.is_zero() || no_device)
    context.dst_mac = no_device && plan.frame.dst_mac.is_zero() ? parse_mac("02:00:00:00:00:02").value()
                                                                : plan.frame.dst_mac;
  if (!plan.frame.src_mac.is_zero()) context.src_mac = plan.frame.src_mac;
  return ProfileSource::make(*plan.profile, context);
}

Result<AnySource> source_of(Plan& plan, const PortInfo& info, std::uint64_t seed) {
  if (plan.frame.src_mac.is_zero()) plan.frame.src_mac = info.mac;
  if (plan.replay) {
    plan.replay->mtu = info.mtu;
    auto replay = ReplaySource::open(*plan.replay);
    if (!replay) return forward(replay);
    return AnySource(std::move(*replay));
  }
  if (plan.profile) {
    auto profile = profile_source(plan, info, seed);
    if (!profile) return forward(profile);
    return AnySource(std::move(*profile));
  }
  auto frame = FrameTemplate::make(plan.frame, info.mtu);
  if (!frame) return forward(frame);
  return AnySource(TemplateSource(std::move(*frame)));
}

double mean_size(const Plan& plan, const AnySource& source) {
  const auto* profile = std::get_if<ProfileSource>(&source);
  return profile != nullptr ? profile->mean_size() : plan.frame.size;
}

/// The pieces in packets a second and ns; the last one's time may be 0.
Result<std::vector<RateStep>> steps_of(const Plan& plan, const PortInfo& info, const AnySource& source) {
  const double size = mean_size(plan, source), link_bits = info.link_mbps * 1e6;
  std::vector<RateStep> steps;
  for (const auto& p : plan.rate) {
    if (p.from.unit == Rate::Unit::kLinkShare && link_bits == 0) {
      return error(Exit::kMissing, fmt::format("{} does not say how fast its link is", to_string(plan.port)),
                   "give the rate in pps or bit/s");
    }
    steps.push_back({static_cast<double>(p.ns), p.from.pps(size, link_bits), p.to.pps(size, link_bits)});
  }
  return steps;
}

/// A pause between trains must be left over.
Result<void> check_train(const Plan& plan, const std::vector<RateStep>& steps) {
  if (plan.train.departures < 2) return {};
  double highest = 0;
  for (const auto& s : steps) highest = std::max({highest, s.from, s.to});
  if (highest == 0) return error(Exit::kUsage, "--train needs a --rate", "trains keep a mean rate");
  const double train_ns = static_cast<double>(plan.train.gap_ns) * (plan.train.departures - 1);
  const double room_ns = 1e9 * plan.burst / highest * plan.train.departures;
  if (train_ns < room_ns) return {};
  return error(Exit::kUsage, fmt::format("a train of {} departures {} ns apart leaves no pause at {:.0f} pps",
                                         plan.train.departures, plan.train.gap_ns, highest));
}

double mean_pps(const std::vector<RateStep>& steps) {
  double packets = 0, ns = 0;
  for (const auto& s : steps) {
    const double weight = s.ticks > 0 ? s.ticks : 1;
    packets += (s.from + s.to) / 2 * weight;
    ns += weight;
  }
  return packets / ns;
}

}  // namespace

Result<RunSpec> spec_of(Plan& plan, const PortInfo& info, std::uint64_t seed) {
  auto source = source_of(plan, info, seed);
  if (!source) return forward(source);
  auto steps = steps_of(plan, info, *source);
  if (!steps) return forward(steps);
  if (plan.rate.empty()) {
    if (const auto* profile = std::get_if<ProfileSource>(&*source); profile != nullptr && profile->pps() > 0)
      steps->push_back({0, profile->pps(), profile->pps()});
  }
  if (auto ok = check_train(plan, *steps); !ok) return forward(ok);
  RunSpec spec{.source = std::move(*source),
               .count = plan.count,
               .duration_ns = plan.duration_ns,
               .pps = steps->empty() ? 0 : mean_pps(*steps),
               .steps = {},
               .train = plan.train,
               .recorded = plan.replay && plan.rate.empty(),
               .gap = plan.gap,
               .burst = plan.burst,
               .seed = seed};
  const bool constant = steps->size() < 2 && (steps->empty() || steps->front().from == steps->front().to);
  if (!constant) spec.steps = std::move(*steps);
  return spec;
}

}  // namespace hopcost::pktgen
