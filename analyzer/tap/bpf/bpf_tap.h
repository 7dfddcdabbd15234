// Tap kind bpf: an eBPF program takes the time first thing, records the probe and drops the copy. On a device
// (socket filter on an AF_PACKET socket, or its tc or XDP hook), at a UDP socket (filter on the socket
// itself, which is then the path's sink), or at a tracepoint of a device. Drained by one thread at a time;
// the datapath in the kernel is *.bpf.c.
//
// It reads the clock itself, so it knows no stale stamps, and before anything is copied, so frame size does
// not matter.
#pragma once

#include <endian.h>

#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/tap/bpf/bpf_program.h"
#include "analyzer/tap/bpf/clsact_filter.h"
#include "analyzer/tap/bpf/event_rings.h"
#include "analyzer/tap/bpf/tap_clock.h"
#include "analyzer/tap/tap.h"
#include "base/fd.h"

namespace hopcost::analyzer {

class BpfTap {
 public:
  static constexpr std::string_view kKind = "bpf";
  static constexpr std::string_view kSees =
      "probes alone; the stamp is read by the tap before anything is copied. Other frames are counted. On "
      "devices a probe is "
      "looked for where the IP packet ends, at tracepoints and sockets where the packet's bytes end";

  /// Opens in the caller's current network namespace. Errors: kPrivilege (CAP_BPF, CAP_NET_RAW), kMissing
  /// (device, kernel feature), kUsage (unknown tracepoint), EADDRINUSE (UDP port).
  [[nodiscard]] static Result<BpfTap> open(const TapSpec& spec, const TapOptions& options);
  [[nodiscard]] static std::vector<std::string> points();
  /// Whether this process may load its programs into this kernel. Found out once.
  [[nodiscard]] static Result<void> usable();

  template <TapSink S>
  std::size_t drain(S& sink, std::size_t most = kAllEvents) noexcept;
  void detach() noexcept;
  [[nodiscard]] std::uint64_t take_drops() noexcept;
  [[nodiscard]] unsigned settle_ms() const noexcept { return 2; }
  [[nodiscard]] bool inherits_stamp() const noexcept { return false; }

 private:
  explicit BpfTap(BpfProgram program) : program_(std::move(program)) {}
  [[nodiscard]] Result<void> attach_to_device(const TapSpec& spec);
  [[nodiscard]] Result<void> attach_to_hook(const TapSpec& spec, bool old_kernel);
  [[nodiscard]] Result<void> attach_to_clsact(const TapSpec& spec, unsigned ifindex);
  [[nodiscard]] Result<void> attach_to_port(const TapSpec& spec);
  [[nodiscard]] Result<void> open_port(const UdpEnd& end, const TapSpec& spec);
  [[nodiscard]] Result<void> attach_to_tracepoint();

  BpfProgram program_;
  Fd packet_socket_;
  std::vector<Fd> udp_sockets_;
  std::vector<Fd> links_;
  Fd hook_link_;
  ClsactFilter filter_;
  TapClock clock_;
  RingTotals told_;  // of the rings' totals, what was handed on
};

template <TapSink S>
std::size_t BpfTap::drain(S& sink, std::size_t most) noexcept {
  clock_.refresh();
  std::uint64_t chance = 0;  // what only looks like a probe: the program has looked at its magic alone
  const auto hand_on = [&](const hopcost_event& e, unsigned cpu) noexcept {
    const bool reflected = (e.time_ns & HOPCOST_REFLECTED_EVENT) != 0;
    const auto probe = probe_of(reflected ? kReflectedMagicVersion : kProbeMagicVersion, be64toh(e.number),
                                be64toh(e.tx_ns));
    if (probe && is_plausible(*probe)) {
      sink.probe(*probe, clock_.to_realtime(tap_time(e)), StampKind::kTap, cpu);
    } else {
      ++chance;
    }
  };
  const std::size_t events = program_.rings.take([this]() noexcept { return clock_.now(); }, hand_on, most);
  const std::uint64_t foreign = program_.rings.totals().foreign - told_.foreign;
  sink.foreign(foreign + chance);
  told_.foreign += foreign;
  return events;
}

}  // namespace hopcost::analyzer
