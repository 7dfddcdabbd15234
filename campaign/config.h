// What a run is asked to do: one plain value, from a campaign file and the command line. Includes base.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// The traffic of every slot.
struct Load {
  double rate_pps = 20'000;
  std::uint32_t size = 64;  ///< bytes with FCS, as RFC 2544 counts.
  std::uint32_t burst = 1;
  std::string gap = "jittered";  ///< constant, jittered (plus or minus 10 %), poisson.
};

/// A slot that breaks one of these is void. None of them looks at latency.
struct Gates {
  double min_rate_share = 0.99;      ///< achieved pps over planned pps.
  double max_missed_share = 0.05;    ///< departures that left later than the next one was due, over all.
  std::uint64_t max_ring_drops = 0;  ///< packets a tap itself dropped.
  double max_steal_share = 0.05;     ///< time the hypervisor took, over the slot's length.
  double max_slowdown =
      0.15;  ///< a fixed piece of work's time over the run's best, less 1: a neighbour on the core.
  std::int64_t max_clock_step_ns = 100'000;
  std::uint64_t max_softnet_drops = 0;
  double max_void_share =
      0.05;  ///< void slots of a mode over all its slots, but for slow_cpu; above it the run is unfit.
  double max_slow_share = 0.5;  ///< the same for slow_cpu alone: it is decided without a look at any packet.
};

struct Config {
  std::vector<std::string> modes = {"host", "veth", "bridge", "macvlan"};
  std::string backend = "af_xdp";
  std::string tap_kind = "auto";  ///< auto (the best usable here), bpf or af_packet.
  bool fine = false;  ///< hop slots also watch the tracepoints between devices; needs taps of kind bpf.
  Load load;
  Gates gates;
  double budget_s = 80;
  double slot_ms = 70;
  std::uint32_t min_blocks = 8;      ///< fewer give no answer at 95 %.
  std::uint32_t max_blocks = 0;      ///< 0: the budget alone ends the run.
  double target_half_width_ns = 1;   ///< every cost's interval this narrow ends the run; 0: never.
  std::string twin_of = "host";      ///< the mode that is built twice (A/A); empty: none.
  bool rebuild = true;               ///< also build it a second time.
  std::uint64_t seed = 0;            ///< 0: chosen at the start, and recorded.
  std::filesystem::path out;         ///< empty: results/<time of day>.
  std::filesystem::path topologies;  ///< empty: found beside the program.
  int sender_cpu = -1;               ///< -1: the last one we may use.
  bool json = false;
  bool quiet = false;
  bool rootless = false;
};

/// Share of a slot's packets, from its start, whose times are left out. Fixed beforehand, never chosen by
/// looking.
inline constexpr double kWarmUpShare = 0.1;

/// Overlays a campaign file (doc/measuring.md has its keys) on `config`.
/// Errors: kMissing (can't be read), kUsage ("FILE:LINE:COLUMN: ...").
[[nodiscard]] Result<void> read_campaign(const std::filesystem::path& file, Config& config);

/// Checks ranges and that the parts fit together; asks no kernel. Errors: kUsage.
[[nodiscard]] Result<void> validate(const Config& config);

/// Packets of one slot.
[[nodiscard]] std::uint64_t slot_packets(const Config& config);

}  // namespace hopcost::campaign
