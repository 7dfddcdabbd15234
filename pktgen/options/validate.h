// Checks the command line and turns it into a plan. Reads the profile's file, but looks at no device and no
// clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/local_address.h"
#include "base/result.h"
#include "pktgen/io/port_spec.h"
#include "pktgen/options/config.h"
#include "pktgen/pace/departure_plan.h"
#include "pktgen/pace/rate_pieces.h"
#include "pktgen/source/profile/profile.h"
#include "pktgen/source/replay/replay_source.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// A checked command line. What only the device knows is still open: a source MAC that is not given
/// (frame.src_mac is zero), and the MTU.
struct Plan {
  std::vector<PortSpec> ports;     ///< At least one.
  std::vector<PortSpec> rx_ports;  ///< Empty: nobody receives.
  bool rx_is_port = false;         ///< Probes come back to sending ports: rx_ports are among `ports`.
  std::vector<std::uint32_t> cpus, rx_cpus;  ///< One per worker, or empty: any CPU.
  std::string i_mean_it;
  FrameSpec frame;
  std::optional<Profile> profile;  ///< In place of `frame`, whose MACs are still used.
  std::vector<RatePiece> rate;     ///< Empty: the profile's or the capture's, else as fast as possible.
  Train train;
  std::optional<TurnSpec> turns;        ///< Set: the ports are lanes of one worker. The seed is still open.
  std::optional<ReplayOptions> replay;  ///< In place of frame and profile; the MTU is still open.
  std::string write, rx_write;
  std::string filter;          ///< For rx_write; ReplayOptions has its own.
  std::uint64_t stats_ns = 0;  ///< 0: none.
  std::optional<LocalAddress> metrics;
  std::string control_socket;  ///< Empty: none.
  bool paused = false;         ///< Wait for a "start" request before the first run.
  std::string hdr_log;
  bool live = false;  ///< Show the live line.
  Gap gap = Gap::kConstant;
  std::uint32_t burst = 1;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> duration_ns;
  std::optional<std::uint64_t> seed;
  bool stamp = true;
  std::uint64_t linger_ns = 0;

  /// One per queue of each port; with turns one in all.
  [[nodiscard]] std::size_t workers() const noexcept;
  /// Whether control requests are answered on standard output.
  [[nodiscard]] bool control_on_stdout() const noexcept;
  /// Whether a capture or answers to requests go to standard output; then all text goes to standard error.
  [[nodiscard]] bool stdout_is_taken() const noexcept;
};

/// Whether the port is "pcap:-".
[[nodiscard]] bool is_standard_output(const PortSpec& port) noexcept;

/// Whether probes are received at this sending port. They then are on all of its queues, whichever queues
/// --rx-port names.
[[nodiscard]] bool receives(const Plan& plan, const PortSpec& port) noexcept;

/// Checks all options. Errors: kUsage, naming the option and what it takes.
[[nodiscard]] Result<Plan> validate(const Config& c);

/// Checks the rate of a replay. Errors: kUsage for bits a second, because a capture's frames differ in size.
[[nodiscard]] Result<void> check_replay_rate(const std::vector<RatePiece>& rate);

/// "constant", "jittered" or "poisson". Errors: kUsage.
[[nodiscard]] Result<Gap> parse_gap(const std::string& text);
/// The text that parse_gap() reads as `gap`.
[[nodiscard]] const char* gap_name(Gap gap) noexcept;

}  // namespace hopcost::pktgen
