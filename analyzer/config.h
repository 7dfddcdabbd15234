// What a person asked for, as plain data. Nothing below main sees the command line's parser.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/match/match.h"
#include "analyzer/tap/tap.h"
#include "base/local_address.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// The kinds of tap that hand out frames: the one that is chosen where frames are needed, and libpcap's.
inline constexpr const char* kFrameKind = "af_packet";
inline constexpr const char* kLibpcapKind = "libpcap";

/// The window over the control channel: there is one a lane, and a slot has some thousand packets.
inline constexpr std::size_t kControlWindow = 8192;
/// Rings over the control channel: control_ring_bytes() of analyzer/watch/memory_share.h. A kind whose ring
/// is of blocks holds 128 ms of packets, however few there are. A kind whose ring is split by CPU holds this
/// many events a CPU: 200 ms at 20 kpps. A reader that shares its CPU may be held up for some 50 ms.
inline constexpr std::size_t kControlRingBytes = std::size_t{2} << 20;
/// On a machine with little memory. A run of host, veth, bridge and macvlan has ten taps open at a time, and
/// the analyzer is to stay within 16 MiB.
inline constexpr std::size_t kSmallControlRingBytes = kMinRingBytes;
inline constexpr std::uint32_t kControlEvents = 4096;

/// Taps of one path; bounded by the width of the correlator's marks.
inline constexpr std::size_t kMaxTaps = 16;

struct Config {
  bool control = false;
  bool list_taps = false;
  std::vector<TapSpec> taps;  ///< In the order a packet passes them.
  std::vector<UdpEnd> sinks;  ///< Their datagrams are taken and dropped, so that no ICMP error is sent.
  TapOptions tap_options;
  Match match = Match::kProbe;
  std::string filter;                         ///< pcap-filter(7), or empty.
  std::string write;                          ///< pcapng file, or empty.
  std::uint64_t write_every = 1;              ///< Writes only packets whose number is a multiple of it.
  std::size_t window = std::size_t{1} << 16;  ///< Packets under way at once that a lane remembers.
  std::size_t max_flows = 64;                 ///< Flows that are told apart; further ones are counted.
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::chrono::nanoseconds> interval;
  std::string hdr_log;       ///< File, or empty.
  bool fit_clocks = false;   ///< Capture files were written by different clocks.
  std::optional<bool> live;  ///< The live view; not set: on a terminal, unless json, quiet or interval is.
  std::optional<LocalAddress> metrics;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

/// NAME=DEVICE[@NETNS][:in[/tc|/xdp]|:out[/tc]|:TRACEPOINT], NAME=udp/PORT[@NETNS],
/// NAME=pcap:FILE[#INTERFACE] or NAME=libpcap:DEVICE[@NETNS][:in|:out]. Errors: kUsage showing the form.
[[nodiscard]] Result<TapSpec> parse_tap(std::string_view text);
/// PORT[@NETNS], PORT 1..65535. Errors: kUsage.
[[nodiscard]] Result<UdpEnd> parse_sink(std::string_view text);

/// Whether the taps are capture files.
[[nodiscard]] inline bool is_offline(const Config& config) {
  return !config.taps.empty() && !config.taps.front().file.empty();
}

/// Whether taps must hand out frames, which not every kind does.
[[nodiscard]] inline bool needs_frames(const Config& config) {
  return config.match != Match::kProbe || !config.write.empty() || !config.filter.empty();
}

/// Pure checks of the whole. Errors: kUsage.
[[nodiscard]] Result<void> validate(const Config& config);
/// No name twice, none empty, at most kMaxTaps. Errors: kUsage.
[[nodiscard]] Result<void> validate_taps(const std::vector<TapSpec>& taps);

}  // namespace hopcost::analyzer
