// The frames that are sent through a device, as pktgen profiles: RFC 2544's addresses (appendix C), with the
// pseudo-random ports and hosts of RFC 4814. Pure. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// The difference between an IPv6 and an IPv4 header, in bytes, which SIIT adds or removes (RFC 7915).
inline constexpr std::uint32_t kTranslatorAdds = 20;
/// The IPv4 header around an IPv6 packet in a 6in4 tunnel, in bytes (RFC 4213).
inline constexpr std::uint32_t kTunnelAdds = 20;

/// The direction of frames: into the device from the near port, or from the far one.
enum class Way : std::uint8_t { kForth, kBack };

/// The extension headers between IPv6 and UDP (RFC 5180 section 5.3), by their --extension names.
inline constexpr const char* kExtensions[] = {"hop-by-hop", "dest-options", "routing", "fragment", "chain"};

/// Flow id of the broadcast frames, which hold no probe.
inline constexpr std::uint16_t kBroadcastFlow = 99;

/// One flow's frames. By default they go to hosts of `networks` networks behind the port where frames come
/// out; each network has 4 addresses.
struct Frames {
  std::string size = {};  ///< Bytes with FCS, or "imix".
  std::uint32_t networks = 1;
  bool ipv6 = false;
  std::string dst_ip = {};     ///< Destinations in place of those networks, as pktgen takes addresses; empty:
                               ///< the networks.
  std::uint16_t dst_port = 0;  ///< The destination port; 0: random ones, or the echo port with `connections`.
  std::string src_ip = {};     ///< Sources in place of the hosts behind the port where frames go in; empty:
                               ///< these hosts.
  std::uint16_t flow = 0;      ///< Flow id; 0 stands for 1 forth and 2 back.
  /// How many pairs of addresses and ports are repeated in turn, for a device that keeps state for each; 0:
  /// frames get other ones each time.
  std::uint32_t connections = 0;
  std::uint64_t seed = 1;      ///< Seed for the connections' ports.
  std::string extension = {};  ///< One of kExtensions, for IPv6; empty: none.
  /// The prefix of a translator to IPv4, such as "2001:2:0:6464::", with the IPv4 networks behind it; empty:
  /// no translator.
  std::string prefix = {};
  std::uint32_t shorter =
      0;  ///< By how many bytes frames are shorter than `size`: what a translator or tunnel adds.
  /// One frame in a hundred is a broadcast, which is in no count (RFC 2544 section 11.1).
  bool broadcast = false;
  /// "SRC,DST": IPv6 packets are sent inside IPv4 packets between these addresses (RFC 4213); empty: they are
  /// not.
  std::string outer = {};
};

/// The k-th network behind the port where frames of this direction come out, in the form of a route:
/// "198.19.64.0/30", "2001:2:0:8001::/126".
[[nodiscard]] std::string network_of(std::uint32_t k, Way way, bool ipv6);

/// The k-th network behind the near port of a stateless translator, under `prefix`, as IPv6 hosts see it.
[[nodiscard]] std::string translated_network_of(std::uint32_t k, const std::string& prefix);
/// The hosts behind that port, as pktgen takes addresses.
[[nodiscard]] std::string translated_hosts(const std::string& prefix);

/// The frames as a profile in pktgen's short form (doc/profiles.md): one flow of UDP, and one of broadcast
/// frames where wanted.
[[nodiscard]] std::string profile_of(const Frames& frames, Way way);

/// Size in bytes, with FCS, of the smallest frame with these headers and a probe.
[[nodiscard]] std::uint32_t least_bytes(const Frames& frames);

/// The sizes of a list, each once: "512,1518", "imix", or all that a standard asks for ("rfc2544", "rfc5180",
/// "rfc8219"), or three of these ("quick"). Of such a set, sizes below least_bytes() of the frames become
/// that.
[[nodiscard]] std::vector<std::string> frame_sizes(const std::string& list, const Frames& frames);

/// Mean size in bytes, with FCS, for `size`: least_bytes() to 9216, or "imix" for frames without additional
/// headers. Errors: kUsage for anything else.
[[nodiscard]] Result<double> mean_bytes(const std::string& size, const Frames& frames);

/// The most frames per second that a link carries (RFC 2544 section 20). `bytes`: with FCS.
[[nodiscard]] double theoretical_fps(double link_bps, double bytes);

}  // namespace hopcost::campaign
