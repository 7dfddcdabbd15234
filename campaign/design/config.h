// What a run is asked to do: one plain value, from a campaign file and the command line. Includes base.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// In place of modes: every one there is a file of and that this kernel can do.
inline constexpr const char* kAllModes = "all";

/// One of those that this kernel can't do, and what it lacks.
struct LeftOut {
  std::string mode, reason;
};

/// Which of its containers the packets of a lane go to, where a mode has many.
enum class Deal {
  kSpread,  ///< Each in turn, in an order drawn anew each time.
  kAimed,   ///< Every other packet to one, whose cost it is; those between to the others.
  kAlone,   ///< All to one. The others stand by.
};
/// "spread", "aimed", "alone".
[[nodiscard]] const char* deal_name(Deal deal) noexcept;
/// Errors: kUsage, naming them.
[[nodiscard]] Result<Deal> parse_deal(const std::string& text);

/// One load: a level of the run. Modes are compared within a level alone.
struct Load {
  double rate_pps = 20'000;  ///< Of a train; with so many lanes in turn, a lane's own mean is a share of it.
  std::uint32_t size = 64;   ///< Bytes with FCS, as RFC 2544 counts.
  std::uint32_t burst = 1;   ///< Packets back to back at each departure.
  std::uint32_t containers = 1;  ///< Of each mode but host, side by side on one wire.
  Deal deal = Deal::kSpread;     ///< With one container always this.
  friend bool operator==(const Load&, const Load&) = default;
};

/// How lanes take turns within a slot.
struct Trains {
  std::uint32_t departures = 16;  ///< Of one lane, before the next lane's turn.
  std::uint32_t untimed = 6;      ///< The first of them: counted, and left out of all times.
};

/// A slot that breaks one of these is void: its account or its clock can't be right. No gate looks at
/// latency, or at anything that slows all lanes alike.
struct Gates {
  std::uint64_t max_ring_drops = 0;  ///< Packets that one tap itself dropped.
  std::int64_t max_clock_step_ns = 100'000;
};

/// One end of a run.
struct SiteConfig {
  std::string host;              ///< As ssh takes it; empty: this machine.
  std::vector<std::string> ssh;  ///< Further words of ssh's command line: "-p", "2222".
  std::string nic;     ///< The interface that carries test traffic; empty: a veth pair on one machine.
  std::string folder;  ///< Where our programs are there; empty: in its PATH.
};

/// Whether both are one host, reached one way.
[[nodiscard]] bool same_place(const SiteConfig& a, const SiteConfig& b);

struct Config {
  SiteConfig tester, device;  ///< Who sends, and who is measured.
  std::vector<std::string> modes = {"host", "veth", "bridge", "macvlan"};
  std::string backend = "af_xdp";
  std::string tap_kind = "auto";  ///< auto (the best usable here), bpf or af_packet.
  bool fine = false;   ///< Hops are also split at the tracepoints between devices; needs taps of kind bpf.
  bool steer = false;  ///< The device under test works on another CPU than the sender's (RPS).
  /// Each combination is a level, in this order, the last list the fastest.
  std::vector<double> rates = {20'000};
  std::vector<std::uint32_t> sizes = {64}, bursts = {1}, containers = {1};
  std::vector<Deal> deals = {Deal::kSpread};
  bool ipv6 = false;             ///< Probes go over IPv6, else over IPv4.
  std::string gap = "jittered";  ///< constant, jittered (plus or minus 10 %), poisson.
  Trains trains;
  Gates gates;
  double budget_s = 90;  ///< For measuring; of each level.
  double slot_ms = 250;  ///< At least; a slot holds kLeastRounds rounds.
  std::uint32_t builds =
      0;  ///< Exactly so many, whatever the budget; 0: the budget or the width ends the run.
  double target_half_width_ns = 3;   ///< Every cost's interval this narrow ends the run; 0: never.
  std::uint64_t seed = 0;            ///< 0: chosen at the start, and recorded.
  std::filesystem::path out;         ///< Empty: results/<time of day>.
  std::filesystem::path topologies;  ///< Empty: found beside the program.
  /// Containers that run already, besides `modes`: references, or files that nsglue attach --keep wrote.
  std::vector<std::string> attach;
  std::string wire, from;  ///< Of these, where they can't be found: nsglue/attach/attach.h.
  bool i_mean_it = false;  ///< Packets may go into a network that is not a veth pair.
  int sender_cpu = -1;     ///< -1: chosen (base/placement.h).
  bool json = false;
  bool quiet = false;
  bool rootless = false;
};

/// Fewer pairs of trains a slot tell too little of it.
inline constexpr std::uint32_t kLeastRounds = 8;

/// Timed packets of a lane that the analyzer keeps of one slot (doc/control-protocol.md); it refuses more.
inline constexpr std::uint64_t kMostTimed = 32'768;

/// `--quick`: so many builds.
inline constexpr std::uint32_t kQuickBuilds = 8;

/// Where nobody names one: af_xdp; without root, and of an interface, where each port would take a queue,
/// af_packet.
[[nodiscard]] std::string default_backend(const Config& config);

/// Probes over IPv6. The usual size, too short for them, becomes the least one that holds them.
void use_ipv6(Config& config);

/// Overlays a campaign file (doc/measuring.md has its keys) on `config`.
/// Errors: kMissing (can't be read), kUsage ("FILE:LINE:COLUMN: ...").
[[nodiscard]] Result<void> read_campaign(const std::filesystem::path& file, Config& config);

/// Checks ranges and that the parts fit together; asks no kernel. Errors: kUsage.
[[nodiscard]] Result<void> validate(const Config& config);

/// Whether a level has many containers of a mode.
[[nodiscard]] bool has_many(const Config& config);

/// The run's levels; at least one.
[[nodiscard]] std::vector<Load> levels(const Config& config);

/// How many rounds make a slot of about `slot_ms`, in which this many lanes take turns: a train of each, and
/// each again in reverse order. Fewer where the slot would be over kMostTimed. Trains and load are as
/// validate() lets pass.
[[nodiscard]] std::uint32_t slot_rounds(double slot_ms, const Trains& trains, const Load& load,
                                        std::size_t lanes);

/// How long that slot's packets take, seconds.
[[nodiscard]] double slot_s(double slot_ms, const Trains& trains, const Load& load, std::size_t lanes);

}  // namespace hopcost::campaign
