// The oracle of ProfileSource: each frame's values are drawn one at a time, and the frame is encoded whole.
#pragma once

#include <vector>

#include "base/random.h"
#include "pktgen/source/profile/profile.h"
#include "pktgen/source/profile/source.h"
#include "wire/frame_encoder.h"

namespace hopcost::pktgen {

/// doc/profiles.md, "Fields", a value at a time.
class SlowSeries {
 public:
  SlowSeries(const SeriesSpec& spec, std::uint64_t seed) : spec_(spec), random_(spec.seed.value_or(seed)) {}

  FieldBits next() {
    using Kind = SeriesSpec::Kind;
    FieldBits now = spec_.first;
    if (spec_.kind == Kind::kCount) now.low += index_ * spec_.step;
    if (spec_.kind == Kind::kRandom) now.low += below(spec_.values);
    if (spec_.kind == Kind::kList) now = spec_.list[index_];
    if (spec_.kind == Kind::kRandomList) now = spec_.list[below(spec_.values)];
    if (++index_ == spec_.values) index_ = 0;
    return now;
  }

 private:
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t bits = random_.bits();
    if (n == 0) return bits;
    return n <= std::uint64_t{1} << 32 ? (bits >> 32) * n >> 32 : bits % n;
  }

  SeriesSpec spec_;
  std::uint64_t index_ = 0;
  Random random_;
};

class SlowSource {
 public:
  /// The profile must be one that ProfileSource takes.
  SlowSource(const Profile& profile, const ProfileContext& context) : context_(context) {
    Random seeds(profile.seed.value_or(context.seed));
    std::vector<double> weights;
    for (const ProfileFlow& f : profile.flows) {
      Flow flow{.said = f, .sizes = {}, .random = Random(seeds.bits()), .series = {}};
      for (const auto& v : f.varying) flow.series.emplace_back(v.series, seeds.bits());
      std::vector<double> shares;
      for (const auto& s : f.sizes.shares) shares.push_back(s.weight);
      flow.sizes = interleave(shares);
      flows_.push_back(flow);
      weights.push_back(f.weight);
    }
    order_ = interleave(weights);
  }

  std::vector<std::byte> next(std::uint64_t ns) {
    Flow& flow = flows_[order_[turn_++ % order_.size()]];
    const std::size_t size = flow.sizes[flow.said.sizes.random ? flow.random.below(flow.sizes.size())
                                                               : flow.turn++ % flow.sizes.size()];
    FrameStack stack = flow.said.stack;
    auto& outer = stack.layers.front().fields;
    if (!flow.said.dst_mac_given) outer.push_back({0, number_of(*context_.dst_mac)});
    if (!flow.said.src_mac_given) outer.push_back({1, number_of(*context_.src_mac)});
    for (std::size_t i = 0; i < flow.series.size(); ++i) {
      const auto& v = flow.said.varying[i];
      stack.layers[v.layer].fields.push_back({v.field, flow.series[i].next()});
    }
    if (flow.said.probe.value_or(true))
      stack.probe = Probe{.flow = *flow.said.id, .sequence = flow.sequence, .tx_ns = ns};
    auto frame = encode_frame(stack, flow.said.sizes.shares[size].size).value();
    if (frame.probe_at) ++flow.sequence;
    return frame.bytes;
  }

 private:
  struct Flow {
    ProfileFlow said;
    std::vector<std::uint16_t> sizes;
    Random random;
    std::vector<SlowSeries> series;
    std::uint64_t turn = 0, sequence = 0;
  };
  static FieldBits number_of(const MacAddress& mac) {
    FieldBits v;
    for (const std::byte b : mac.bytes) v.low = v.low << 8 | static_cast<std::uint64_t>(b);
    return v;
  }

  ProfileContext context_;
  std::vector<Flow> flows_;
  std::vector<std::uint16_t> order_;
  std::uint64_t turn_ = 0;
};

}  // namespace hopcost::pktgen
