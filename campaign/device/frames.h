// What is sent through a device: RFC 2544's addresses (appendix C), RFC 4814's pseudo-random ports and hosts,
// as pktgen's profiles. Pure. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hopcost::campaign {

/// An IPv6 header less an IPv4 one: what SIIT takes off or puts on (RFC 7915).
inline constexpr std::uint32_t kTranslatorAdds = 20;

/// Which way frames go: from the near port into the device, or from the far one.
enum class Way : std::uint8_t { kForth, kBack };

/// What stands between IPv6's header and UDP's (RFC 5180 section 5.3), by the names of --extension.
inline constexpr const char* kExtensions[] = {"hop-by-hop", "dest-options", "routing", "fragment", "chain"};

/// The broadcast frames' flow; they hold no probe.
inline constexpr std::uint16_t kBroadcastFlow = 99;

/// Destinations: hosts of this many networks behind the port that frames come out at; each network has 4
/// addresses.
struct Frames {
  std::string size = {};  ///< Bytes with FCS, or "imix".
  std::uint32_t networks = 1;
  bool ipv6 = false;
  std::string dst_ip = {};     ///< In place of the networks, as pktgen takes addresses; empty: those.
  std::uint16_t dst_port = 0;  ///< One port with it.
  std::string src_ip = {};     ///< In place of the hosts behind the port frames go in at; empty: those.
  std::uint16_t flow = 0;      ///< 0: 1 forth, 2 back.
  /// So many pairs of addresses and ports, again and again, for a device that keeps state of each; 0: others
  /// in each frame.
  std::uint32_t connections = 0;
  std::uint64_t seed = 1;      ///< Of the connections' ports.
  std::string extension = {};  ///< One of kExtensions, of IPv6; empty: none.
  std::string prefix =
      {};  ///< Of a translator to IPv4, "2001:2:0:6464::": IPv4 networks behind it. Empty: none.
  std::uint32_t shorter = 0;  ///< Bytes that a frame has less than the size: what a translator adds to it.
  bool broadcast =
      false;  ///< Each hundredth frame goes to everybody, and counts nowhere (RFC 2544 section 11.1).
  std::string outer =
      {};  ///< "SRC,DST": IPv6 frames go in IPv4 packets between these (RFC 4213). Empty: as they are.
};

/// The k-th network behind a port, as a route has it: "198.19.64.0/30", "2001:2:0:8001::/126".
[[nodiscard]] std::string network_of(std::uint32_t k, Way way, bool ipv6);

/// The k-th network behind the near port of a stateless translator, as IPv6 hosts have it under its prefix.
[[nodiscard]] std::string translated_network_of(std::uint32_t k, const std::string& prefix);
/// The hosts behind that port, as pktgen takes addresses.
[[nodiscard]] std::string translated_hosts(const std::string& prefix);

/// pktgen's short form (doc/profiles.md): one flow of UDP.
[[nodiscard]] std::string profile_of(const Frames& frames, Way way);

/// Bytes with FCS of the smallest frame that has these headers and a probe.
[[nodiscard]] std::uint32_t least_bytes(const Frames& frames);

/// Mean bytes of a frame with FCS. Errors: kUsage for what is no size, the least to 9216, or "imix".
[[nodiscard]] Result<double> mean_bytes(const std::string& size, const Frames& frames);

/// Frames a second that a link carries at most: RFC 2544 section 20.
[[nodiscard]] double theoretical_fps(double link_bps, double bytes);

}  // namespace hopcost::campaign
