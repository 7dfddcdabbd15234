// A probe frame that is built once and then patched for each packet. make() may allocate; stamp() is the hot
// path. Immutable once made, so any thread may read one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "wire/address.h"
#include "wire/checksum.h"
#include "wire/layout.h"
#include "wire/probe.h"

namespace hopcost {

/// The parts of a probe frame. Both addresses must be of one family.
struct FrameSpec {
  std::uint32_t size = 64;  ///< Bytes with FCS, as RFC 2544 section 9 counts.
  MacAddress src_mac, dst_mac;
  IpAddress src_ip, dst_ip;
  std::uint16_t src_port = 9;  ///< 9 is discard (RFC 863).
  std::uint16_t dst_port = 9;
  std::uint16_t flow = 0;
};

/// Smallest FrameSpec::size that holds headers and probe: 64 over IPv4, 84 over IPv6.
[[nodiscard]] constexpr std::uint32_t min_frame_size(bool v6) noexcept {
  using namespace layout;
  const std::size_t headers = kEthBytes + (v6 ? kIpv6Bytes : kIpv4Bytes) + kUdpBytes;
  return static_cast<std::uint32_t>(headers + kProbeBytes) + kFcsBytes;
}

/// Largest FrameSpec::size for a device's MTU, which counts neither the Ethernet header nor FCS.
[[nodiscard]] constexpr std::uint32_t max_frame_size(std::uint32_t mtu) noexcept {
  return mtu + static_cast<std::uint32_t>(layout::kEthBytes) + kFcsBytes;
}

/// One UDP probe frame with right lengths and checksums, and all that is needed to renumber copies of it.
class FrameTemplate {
 public:
  /// Errors: kUsage when the size is below the minimum (named) or above what `mtu` allows, or when the
  /// addresses' families differ.
  [[nodiscard]] static Result<FrameTemplate> make(const FrameSpec& spec, std::uint32_t mtu);

  /// The frame without FCS, its probe numbered 0 at time 0.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  operator std::span<const std::byte>() const noexcept { return bytes_; }
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(bytes_.size()); }
  [[nodiscard]] std::uint16_t flow() const noexcept { return static_cast<std::uint16_t>(flow_word_ >> 48); }

  /// Whether stamp() can turn a frame of `other` into one of this: they may only differ in the flow.
  [[nodiscard]] bool renumbers(const FrameTemplate& other) const;

  /// Writes number and time into a copy of bytes(): two stores of 8 bytes and one of 2. The UDP checksum is
  /// computed from the frame's constant part (RFC 1624 starts from the old checksum instead), so the probe's
  /// old contents do not matter. `frame` points at size() bytes. `tx_ns` is CLOCK_REALTIME. Bits of
  /// `sequence` above the 48th are dropped.
  void stamp(std::byte* frame, std::uint64_t sequence, std::uint64_t tx_ns) const noexcept {
    const std::uint64_t number = big_endian(flow_word_ | (sequence & kProbeSequenceMask));
    const std::uint64_t time = big_endian(tx_ns);
    std::memcpy(frame + number_offset_, &number, sizeof number);
    std::memcpy(frame + number_offset_ + sizeof number, &time, sizeof time);
    // At an odd distance from the UDP header each byte is in the other half of its 16-bit word; rotating by 8
    // corrects that (RFC 1071 section 2B).
    const std::uint64_t probe_sum = std::rotl(ones_add(number, time), odd_rotation_);
    const std::uint16_t checksum = udp_checksum_of(ones_add(constant_sum_, probe_sum));
    std::memcpy(frame + checksum_offset_, &checksum, sizeof checksum);
  }

 private:
  FrameTemplate() = default;

  std::uint64_t constant_sum_ = 0;  // native-order sum of all that is covered but number and time
  std::uint64_t flow_word_ = 0;     // flow in the top 16 bits
  std::uint32_t number_offset_ = 0;
  std::uint32_t checksum_offset_ = 0;
  int odd_rotation_ = 0;  // 0, or 8 when the probe begins at an odd distance from the UDP header
  std::vector<std::byte> bytes_;
};

}  // namespace hopcost
