// The command line as one plain value. What a person left out is empty here and is filled in later, some of
// it from the device.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hopcost::pktgen {

/// Options of "pktgen show".
struct ShowConfig {
  bool asked = false;
  bool verbose = false;
  std::string pcap;  ///< Capture file to write; empty: none; "-": standard output, without text.
};

/// Options of "pktgen reflect", besides those it shares with a run.
struct ReflectConfig {
  bool asked = false;
  std::string port;
  int cpu = -1;
};

struct Config {
  ShowConfig show;
  ReflectConfig reflect;
  bool control = false;
  bool list_backends = false;
  bool json = false;
  bool quiet = false;

  std::vector<std::string> ports;
  std::vector<std::string> rx_ports;  ///< Where probes are received; empty: nowhere. As `ports`: round trip.
  std::string netns;                  ///< For ports that name none.
  std::string i_mean_it;

  std::string dst_mac, src_mac;
  std::string dst_ip, src_ip;
  std::uint32_t dst_port = 9, src_port = 9;
  std::uint32_t flow = 1;
  std::uint32_t size = 0;  ///< Bytes with FCS; 0: the least that holds the probe.
  std::string profile;     ///< Empty: one fixed frame, by the options above.

  std::string rate;  ///< Empty: the profile's or the capture's, else as fast as possible.
  std::string train, turns;
  std::string gap = "constant";
  std::uint32_t burst = 1;
  std::optional<std::uint64_t> count;
  std::optional<std::string> duration;
  std::optional<std::uint64_t> seed;
  bool no_stamp = false;
  std::string linger = "200ms";

  std::string replay;  ///< Empty: none.
  double speed = 1;
  std::string max_gap;  ///< Empty: as long as recorded.
  std::uint64_t loops = 1;
  std::string write, rx_write;
  std::string filter;  ///< Which frames of `replay`, or for `rx_write`; empty: all.
  std::string stats_interval;
  std::string control_socket, metrics;  ///< Empty: none.
  bool paused = false;
  std::string hdr_log;  ///< Empty: none.

  std::string cpu, rx_cpu;  ///< Lists of CPUs, one per worker; empty: any.
};

}  // namespace hopcost::pktgen
