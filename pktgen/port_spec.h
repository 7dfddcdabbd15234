// What --port names: a backend, a device, its namespace and the backend's own options. Includes only base/.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hopcost::pktgen {

/// How an AF_XDP socket is to be bound.
enum class XdpMode { kBest, kZeroCopy, kCopy, kSkb };

struct PortSpec {
  std::string backend;
  std::string device;  ///< Empty for null; for dpdk its device arguments.
  std::string netns;   ///< Empty: the caller's own.
  XdpMode mode = XdpMode::kBest;
  std::uint32_t queue = 0;
  std::uint32_t hugepages_mib = 0;  ///< dpdk: 0 is ordinary pages.
};

/// "BACKEND[:DEVICE[@NETNS]][,mode=MODE][,queue=N]", e.g. "af_xdp:veth0@tester,mode=copy". MODE is best,
/// zero-copy, copy or skb.
/// For dpdk "dpdk:DEVARGS[@[NETNS][,hugepages=MiB]]": all up to the last '@' is DPDK's, commas and all, and
/// options of ours stand behind it, e.g. "dpdk:net_af_xdp,iface=veth0@tester,hugepages=64",
/// "dpdk:net_null@,hugepages=64". Errors: kUsage. Whether the backend is built is not looked at.
[[nodiscard]] Result<PortSpec> parse_port_spec(const std::string& text);

/// As parse_port_spec reads it.
[[nodiscard]] std::string to_string(const PortSpec& spec);

}  // namespace hopcost::pktgen
