#include "pktgen/session/standalone_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

/// Destination of frames on a port without a device.
constexpr const char* kNoDeviceMac = "02:00:00:00:00:02";

/// The plan's fixed frame as this worker sends it. Errors: kUsage when ids or ports run out.
Result<FrameSpec> frame_of(const Plan& plan, const PortInfo& info, const Share& share) {
  FrameSpec frame = plan.frame;
  if (frame.src_mac.is_zero()) frame.src_mac = info.mac;
  constexpr std::size_t kMost = std::numeric_limits<std::uint16_t>::max();
  if (frame.flow + share.index + share.lane > kMost || frame.src_port + share.index > kMost)
    return error(Exit::kUsage,
                 fmt::format("--flow {} or --src-port {} leaves too few above it for {} workers",
                             plan.frame.flow, plan.frame.src_port, share.of));
  frame.flow = static_cast<std::uint16_t>(frame.flow + share.index + share.lane);
  frame.src_port = static_cast<std::uint16_t>(frame.src_port + share.index);
  return frame;
}

/// Adds to the fixed source port of a flow's innermost UDP or TCP header; one that varies stays as it is.
void shift_source_port(ProfileFlow& flow, std::size_t by) {
  constexpr std::size_t kSourcePort = 0;  // index of the field, in UDP and in TCP
  auto& layers = flow.stack.layers;
  for (std::size_t i = layers.size(); i-- > 0;) {
    if (layers[i].kind != LayerKind::kUdp && layers[i].kind != LayerKind::kTcp) continue;
    for (const auto& v : flow.varying)
      if (v.layer == i && v.field == kSourcePort) return;
    FieldBits port{.low = format_of(layers[i].kind).fields[kSourcePort].otherwise};
    std::erase_if(layers[i].fields, [&](const FieldSetting& f) {
      if (f.field == kSourcePort) port = f.value;
      return f.field == kSourcePort;
    });
    port.low = (port.low + by) & 0xffff;
    layers[i].fields.push_back({kSourcePort, port});
    return;
  }
}

/// The profile with this worker's flows: ids shifted by as many as there are from the lowest to the highest.
Result<Profile> profile_of(const Plan& plan, const Share& share) {
  Profile profile = *plan.profile;
  if (share.of == 1) return profile;
  const auto [low, high] = std::minmax_element(profile.flows.begin(), profile.flows.end(),
                                               [](const auto& a, const auto& b) { return a.id < b.id; });
  const std::size_t span = std::size_t{*high->id} - *low->id + 1u;
  if (*high->id + span * (share.of - 1) > std::numeric_limits<std::uint16_t>::max())
    return error(Exit::kUsage, fmt::format("flow ids {} to {} leave too few above them for {} workers",
                                           *low->id, *high->id, share.of));
  for (auto& flow : profile.flows) {
    flow.id = static_cast<std::uint16_t>(*flow.id + span * share.index);
    shift_source_port(flow, share.index);
    if (flow.pps) flow.pps = *flow.pps / static_cast<double>(share.of);
  }
  if (profile.seed) *profile.seed += share.index;
  return profile;
}

/// MACs left open become the port's, or, on a port without a device, fixed ones.
Result<ProfileSource> profile_source(const Plan& plan, const PortInfo& info, std::uint64_t seed,
                                     const Share& share) {
  ProfileContext context{.dst_mac = {}, .src_mac = {}, .mtu = info.mtu, .seed = seed};
  const bool no_device = info.mac.is_zero();
  if (!plan.frame.dst_mac.is_zero() || no_device)
    context.dst_mac =
        no_device && plan.frame.dst_mac.is_zero() ? parse_mac(kNoDeviceMac).value() : plan.frame.dst_mac;
  const MacAddress src = plan.frame.src_mac.is_zero() ? info.mac : plan.frame.src_mac;
  if (!src.is_zero()) context.src_mac = src;
  auto profile = profile_of(plan, share);
  if (!profile) return forward(profile);
  return ProfileSource::make(*profile, context);
}

/// The MACs of Ethernet headers that replay has to make. The source is the device's, if there is one; the
/// destination must be given by the person.
Result<AnySource> replay_source(const Plan& plan, const PortInfo& info) {
  ReplayOptions options = *plan.replay;
  options.mtu = info.mtu;
  // Longer frames of the capture are left out, like those above the MTU.
  if (info.longest_frame != 0)
    options.mtu = info.longest_frame - static_cast<std::uint32_t>(layout::kEthBytes + layout::kVlanBytes);
  options.recorded = plan.rate.empty();
  options.dst_mac = plan.frame.dst_mac;
  options.src_mac = plan.frame.src_mac.is_zero() ? info.mac : plan.frame.src_mac;
  if (options.dst_mac.is_zero() && info.mac.is_zero()) options.dst_mac = parse_mac(kNoDeviceMac).value();
  auto replay = ReplaySource::open(options);
  if (!replay) return forward(replay);
  return AnySource(std::move(*replay));
}

