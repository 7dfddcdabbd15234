// What "hopcost device" is asked to do, as one plain value. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// The tests, each by the name the command line knows.
inline constexpr const char* kDeviceTests[] = {"throughput", "latency", "loss",       "back-to-back",
                                               "recovery",   "reset",   "congestion", "forwarding",
                                               "caching",    "learning"};
/// Those that "all" leaves out: they want a command, or more ports.
inline constexpr const char* kNotOfAll[] = {"reset", "congestion", "caching", "learning"};

struct DeviceConfig {
  std::vector<std::string> tests;
  /// Where the tester's frames enter the device, and where they come out: two of pktgen's port specs, and a
  /// third one where a switch floods; of congestion in, in, out, out. Empty with `dut`.
  std::vector<std::string> ports;
  std::string dst_mac;  ///< With `ports`: the device's, where frames enter; in both directions "MAC,MAC".
  std::string dut;      ///< A topology: its name or file. Empty with `ports`.
  std::string backend = "af_packet";  ///< Of the tester's ports, with `dut`: one of kWireBackends.
  std::filesystem::path topologies;
  std::uint32_t routes =
      1;  ///< Networks behind the far port that frames go to, 1 to 10000; with `dut` they are made.
  std::string profile;  ///< In place of the frames of RFC 2544; flows and addresses are its own.
  bool ipv6 = false;
  std::uint32_t connections = 0;  ///< Pairs of addresses and ports, again and again; 0: others in each frame.
  std::string extension;          ///< One of kExtensions; empty: none.
  std::string outer;              ///< "SRC,DST": IPv6 frames go in IPv4 packets between these; empty: none.
  bool broadcast = false;         ///< One frame in a hundred goes to everybody.
  bool learning = false;          ///< Learning frames before each trial; of a bridge that is built always.
  std::vector<std::string> modifiers = {"none"};  ///< Of kModifiers: each test is made with each of them.
  bool bidirectional = false;  ///< The same load from the far port to the near one at the same time.

  std::vector<std::string> sizes;                ///< Bytes with FCS, or "imix".
  std::vector<std::string> goals = {"rfc2544"};  ///< Of the throughput search: kGoals.
  double trial_s = 60;                           ///< Of a trial at full length.
  double initial_s = 0;                          ///< Of a search's first trials; 0: trial_s.
  double linger_s = 2;                           ///< For stragglers, at most.
  double pause_s = 5;                            ///< Between trials.
  std::uint32_t searches = 1;                    ///< For the throughput, one after the other.
  double width = 0.005;                          ///< Of a search's result, relative.
  double max_fps = 0;                            ///< The highest load; 0: what the tester can do alone.
  double rate_fps = 0;     ///< Of latency, back-to-back, recovery and reset; 0: the throughput,
                           ///< searched first. Of congestion; 0: the highest load.
  double link_bps = 10e9;  ///< For the theoretical rate.
  double loss_step = 0.1;  ///< Of the loss curve, as a share of the highest load.
  std::uint32_t repeats = 20;
  std::uint32_t addresses = 8192;  ///< Of caching, at most.
  double ageing_s = 300;           ///< After which a device that is not built has forgotten an address.
  double longest_burst_s = 2;      ///< At the highest load.
  std::string reset_command;       ///< A shell's words that reset the device; for "reset".
  bool quick = false;

  int cpu = -1;  ///< The sender's; -1: the last one.
  std::uint64_t seed = 1;
  std::filesystem::path out;
  bool resume = false, json = false, quiet = false;
};

/// What sends to and receives from a topology's devices; dpdk by its driver net_af_xdp. xdp sends one fixed
/// frame, in bursts, and af_packet receives.
inline constexpr const char* kWireBackends[] = {"af_packet", "af_xdp", "dpdk", "xdp"};
/// RFC 2544 section 11, one at a time: filters in a device that is built, and a query a second to it.
inline constexpr const char* kModifiers[] = {"none", "1-filter", "25-filters", "management"};
inline constexpr const char* kGoals[] = {"rfc2544", "tst009", "ndr", "pdr"};
inline constexpr std::uint32_t kMostRoutes = 10'000, kMostConnections = 10'000, kMostAddresses = 1'000'000;
inline constexpr unsigned kMostSearches = 100, kMostRepeats = 10'000;
/// So many are in 198.19.64.0/18; those behind them are in 198.19.128.0/17.
inline constexpr std::uint32_t kRoutesOf18 = 4096;

}  // namespace hopcost::campaign
