// What "hopcost device" is asked to do: one plain value. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// The names of the tests on the command line.
inline constexpr const char* kDeviceTests[] = {"throughput", "latency", "loss",       "back-to-back",
                                               "recovery",   "reset",   "congestion", "forwarding",
                                               "caching",    "learning"};
/// Tests that "all" leaves out, because they need a command or more ports.
inline constexpr const char* kNotOfAll[] = {"reset", "congestion", "caching", "learning"};

struct DeviceConfig {
  std::vector<std::string> tests;
  /// With a device that is there already: two of pktgen's port specs, where the tester's frames enter the
  /// device and where they come out; a third one is watched for floods. Or 4 to kMostPorts: all inputs, then
  /// as many outputs. Empty with `dut`.
  std::vector<std::string> ports;
  std::string dst_mac;  ///< With `ports`: the device's MAC address where frames enter; for both directions
                        ///< "MAC,MAC", for several inputs one of each.
  std::string dut;      ///< A topology to build: its name or file. Empty with `ports`.
  std::string backend = "af_packet";  ///< With `dut`: the backend of the tester's ports, one of
                                      ///< kWireBackends.
  std::filesystem::path topologies;
  /// How many networks behind the far port frames go to, 1 to 10000; with `dut` they are made.
  std::uint32_t routes = 1;
  std::string profile;  ///< A pktgen profile to send in place of RFC 2544's frames, with its own flows and
                        ///< addresses.
  bool ipv6 = false;
  std::uint32_t connections = 0;  ///< How many pairs of addresses and ports are repeated in turn; 0: frames
                                  ///< get other ones each time.
  std::string extension;          ///< One of kExtensions; empty: none.
  std::string outer;              ///< "SRC,DST": IPv6 packets are sent inside IPv4 packets between these
                                  ///< addresses; empty: they are not.
  bool broadcast = false;         ///< One frame in a hundred is a broadcast.
  bool learning = false;          ///< Send learning frames before each trial; this always happens for a
                                  ///< bridge that is built.
  std::vector<std::string> modifiers = {"none"};  ///< Of kModifiers; each test is made with each of them.
  bool bidirectional = false;  ///< Send the same load from the far port to the near one at the same time.

  std::vector<std::string> sizes;                ///< Bytes with FCS, or "imix".
  std::vector<std::string> goals = {"rfc2544"};  ///< Goals of the throughput search, of kGoals.
  double trial_s = 60;                           ///< Full length of a trial.
  double initial_s = 0;                          ///< Length of a search's first trials; 0: trial_s.
  double linger_s = 2;                           ///< Longest wait for late frames.
  double pause_s = 5;                            ///< Pause between trials.
  double ramp_s = 0;           ///< How long the rate climbs before each stream, uncounted; 0: not.
  std::uint32_t searches = 1;  ///< How many throughput searches are made, one after the other.
  double width = 0.005;        ///< Width of a search's result, relative.
  double max_fps = 0;          ///< The highest load; 0: what the link and the tester can do.
  double rate_fps = 0;     ///< Rate of latency, back-to-back, recovery, reset, and the first of forwarding;
                           ///< 0: the throughput, which is searched first. Rate of each input of congestion;
                           ///< 0: the highest load. Rate at which caching teaches addresses; 0: a usual one.
  double link_bps = 10e9;  ///< The link's rate, from which the theoretical frame rate follows.
  double loss_step = 0.1;  ///< Step of the loss curve, as a share of the highest load.
  std::uint32_t repeats = 20;
  std::uint32_t addresses = 8192;  ///< Most addresses that caching tries.
  double ageing_s = 300;           ///< Time after which a device that is not built has forgotten an address.
  double longest_burst_s = 2;      ///< Longest burst of back-to-back, as seconds at the highest load.
  std::string reset_command;       ///< Shell command that resets the device; for "reset".
  bool quick = false;

  int cpu = -1;  ///< The sender's CPU; -1: chosen by place() (base/placement.h).
  std::uint64_t seed = 1;
  std::filesystem::path out;
  bool resume = false, json = false, quiet = false;

  /// Whether frames go from several inputs to as many outputs.
  [[nodiscard]] bool has_several_inputs() const noexcept { return ports.size() > 3; }
  /// Whether frames go in by pktgen's xdp, which sends one fixed frame.
  [[nodiscard]] bool sends_by_xdp() const {
    return dut.empty() ? !ports.empty() && ports.front().starts_with("xdp:") : backend == "xdp";
  }
};

/// Backends that send to and receive from a topology's devices. dpdk uses its driver net_af_xdp. xdp sends
/// one fixed frame, in bursts, and then af_packet receives.
inline constexpr const char* kWireBackends[] = {"af_packet", "af_xdp", "dpdk", "xdp"};
/// Modifiers of RFC 2544 section 11, one at a time: filters in a device that is built, or a management query
/// to it each second.
inline constexpr const char* kModifiers[] = {"none", "1-filter", "25-filters", "management"};
inline constexpr const char* kGoals[] = {"rfc2544", "tst009", "ndr", "pdr"};
inline constexpr std::uint32_t kMostRoutes = 10'000, kMostConnections = 10'000, kMostAddresses = 1'000'000;
inline constexpr double kLongestRampS = 600;
/// Eight inputs and eight outputs have 64 flows, all below kBroadcastFlow.
inline constexpr std::size_t kMostPorts = 16;
inline constexpr unsigned kMostSearches = 100, kMostRepeats = 10'000;
/// So many networks are in 198.19.64.0/18; further ones are in 198.19.128.0/17.
inline constexpr std::uint32_t kRoutesOf18 = 4096;

}  // namespace hopcost::campaign
