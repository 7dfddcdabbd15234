// What --port names: a backend, a device, its namespace and the backend's own options. Includes only base/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// How an AF_XDP socket is to be bound.
enum class XdpMode { kBest, kZeroCopy, kCopy, kSkb };

struct PortSpec {
  std::string backend;
  std::string device;  ///< Empty for null; for dpdk its device arguments.
  std::string netns;   ///< Empty: the caller's own.
  XdpMode mode = XdpMode::kBest;
  std::vector<std::uint32_t> queues = {0};  ///< At least one; a worker each.
  bool names_queues = false;                ///< Else af_xdp receives on all there are, by one worker.
  std::uint32_t busy_poll_us = 0;           ///< af_xdp: 0 is not at all.
  std::uint32_t frames = 0;                 ///< af_xdp: of each queue and direction; 0: 1024.
  std::uint32_t hugepages_mib = 0;          ///< dpdk: 0 is ordinary pages.
  std::uint32_t limit_mbps = 0;             ///< dpdk: what the NIC keeps each queue to; 0 is nothing.

  friend bool operator==(const PortSpec&, const PortSpec&) = default;
};

/// "BACKEND[:DEVICE[@NETNS]][,mode=MODE][,queue=LIST][,busy-poll=US][,frames=N]", e.g.
/// "af_xdp:veth0@tester,mode=copy,queue=0-3". MODE is best, zero-copy, copy or skb; LIST as
/// parse_number_list() reads it. For dpdk "dpdk:DEVARGS[@[NETNS][,hugepages=MiB][,limit=MBIT][,queue=LIST]]":
/// all up to the last '@' is DPDK's, commas and all, and options of ours stand behind it, e.g.
/// "dpdk:net_af_xdp,iface=veth0@tester,hugepages=64", "dpdk:net_null@,hugepages=64".
/// "pcap:FILE" has no options: a file's name may hold any of these signs. Errors: kUsage. Whether the backend
/// is built is not looked at.
[[nodiscard]] Result<PortSpec> parse_port_spec(const std::string& text);

/// As parse_port_spec reads it.
[[nodiscard]] std::string to_string(const PortSpec& spec);

}  // namespace hopcost::pktgen