Result<AnySource> source_of(const Plan& plan, const PortInfo& info, std::uint64_t seed, const Share& share) {
  if (plan.replay) return replay_source(plan, info);
  if (plan.profile) {
    auto profile = profile_source(plan, info, seed, share);
    if (!profile) return forward(profile);
    return AnySource(std::move(*profile));
  }
  auto spec = frame_of(plan, info, share);
  if (!spec) return forward(spec);
  auto frame = FrameTemplate::make(*spec, info.mtu);
  if (!frame) return forward(frame);
  return AnySource(TemplateSource(std::move(*frame)));
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

/// This worker's part of the count.
std::optional<std::uint64_t> count_of(const Plan& plan, const Share& share) {
  if (!plan.count) return std::nullopt;
  return *plan.count / share.of + (share.index < *plan.count % share.of ? 1 : 0);
}

Train train_of(const Plan& plan, const Share& share) {
  if (plan.train.departures < 2) return plan.train;
  return {.departures = static_cast<std::uint32_t>(plan.train.departures / share.of),
          .gap_ns = plan.train.gap_ns * share.of};
}

Result<std::vector<LaneSpec>> lanes_of(const Plan& plan, std::span<const PortInfo> ports, std::uint64_t seed,
                                       Share share) {
  std::vector<LaneSpec> lanes;
  for (const PortInfo& info : ports) {
    auto source = source_of(plan, info, seed, share);
    if (!source) return forward(source);
    lanes.push_back({.source = std::move(*source)});
    ++share.lane;
  }
  return lanes;
}

}  // namespace

double mean_size(const Plan& plan, const AnySource& source) {
  const auto* profile = std::get_if<ProfileSource>(&source);
  return profile != nullptr ? profile->mean_size() : plan.frame.size;
}

Result<std::vector<RateStep>> steps_of(const std::vector<RatePiece>& pieces, double mean_size,
                                       std::uint32_t link_mbps) {
  const double link_bits = link_mbps * 1e6;
  std::vector<RateStep> steps;
  for (const auto& p : pieces) {
    if (p.from.unit == Rate::Unit::kLinkShare && link_bits == 0)
      return error(Exit::kMissing, "the device does not say how fast its link is",
                   "give the rate in pps or bit/s");
    steps.push_back(
        {static_cast<double>(p.ns), p.from.pps(mean_size, link_bits), p.to.pps(mean_size, link_bits)});
  }
  return steps;
}

std::optional<double> workers_apart_ns(const Plan& plan, const std::vector<RateStep>& steps) {
  if (steps.empty() || steps.front().from == 0 || plan.gap == Gap::kPoisson) return std::nullopt;
  if (plan.train.departures > 1) return static_cast<double>(plan.train.gap_ns);
  return 1e9 * plan.burst / steps.front().from;
}

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

Result<RunSpec> spec_of(const Plan& plan, std::span<const PortInfo> ports, std::uint64_t seed,
                        const Share& share) {
  auto lanes = lanes_of(plan, ports, seed + share.index, share);
  if (!lanes) return forward(lanes);
  return spec_of(plan, seed, share, *lanes);
}

Result<RunSpec> spec_of(const Plan& plan, std::uint64_t seed, const Share& share,
                        std::vector<LaneSpec>& lanes) {
  const AnySource& source = lanes.front().source;
  auto steps = steps_of(plan.rate, mean_size(plan, source), share.link_mbps);
  if (!steps) return forward(steps);
  const auto workers = static_cast<double>(share.of);
  if (plan.rate.empty()) {
    if (const auto* profile = std::get_if<ProfileSource>(&source); profile != nullptr && profile->pps() > 0)
      steps->push_back({0, profile->pps() * workers, profile->pps() * workers});
  }
  if (auto ok = check_train(plan, *steps); !ok) return forward(ok);
  const double phase_ns = static_cast<double>(share.index) * workers_apart_ns(plan, *steps).value_or(0);
  for (auto& s : *steps) s = {s.ticks, s.from / workers, s.to / workers};
  if (plan.turns && (steps->empty() || steps->front().from == 0))
    return error(Exit::kUsage, "--turns needs a rate: trains are departures of a plan");
  RunSpec spec{.lanes = std::move(lanes),
               .turns = plan.turns,
               .count = count_of(plan, share),
               .duration_ns = plan.duration_ns,
               .pps = steps->empty() ? 0 : mean_pps(*steps),
               .steps = {},
               .train = train_of(plan, share),
               .recorded = plan.replay && plan.rate.empty(),
               .gap = plan.gap,
               .burst = plan.burst,
               .seed = seed + share.index,
               .phase_ns = phase_ns,
               .stamp = plan.stamp};
  if (spec.turns) spec.turns->seed = seed;
  const bool constant = steps->size() < 2 && (steps->empty() || steps->front().from == steps->front().to);
  if (!constant) spec.steps = std::move(*steps);
  return spec;
}

}  // namespace hopcost::pktgen
