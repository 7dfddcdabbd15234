// Turns a profile into images, words and sums.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "pktgen/source/profile/source.h"
#include "pktgen/source/profile/varying_words.h"
#include "wire/byte_order.h"
#include "wire/checksum.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {
namespace {

constexpr std::size_t kMostImageBytes = 64 << 20;

/// An error with the flow's place.
template <class T>
std::unexpected<Error> placed(const std::string& where, Result<T>& failed) {
  Error e = std::move(failed).error();
  e.what = fmt::format("{}: {}", where, e.what);
  return std::unexpected(std::move(e));
}

FieldBits number_of_mac(const MacAddress& mac) {
  FieldBits v;
  for (const std::byte b : mac.bytes) v.low = v.low << 8 | static_cast<std::uint64_t>(b);
  return v;
}

Result<FrameStack> stack_of(const ProfileFlow& flow, const ProfileContext& context) {
  FrameStack stack = flow.stack;
  auto& fields = stack.layers.front().fields;
  constexpr std::size_t kDst = 0, kSrc = 1;
  if (!flow.dst_mac_given) {
    if (!context.dst_mac)
      return error(Exit::kUsage, fmt::format("{}: this flow names no destination MAC", flow.where),
                   "give --dst-mac, or dst in its eth layer");
    fields.push_back({kDst, number_of_mac(*context.dst_mac)});
  }
  if (!flow.src_mac_given && context.src_mac) fields.push_back({kSrc, number_of_mac(*context.src_mac)});
  // Constant upper bits are in the images.
  for (const auto& v : flow.varying) {
    Layer& layer = stack.layers[v.layer];
    if (format_of(layer.kind).fields[v.field].bits > 64) layer.fields.push_back({v.field, v.series.first});
  }
  if (flow.probe.value_or(true)) stack.probe = Probe{.flow = *flow.id};
  return stack;
}

/// Encodes a frame: all of an image except its words and sums.
Result<EncodedFrame> encode(const ProfileFlow& flow, const FrameStack& stack, std::uint32_t size,
                            std::uint32_t mtu) {
  const auto tags = static_cast<std::uint32_t>(
      4 * std::count_if(stack.layers.begin(), stack.layers.end(), [](const Layer& l) {
        return l.kind == LayerKind::kVlan || l.kind == LayerKind::kQinq;
      }));
  if (size > max_frame_size(mtu) + std::min(tags, 4u)) {  // the kernel allows one more tag
    return error(
        Exit::kUsage,
        fmt::format("{}: a frame of {} bytes is above the device's MTU of {}", flow.sizes_where, size, mtu),
        fmt::format("the most it lets through is {} bytes (with FCS)", max_frame_size(mtu)));
  }
  auto made = encode_frame(stack, size);
  if (!made) return placed(flow.sizes_where, made);
  if (flow.probe == true && !made->probe_at) {
    return error(Exit::kUsage,
                 fmt::format("{}: a frame of {} bytes has no room for a probe, and probe = true",
                             flow.sizes_where, size),
                 fmt::format("from {} bytes on it has", header_bytes(stack) + kProbeBytes + kFcsBytes));
  }
  return made;
}

/// Whether there are payload bytes depends only on the layers.
std::byte fill_of(const FrameStack& stack, const EncodedFrame& made) {
  return made.payload_bytes > 0 ? stack.fill : std::byte{0};
}

void add_head(const EncodedFrame& made, FlowFrames& flow) {
  const auto bytes = std::span(made.bytes).first(std::min(made.bytes.size(), flow.head_bytes));
  flow.heads.insert(flow.heads.end(), bytes.begin(), bytes.end());
  flow.heads.resize((flow.images.size() + 1) * flow.head_bytes, flow.fill);
}

/// The image of a frame: its constant sums, and where things are.
FlowFrames::Image image_of(const FlowFrames& flow, const EncodedFrame& made) {
  FlowFrames::Image image{.head_at = static_cast<std::uint32_t>(flow.images.size() * flow.head_bytes),
                          .size = static_cast<std::uint16_t>(made.bytes.size())};
  std::vector<std::byte> constant = made.bytes;
  for (const auto& w : flow.words) std::fill_n(&constant[w.at], w.bytes, std::byte{0});
  for (const auto& s : flow.sums) std::fill_n(&constant[s.place.at], 2, std::byte{0});
  if (made.probe_at) {
    image.probe_at = *made.probe_at;
    image.wipe_at = static_cast<std::uint16_t>(*made.probe_at + kProbeBytes - FrameMemory::kWiped);
    const std::size_t numbers = *made.probe_at + kProbeFlowOffset;
    image.probe_term = numbers % 2 == 0 ? FlowFrames::kEvenTerm : FlowFrames::kOddTerm;
    std::fill_n(&constant[numbers], kProbeBytes - kProbeFlowOffset, std::byte{0});
  }
  for (std::size_t i = 0, j = 0; i < made.checksums.size() && j < flow.sums.size(); ++i) {
    if (made.checksums[i].at != flow.sums[j].place.at) continue;
    const std::uint64_t sum = big_endian(ones_fold(covered_sum(made.checksums[i], constant)));
    image.constants[j / 4] |= sum << j % 4 * 16;
    ++j;
  }
  return image;
}

/// Finds the checksums whose value differs per packet, because they cover a term, maybe another checksum.
void find_sums(FlowFrames& flow, const EncodedFrame& longest) {
  for (const auto& place : longest.checksums) {
    FlowFrames::Sum sum{.place = place, .terms = {}, .inner = {}};
    const auto term = [&](std::size_t index, std::size_t at) {
      if (covers(place, at)) sum.terms.push_back(static_cast<std::uint8_t>(index));
    };
    const std::size_t words = flow.words.size();
    for (std::size_t i = 0; i < words; ++i) term(i, flow.words[i].at);
    sum.probe = longest.probe_at && covers(place, *longest.probe_at);
    if (sum.probe) term(words, *longest.probe_at);
    for (std::size_t i = 0; i < flow.sums.size(); ++i) {
      FlowFrames::Sum& inner = flow.sums[i];
      if (!covers(place, inner.place.at)) continue;
      auto& kind = inner.timed ? sum.inner : sum.terms;
      kind.push_back(static_cast<std::uint8_t>(inner.timed ? i : words + 1 + i));
      inner.is_term = inner.is_term || !inner.timed;
    }
    sum.timed = sum.probe || !sum.inner.empty();
    if (sum.timed || !sum.terms.empty()) flow.sums.push_back(std::move(sum));
  }
}

/// The length of the longest headers of all flows, rounded up to the blocks that are copied, but not beyond
/// any frame's end.
std::size_t head_bytes_of(const Profile& profile) {
  constexpr std::size_t kBlock = 16;
  std::size_t headers = 2 * kBlock, longest = 0;
  for (const auto& flow : profile.flows) {
    headers = std::max(headers, header_bytes(flow.stack));
    for (const auto& share : flow.sizes.shares)
      longest = std::max<std::size_t>(longest, frame_bytes(share.size));
  }
  return std::min((headers + kBlock - 1) / kBlock * kBlock, longest);
}

Result<FlowFrames> flow_of(const ProfileFlow& flow, const ProfileContext& context, std::size_t head_bytes,
                           Random& seeds, std::vector<std::byte>& longest_frame) {
  auto stack = stack_of(flow, context);
  if (!stack) return forward(stack);
  FlowFrames out;
  out.name = flow.name;
  out.id = *flow.id;
  out.head_bytes = head_bytes;
  out.random_order = flow.sizes.random;
  out.random = Random(seeds.bits());
  for (const auto& v : flow.varying) out.series.emplace_back(v.series, seeds.bits());
  std::size_t bytes = 0;
  std::vector<double> weights;
  std::vector<EncodedFrame> frames;
  for (const auto& share : flow.sizes.shares) {
    auto made = encode(flow, *stack, share.size, context.mtu);
    if (!made) return forward(made);
    bytes += made->bytes.size();
    if (bytes > kMostImageBytes)
      return error(Exit::kUsage, fmt::format("{}: too many sizes", flow.sizes_where));
    weights.push_back(share.weight);
    frames.push_back(std::move(*made));
  }
  // Headers are the same in all of them; the longest has a probe if any has.
  const auto& longest = *std::max_element(frames.begin(), frames.end(), [](const auto& a, const auto& b) {
    return a.bytes.size() < b.bytes.size();
  });
  write_varying_words(flow.varying, longest, out);
  find_sums(out, longest);
  if (out.sums.size() > FlowFrames::kMostSums ||
      out.words.size() + 1 + out.sums.size() > FlowFrames::kMostTerms)
    return error(Exit::kUsage,
                 fmt::format("{}: too many fields or checksums change in this flow", flow.where));
  out.fill = fill_of(*stack, longest);
  for (const auto& f : frames) {
    add_head(f, out);
    out.images.push_back(image_of(out, f));
  }
  out.all_even = std::all_of(out.images.begin(), out.images.end(), [](const FlowFrames::Image& m) {
    return m.probe_term == FlowFrames::kEvenTerm;
  });
  out.order = interleave(weights);
  // Repeats the order into a longer list, so that a batch of values passes its end once or twice and not
  // every few packets.
  if (!out.random_order)
    for (const std::size_t round = out.order.size(); out.order.size() < kMaxBatch;)
      out.order.insert(out.order.end(), out.order.begin(),
                       out.order.begin() + static_cast<std::ptrdiff_t>(round));
  if (longest.bytes.size() > longest_frame.size()) longest_frame = longest.bytes;
  return out;
}

/// Most frames of each flow in a batch.
std::vector<std::size_t> most_in_batch(const std::vector<std::uint16_t>& order, std::size_t flows) {
  std::vector<std::size_t> now(flows), most(flows);
  for (std::size_t turn = 0; turn < order.size() + kMaxBatch; ++turn) {
    const std::uint16_t in = order[turn % order.size()];
    most[in] = std::max(most[in], ++now[in]);
    if (turn >= kMaxBatch - 1) --now[order[(turn + 1 - kMaxBatch) % order.size()]];
  }
  return most;
}

double mean_size_of(const FlowFrames& flow) {
  double sum = 0;
  for (const auto i : flow.order) sum += static_cast<double>(flow.images[i].size + kFcsBytes);
  return sum / static_cast<double>(flow.order.size());
}

}  // namespace

Result<ProfileSource> ProfileSource::make(const Profile& profile, const ProfileContext& context) {
  ProfileSource source;
  Random seeds(profile.seed.value_or(context.seed));
  const std::size_t head_bytes = head_bytes_of(profile);
  std::vector<double> weights;
  for (const auto& flow : profile.flows) {
    auto made = flow_of(flow, context, head_bytes, seeds, source.longest_);
    if (!made) return forward(made);
    weights.push_back(flow.weight);
    source.pps_ += flow.pps.value_or(0);
    source.flows_.push_back(std::move(*made));
  }
  source.memory_ = FrameMemory(source.longest_.size());
  source.chains_.resize(source.flows_.size());
  source.order_ = interleave(weights);
  // With many flows each has few frames in a batch, and the values of all would not fit into a cache.
  const std::size_t step = source.flows_.size() <= kMaxBatch ? kMaxBatch : 8;
  const auto most = most_in_batch(source.order_, source.flows_.size());
  for (std::size_t i = 0; i < most.size(); ++i) source.flows_[i].allocate(most[i], step);
  for (const auto i : source.order_)
    source.mean_size_ += mean_size_of(source.flows_[i]) / static_cast<double>(source.order_.size());
  return source;
}

}  // namespace hopcost::pktgen
