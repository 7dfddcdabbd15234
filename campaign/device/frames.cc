#include "campaign/device/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "base/quantity.h"

namespace hopcost::campaign {
namespace {

constexpr std::uint32_t kHostsEach = 4;  // addresses of a /30 or /126
constexpr std::uint32_t kLeast = 64, kLeastIpv6 = 84, kMost = 9216;
constexpr double kOnTheWire = 20;  // preamble, start of frame, gap
constexpr std::uint32_t kFirstPort = 1024, kLastPort = 65535;
constexpr std::uint16_t kEchoPort = 7;  // RFC 2544 appendix C

/// The address that is `n` above 198.19.64.0 (forth) or 198.18.64.0 (back).
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

/// The n-th destination as it stands in frames, behind a translator under its prefix.
std::string destination(const Frames& f, std::uint32_t n, Way way) {
  if (f.prefix.empty()) return address(n, way, f.ipv6);
  return fmt::format("{}c613:{:x}", f.prefix, 0x4000 + n);  // 198.19.64.n in RFC 6052's form
}

struct Extension {
  const char* name;
  const char* layers;
  std::uint32_t bytes;
};
/// RFC 5180 section 5.3: each header alone, and a chain of routing (24 bytes), destination options and
/// fragment.
constexpr Extension kLayers[] = {
    {"hop-by-hop", "/ipv6-hop-by-hop", 8},
    {"dest-options", "/ipv6-dest-options", 8},
    {"routing", "/ipv6-routing(data=00000000000000000000000000000000)", 24},
    {"fragment", "/ipv6-fragment", 8},
    {"chain", "/ipv6-routing(data=00000000000000000000000000000000)/ipv6-dest-options/ipv6-fragment", 40},
};

const Extension* extension_of(const Frames& f) {
  const auto at = std::ranges::find(kLayers, f.extension, &Extension::name);
  return at == std::end(kLayers) ? nullptr : at;
}

/// A list of `n` different ports in an order drawn from `seed`.
std::string ports_of(std::uint32_t n, std::uint64_t seed) {
  std::mt19937_64 draw(seed);
  std::set<std::uint64_t> taken;
  std::string list;
  while (taken.size() < n) {
    const std::uint64_t port = kFirstPort + draw() % (kLastPort - kFirstPort + 1);
    if (taken.insert(port).second) list += fmt::format("{}{}", list.empty() ? "" : "|", port);
  }
  return list;
}

/// Addresses and ports of a flow: source, destination, source port, destination port.
struct Ends {
  std::string from, to, src_port, dst_port;
};

Ends random_ends(const Frames& f, Way way) {
  const bool forth = way == Way::kForth;
  Ends e{
      .from = f.ipv6 ? fmt::format("~2001:2:0:{0}::2..2001:2:0:{0}::{1}", forth ? "0" : "8000",
                                   f.prefix.empty() ? "ffff" : "fe")  // a translator's pool is small
                     : fmt::format("~198.{0}.1.2..198.{0}.1.254", forth ? 18 : 19),
      .to = fmt::format("~{}..{}", destination(f, 1, way), destination(f, f.networks * kHostsEach - 2, way)),
      .src_port = "~1024..65535",
      .dst_port = "~1..49151"};
  return e;
}

/// The n-th frame belongs to connection n modulo their number: so the number of destinations must divide it.
Ends bounded_ends(const Frames& f, Way way) {
  const bool forth = way == Way::kForth;
  std::uint32_t hosts = std::min(f.connections, f.networks * kHostsEach - 2);
  while (f.connections % hosts != 0) --hosts;
  return {.from = f.ipv6  ? (forth ? "2001:2::2" : "2001:2:0:8000::2")
                  : forth ? "198.18.1.2"
                          : "198.19.1.2",
          .to = fmt::format("{}..{}", destination(f, 1, way), destination(f, hosts, way)),
          .src_port = ports_of(f.connections, f.seed),
          .dst_port = std::to_string(kEchoPort)};
}

std::string size_of(const Frames& f) {
  if (f.size == "imix") return f.ipv6 ? "imix-v6" : f.size;
  const auto bytes = parse_whole(f.size);
  return bytes && *bytes > f.shorter ? std::to_string(*bytes - f.shorter) : f.size;
}

/// Sets of frame sizes: three for a first answer; those that the standards ask for: RFC 2544 section 9.1; RFC
/// 5180 section 5.1, with a VLAN tag and jumbo frames; RFC 8219 section 5.1.
struct SizeSet {
  const char* name;
  std::vector<const char*> sizes;
};
const SizeSet kSizeSets[] = {
    {"quick", {"64", "512", "1518"}},
    {"rfc2544", {"64", "128", "256", "512", "1024", "1280", "1518"}},
    {"rfc5180", {"64", "128", "256", "512", "1024", "1280", "1518", "1522", "4096", "8192", "9216"}},
    {"rfc8219",
     {"64", "128", "256", "512", "768", "1024", "1280", "1518", "1522", "2048", "4096", "8192", "9216"}}};

}  // namespace

std::string network_of(std::uint32_t k, Way way, bool six) {
  return address(k * kHostsEach, way, six) + (six ? "/126" : "/30");
}

std::string translated_network_of(std::uint32_t k, const std::string& prefix) {
  return fmt::format("{}c612:{:x}/126", prefix, 0x4000 + k * kHostsEach);  // of 198.18.64.0/18
}

std::string translated_hosts(const std::string& prefix) {
  return fmt::format("~{0}c612:102..{0}c612:1fe", prefix);  // of 198.18.1.0/24
}

std::string profile_of(const Frames& f, Way way) {
  Ends e = f.connections > 0 ? bounded_ends(f, way) : random_ends(f, way);
  if (!f.dst_ip.empty()) e.to = f.dst_ip;
  if (!f.src_ip.empty()) e.from = f.src_ip;
  if (f.dst_port != 0) e.dst_port = std::to_string(f.dst_port);
  std::string layers = "eth";
  if (const auto comma = f.outer.find(','); comma != std::string::npos)
    layers += fmt::format("/ipv4(src={},dst={},ttl=10)", f.outer.substr(0, comma), f.outer.substr(comma + 1));
  layers += fmt::format("/{}(src={},dst={},{}=10)", f.ipv6 ? "ipv6" : "ipv4", e.from, e.to,
                        f.ipv6 ? "hop_limit" : "ttl");
  if (const Extension* const extension = extension_of(f)) layers += extension->layers;
  const int flow = f.flow != 0 ? f.flow : way == Way::kForth ? 1 : 2;
  std::string profile = fmt::format("{}/udp(src_port={},dst_port={}) size={} id={}", layers, e.src_port,
                                    e.dst_port, size_of(f), flow);
  if (f.broadcast)
    profile += fmt::format(
        " weight=99; eth(dst=ff:ff:ff:ff:ff:ff)/ipv4(src={},dst=255.255.255.255)/udp "
        "size={} id={} probe=no",
        way == Way::kForth ? "198.18.1.2" : "198.19.1.2", size_of(f), kBroadcastFlow);
  return profile;
}

std::uint32_t least_bytes(const Frames& f) {
  const Extension* const extension = extension_of(f);
  return (f.ipv6 ? kLeastIpv6 : kLeast) + (extension != nullptr ? extension->bytes : 0) +
         (f.outer.empty() ? 0 : kTunnelAdds);
}

Result<double> mean_bytes(const std::string& size, const Frames& f) {
  const std::uint32_t least = least_bytes(f);
  const bool plain = least == (f.ipv6 ? kLeastIpv6 : kLeast);
  if (size == "imix" && plain) return (least * 7 + 594 * 4 + 1518) / 12.0;
  const auto bytes = parse_whole(size);
  if (!bytes || *bytes < least || *bytes > kMost)
    return error(Exit::kUsage, fmt::format("{} is no size of these frames", size),
                 fmt::format("{} to {} bytes with FCS{}", least, kMost, plain ? ", or imix" : ""));
  return *bytes;
}

double theoretical_fps(double link_bps, double bytes) {
  return link_bps / (8 * (bytes + kOnTheWire));
}

std::vector<std::string> frame_sizes(const std::string& list, const Frames& f) {
  const std::uint32_t least = least_bytes(f);
  std::vector<std::string> sizes;
  const auto add = [&](const std::string& size) {
    if (std::ranges::find(sizes, size) == sizes.end()) sizes.push_back(size);
  };
  for (const std::string& word : split(list, ',')) {
    const auto set = std::ranges::find_if(kSizeSets, [&](const SizeSet& s) { return word == s.name; });
    if (set == std::end(kSizeSets)) add(word);
    if (set == std::end(kSizeSets)) continue;
    for (const std::string size : set->sizes)
      add(parse_whole(size).value_or(0) < least ? std::to_string(least) : size);
  }
  return sizes;
}

}  // namespace hopcost::campaign
