#include "pktgen/profile/unsettled.h"

#include <algorithm>

namespace hopcost::pktgen {
namespace {

using Image = FlowFrames::Image;

/// To copy so many bytes too many costs less than another stretch.
constexpr std::size_t kGap = 64;

/// The bytes of an image that are written per packet.
std::vector<bool> written(const FlowFrames& flow, const Image& image) {
  std::vector<bool> w(image.bytes.size(), false);
  const auto mark = [&w](std::size_t at, std::size_t bytes) {
    std::fill_n(w.begin() + static_cast<std::ptrdiff_t>(at), bytes, true);
  };
  for (const auto& word : flow.words) mark(word.at, word.bytes);
  for (const auto& sum : flow.sums) mark(sum.place.at, 2);
  if (image.probe_at != 0) mark(image.probe_at + kProbeFlowOffset, kProbeBytes - kProbeFlowOffset);
  return w;
}

/// To what is copied of an image: in the last stretch, when it is in it or not far behind it, or in a new
/// one, which is as short as may be.
void add(Image& image, std::size_t at) {
  auto& stretches = image.unsettled;
  if (!stretches.empty() && at <= stretches.back().at + stretches.back().bytes + kGap) {
    auto& last = stretches.back();
    last.bytes = static_cast<std::uint16_t>(std::max<std::size_t>(last.bytes, at + 1 - last.at));
  } else {
    const std::size_t begin = std::min(at, image.bytes.size() - FlowFrames::kShort);
    stretches.push_back({static_cast<std::uint16_t>(begin), FlowFrames::kShort});
  }
}

}  // namespace

void find_unsettled(std::vector<FlowFrames>& flows, std::span<const std::byte> longest) {
  std::vector<bool> settled(longest.size(), true);
  for (const auto& flow : flows) {
    for (const Image& image : flow.images) {
      const auto own = written(flow, image);
      for (std::size_t i = 0; i < own.size(); ++i)
        if (own[i] || image.bytes[i] != longest[i]) settled[i] = false;
    }
  }
  for (auto& flow : flows) {
    for (Image& image : flow.images) {
      const auto own = written(flow, image);
      for (std::size_t i = 0; i < own.size(); ++i)
        if (!settled[i] && !own[i]) add(image, i);
    }
  }
}

}  // namespace hopcost::pktgen
