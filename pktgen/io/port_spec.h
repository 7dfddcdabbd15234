// What --port names: a backend, a device, its namespace and the backend's own options. Includes only base/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// How to bind an AF_XDP socket.
enum class XdpMode { kBest, kZeroCopy, kCopy, kSkb };

struct PortSpec {
  std::string backend;
  std::string device;  ///< Empty for null; for dpdk its device arguments.
  std::string netns;   ///< Empty: the caller's own.
  XdpMode mode = XdpMode::kBest;
  std::vector<std::uint32_t> queues = {0};  ///< At least one; each has a worker.
  bool names_queues = false;        ///< False: af_xdp receives on all queues of the device, with one worker.
  std::uint32_t busy_poll_us = 0;   ///< af_xdp; 0: no busy polling.
  std::uint32_t frames = 0;         ///< af_xdp: frames of each queue and direction; 0: 1024.
  std::uint32_t hugepages_mib = 0;  ///< dpdk; 0: ordinary pages.
  std::uint32_t limit_mbps = 0;     ///< dpdk: rate limit of each queue, kept by the NIC; 0: none.
  bool any_carrier = false;         ///< af_packet, af_xdp, dpdk: a carrier that goes does not end a run.

  friend bool operator==(const PortSpec&, const PortSpec&) = default;
};

/// "BACKEND[:DEVICE[@NETNS]][,mode=MODE][,queue=LIST][,busy-poll=US][,frames=N][,carrier=any]", e.g.
/// "af_xdp:veth0@tester,mode=copy,queue=0-3". MODE is best, zero-copy, copy or skb; LIST as
/// parse_number_list() reads it. For dpdk
/// "dpdk:DEVARGS[@[NETNS][,hugepages=MiB][,limit=MBIT][,queue=LIST][,carrier=any]]":
/// everything up to the last '@' goes to DPDK, commas included; our own options follow it, e.g.
/// "dpdk:net_af_xdp,iface=veth0@tester,hugepages=64", "dpdk:net_null@,hugepages=64".
/// "pcap:FILE" has no options: a file's name may hold any of these signs. Errors: kUsage. Does not check
/// whether the backend is built.
[[nodiscard]] Result<PortSpec> parse_port_spec(const std::string& text);

/// The text that parse_port_spec() reads as `spec`.
[[nodiscard]] std::string to_string(const PortSpec& spec);

}  // namespace hopcost::pktgen
