#include "pktgen/io/af_xdp/xsk_ways.h"

#include <algorithm>

#include "pktgen/io/af_xdp/newer_kernel.h"
#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

/// Copy and skb mode differ in where the XDP program is attached; a socket that only sends in these modes
/// needs none.
std::vector<XdpMode> modes_to_try(const XskRequest& r) {
  if (r.mode != XdpMode::kBest) return {r.mode};
  if (!r.receive) return {XdpMode::kZeroCopy, XdpMode::kCopy};
  return {XdpMode::kZeroCopy, XdpMode::kCopy, XdpMode::kSkb};
}

}  // namespace

std::uint32_t bytes_for(const XskRequest& r) noexcept {
  const std::uint32_t before = std::max(r.receive ? kXdpHeadroom : 0, r.metadata ? kTxMetadataBytes : 0);
  return r.mtu + layout::kEthBytes + layout::kVlanBytes + before;
}

std::vector<XskWay> ways_to_try(const XskRequest& r) {
  std::vector<XskWay> ways;
  const bool long_frames = bytes_for(r) > kXskPage;
  for (const XdpMode mode : modes_to_try(r)) {
    if (long_frames) ways.push_back({mode, true});
    if (!long_frames || !r.receive) ways.push_back({mode, false});
  }
  return ways;
}

}  // namespace hopcost::pktgen
