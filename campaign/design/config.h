// What a run is asked to do: one plain value, made from a campaign file and the command line. Includes base.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// In the list of modes: every mode that has a file and that this kernel can do.
inline constexpr const char* kAllModes = "all";

/// A mode that this kernel can't do, and what is lacking.
struct LeftOut {
  std::string mode, reason;
};

/// Which of a mode's many containers the packets of a lane go to.
enum class Deal {
  kSpread,  ///< To each container in turn, in an order drawn anew each time.
  kAimed,   ///< Every other packet goes to one container, and the cost is that of these packets; those
            ///< between go to the other containers.
  kAlone,   ///< All packets go to one container. The others stand idle.
};
/// "spread", "aimed" or "alone".
[[nodiscard]] const char* deal_name(Deal deal) noexcept;
/// The reverse of deal_name(). Errors: kUsage, with the valid names.
[[nodiscard]] Result<Deal> parse_deal(const std::string& text);

/// One load, which is one level of the run. Modes are compared only within a level.
struct Load {
  double rate_pps = 20'000;  ///< Packets per second within a train. Lanes take turns, so a lane's own mean
                             ///< rate is a fraction of it.
  std::uint32_t size = 64;   ///< Frame size in bytes, with FCS, as in RFC 2544.
  std::uint32_t burst = 1;   ///< Packets back to back at each departure.
  std::uint32_t containers = 1;  ///< Of each mode but host, side by side on one wire.
  Deal deal = Deal::kSpread;     ///< With one container always kSpread.
  friend bool operator==(const Load&, const Load&) = default;
};

/// How lanes take turns within a slot.
struct Trains {
  std::uint32_t departures = 16;  ///< Of one lane, before it is the next lane's turn.
  std::uint32_t untimed = 6;      ///< How many of them come first and are counted, but are in no time.
};

/// Limits; a slot that breaks one is void, because its packet account or its clock can't be right. No gate
/// looks at latency, or at anything that slows all lanes alike.
struct Gates {
  std::uint64_t max_ring_drops = 0;  ///< Packets that a single tap dropped.
  std::int64_t max_clock_step_ns = 100'000;
};

/// One end of a run.
struct SiteConfig {
  std::string host;              ///< As on ssh's command line; empty: this machine.
  std::vector<std::string> ssh;  ///< Further words for ssh's command line: "-p", "2222".
  std::string nic;     ///< The interface that carries test traffic; empty: a veth pair on one machine.
  std::string folder;  ///< The folder with our programs on that host; empty: its PATH is searched.
  /// How frames get from the device's `nic` to modes: "bpf", "macvlan", or "auto", which is macvlan where BPF
  /// can't be had (nsglue/wire/nic.h).
  std::string wire = "auto";
};

/// Whether both are the same host, reached with the same ssh words.
[[nodiscard]] bool same_place(const SiteConfig& a, const SiteConfig& b);

struct Config {
  SiteConfig tester, device;  ///< The sending and the measured end.
  std::vector<std::string> modes = {"host", "veth", "bridge", "macvlan"};
  std::string backend = "af_xdp";
  std::string tap_kind = "auto";  ///< "auto" (the best that works here), "bpf" or "af_packet".
  bool fine = false;              ///< Hops are also split at the tracepoints between devices; needs bpf taps.
  bool steer = false;             ///< The device under test works on another CPU than the sender's (RPS).
  /// Each combination of rate (pps), size (bytes), burst, containers and deal is a level; the last list
  /// varies fastest.
  std::vector<double> rates = {20'000};  // where the user names none, begin_run() takes usual_rate()
  std::vector<std::uint32_t> sizes = {64}, bursts = {1}, containers = {1};
  std::vector<Deal> deals = {Deal::kSpread};
  bool ipv6 = false;             ///< Probes go over IPv6, else over IPv4.
  std::string gap = "jittered";  ///< "constant", "jittered" (plus or minus 10 %) or "poisson".
  Trains trains;
  Gates gates;
  double budget_s = 90;  ///< For measuring; times the number of levels.
  double slot_ms = 40;   ///< About how long a slot lasts; see slot_rounds() in slot_length.h.
  /// Instances of each mode in a build; instances_in() says when there is only one.
  std::uint32_t instances = 3;
  /// Exactly this many builds, whatever the budget; 0: the budget or target_half_width_ns ends the run.
  std::uint32_t builds = 0;
  double target_half_width_ns = 3;   ///< The run ends when every cost's interval has this half-width; 0:
                                     ///< never.
  std::uint64_t seed = 0;            ///< 0: chosen at the start, and recorded.
  std::filesystem::path out;         ///< Empty: results/<time of day>.
  std::filesystem::path topologies;  ///< Empty: found beside the program.
  /// Running containers to measure besides `modes`: references, or files that nsglue attach --keep wrote.
  std::vector<std::string> attach;
  std::string wire, from;  ///< The device that packets to them come in by, and the device that sends them,
                           ///< where these can't be found (nsglue/attach/attach.h).
  /// How far apart the clocks of two hosts are at most, as the user says. Bounds one-way times only.
  std::optional<std::int64_t> clock_bound_ns;
  bool i_mean_it = false;  ///< Packets may go into a network that is not a veth pair.
  int sender_cpu = -1;     ///< -1: chosen by place() (base/placement.h).
  bool json = false;
  bool quiet = false;
  bool rootless = false;
};

/// Most instances of a mode in a build.
inline constexpr std::uint32_t kMostInstances = 8;

/// Lanes times instances; each takes some 40 ms to make, and some MB of rings.
inline constexpr std::size_t kMostPaths = 64;

/// Fewest rounds in a slot; fewer pairs of trains say too little.
inline constexpr std::uint32_t kLeastRounds = 8;

/// Most timed packets per lane and slot; the analyzer refuses more (doc/control-protocol.md).
inline constexpr std::uint64_t kMostTimed = 32'768;

/// Number of builds with `--quick`.
inline constexpr std::uint32_t kQuickBuilds = 8;

/// The backend when none is named: af_xdp; but af_packet without root, and where all paths begin at one
/// device (a NIC, the wire of --attach), of which af_xdp would need a queue for each.
[[nodiscard]] std::string default_backend(const Config& config);

/// Sends the probes over IPv6. The default size, which is too short for them, becomes the smallest that holds
/// them.
void use_ipv6(Config& config);

/// Overlays a campaign file (doc/measuring.md has its keys) on `config`. Errors: kMissing (can't be read),
/// kUsage ("FILE:LINE:COLUMN: ...").
[[nodiscard]] Result<void> read_campaign(const std::filesystem::path& file, Config& config);

/// Checks ranges, and that the parts fit together. Asks no kernel. Errors: kUsage.
[[nodiscard]] Result<void> validate(const Config& config);

/// Whether any level has many containers of a mode.
[[nodiscard]] bool has_many(const Config& config);

/// How many instances of each mode stand side by side in a build, in which so many lanes send: fewer where
/// there would be more than kMostPaths. One, where a build is large already (many containers), where all
/// modes share the interface of a second host, and for containers that run already.
[[nodiscard]] std::uint32_t instances_in(const Config& config, std::size_t lanes);

/// The run's levels, each once; at least one.
[[nodiscard]] std::vector<Load> levels(const Config& config);

}  // namespace hopcost::campaign
