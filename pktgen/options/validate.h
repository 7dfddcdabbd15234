// From what a person wrote to what can be done: looks at no device and no clock, only at the profile's file.
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

/// A checked command line. What only the device knows is still open: the source MAC (frame.src_mac is zero)
/// and the MTU.
struct Plan {
  std::vector<PortSpec> ports;               ///< At least one.
  std::vector<PortSpec> rx_ports;            ///< Empty: nobody receives.
  bool rx_is_port = false;                   ///< Probes come back to sending ports: rx_ports are of `ports`.
  std::vector<std::uint32_t> cpus, rx_cpus;  ///< One a worker, or empty.
  std::string i_mean_it;
  FrameSpec frame;
  std::optional<Profile> profile;  ///< In place of the frame, of which the MACs remain.
  std::vector<RatePiece> rate;     ///< Empty: what the profile or capture says, else as fast as it can.
  Train train;
  std::optional<TurnSpec> turns;        ///< The ports are lanes of one worker; its seed is open.
  std::optional<ReplayOptions> replay;  ///< In place of frame and profile; its MTU is open.
  std::string write, rx_write;
  std::string filter;          ///< For rx_write; a capture to replay has its own.
  std::uint64_t stats_ns = 0;  ///< 0: none.
  std::optional<LocalAddress> metrics;
  std::string control_socket;  ///< Empty: none.
  bool paused = false;         ///< Waits for "start".
  std::string hdr_log;
  bool live = false;  ///< A person watches the live line.
  Gap gap = Gap::kConstant;
  std::uint32_t burst = 1;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> duration_ns;
  std::optional<std::uint64_t> seed;
  bool stamp = true;
  std::uint64_t linger_ns = 0;

  /// One a queue of each port; with turns one.
  [[nodiscard]] std::size_t workers() const noexcept;
  /// Requests are answered on standard output.
  [[nodiscard]] bool control_on_stdout() const noexcept;
  /// A capture is written to standard output, or requests are answered there: all text goes to standard
  /// error.
  [[nodiscard]] bool stdout_is_taken() const noexcept;
};

/// "pcap:-".
[[nodiscard]] bool is_standard_output(const PortSpec& port) noexcept;

/// Whether probes are received at this sending port, on all of its queues, whatever those of --rx-port are.
[[nodiscard]] bool receives(const Plan& plan, const PortSpec& port) noexcept;

/// Errors: kUsage, naming the option and what it takes.
[[nodiscard]] Result<Plan> validate(const Config& c);

/// Errors: kUsage for bits a second: a capture's frames have no one size.
[[nodiscard]] Result<void> check_replay_rate(const std::vector<RatePiece>& rate);

/// "constant", "jittered" or "poisson". Errors: kUsage.
[[nodiscard]] Result<Gap> parse_gap(const std::string& text);
/// What parse_gap() read.
[[nodiscard]] const char* gap_name(Gap gap) noexcept;

}  // namespace hopcost::pktgen
