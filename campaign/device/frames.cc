#include "campaign/device/frames.h"

#include <fmt/format.h>

#include "base/quantity.h"

namespace hopcost::campaign {
namespace {

constexpr std::uint32_t kHostsEach = 4;  // addresses of a /30 or /126
constexpr std::uint32_t kLeastIpv6 = 84, kLeast = 64, kMost = 9216;
constexpr double kOnTheWire = 20;  // preamble, start of frame, gap

/// The address `n` above the first that is behind the port: 198.18.64.0 or 198.19.64.0 on.
std::string ipv4(std::uint32_t n, Way way) {
  return fmt::format("198.{}.{}.{}", way == Way::kForth ? 19 : 18, 64 + n / 256, n % 256);
}

/// 2001:2::/49 is for the near side, the rest of 2001:2::/48 for the far one (RFC 5180 section 8).
std::string ipv6(std::uint32_t n, Way way) {
  return fmt::format("2001:2:0:{}::{:x}", way == Way::kForth ? "8001" : "1", n);
}

std::string address(std::uint32_t n, Way way, bool six) {
  return six ? ipv6(n, way) : ipv4(n, way);
}

}  // namespace

std::string network_of(std::uint32_t k, Way way, bool six) {
  return address(k * kHostsEach, way, six) + (six ? "/126" : "/30");
}

std::string profile_of(const Frames& f, Way way) {
  const std::string layer = f.ipv6 ? "ipv6" : "ipv4";
  const std::string hops = f.ipv6 ? "hop_limit" : "ttl";
  const std::string size = f.size == "imix" && f.ipv6 ? "imix-v6" : f.size;
  std::string to = f.dst_ip;
  if (to.empty())
    to = fmt::format("~{}..{}", address(1, way, f.ipv6), address(f.networks * kHostsEach - 2, way, f.ipv6));
  std::string from = f.src_ip;
  if (from.empty())
    from = f.ipv6 ? fmt::format("~2001:2:0:{0}::2..2001:2:0:{0}::ffff", way == Way::kForth ? "0" : "8000")
                  : fmt::format("~198.{0}.1.2..198.{0}.1.254", way == Way::kForth ? 18 : 19);
  const std::string port = f.dst_port != 0 ? std::to_string(f.dst_port) : "~1..49151";
  return fmt::format("eth/{}(src={},dst={},{}=10)/udp(src_port=~1024..65535,dst_port={}) size={} id={}",
                     layer, from, to, hops, port, size,
                     f.flow != 0          ? f.flow
                     : way == Way::kForth ? 1
                                          : 2);
}

Result<double> mean_bytes(const std::string& size, bool six) {
  if (size == "imix") return ((six ? 84 : 64) * 7 + 594 * 4 + 1518) / 12.0;
  const auto bytes = parse_whole(size);
  const std::uint32_t least = six ? kLeastIpv6 : kLeast;
  if (!bytes || *bytes < least || *bytes > kMost)
    return error(Exit::kUsage, fmt::format("{} is no frame size of {}", size, six ? "IPv6" : "IPv4"),
                 fmt::format("{} to {} bytes with FCS, or imix", least, kMost));
  return *bytes;
}

double theoretical_fps(double link_bps, double bytes) {
  return link_bps / (8 * (bytes + kOnTheWire));
}

}  // namespace hopcost::campaign
