// What is sent through a device: RFC 2544's addresses (appendix C), RFC 4814's pseudo-random ports and hosts,
// as pktgen's profiles. Pure. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hopcost::campaign {

/// Which way frames go: from the near port into the device, or from the far one.
enum class Way : std::uint8_t { kForth, kBack };

/// Destinations: hosts of this many networks behind the port that frames come out at; each network has 4
/// addresses.
struct Frames {
  std::string size;  ///< Bytes with FCS, or "imix".
  std::uint32_t networks = 1;
  bool ipv6 = false;
  std::string dst_ip = {};     ///< In place of the networks, as pktgen takes addresses; empty: those.
  std::uint16_t dst_port = 0;  ///< One port with it.
  std::string src_ip = {};     ///< In place of the hosts behind the port frames go in at; empty: those.
  std::uint16_t flow = 0;      ///< 0: 1 forth, 2 back.
};

/// The k-th network behind a port, as a route has it: "198.19.64.0/30", "2001:2:0:8001::/126".
[[nodiscard]] std::string network_of(std::uint32_t k, Way way, bool ipv6);

/// pktgen's short form (doc/profiles.md): one flow of UDP.
[[nodiscard]] std::string profile_of(const Frames& frames, Way way);

/// Mean bytes of a frame with FCS. Errors: kUsage for what is no size, 64 to 9216, or "imix".
[[nodiscard]] Result<double> mean_bytes(const std::string& size, bool ipv6);

/// Frames a second that a link carries at most: RFC 2544 section 20.
[[nodiscard]] double theoretical_fps(double link_bps, double bytes);

}  // namespace hopcost::campaign
