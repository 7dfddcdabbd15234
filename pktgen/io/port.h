// The contract of packet I/O backends. A backend is chosen once per run; inside a run every call is static.
//
// Who owns what: a TxPort lends frames that it has filled from the run's first frame. The caller numbers and
// stamps them in place, or writes them anew; send() gives a prefix of them back. From then on the port owns
// them. It hands the device as many as that takes now, keeps the rest as owed, and offers them again with
// every later send() or flush(). A port drops no frame it was given. An RxPort lends received frames until
// release().
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pktgen/io/clock/departure_stamps.h"
#include "pktgen/io/maker_port.h"
#include "pktgen/io/port_spec.h"
#include "wire/address.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// Most frames lent, and so sent, in one call.
inline constexpr std::uint32_t kMaxBatch = 64;

/// Properties of an open port.
struct PortInfo {
  std::string backend;
  std::string mode;    ///< tx-ring; zero-copy, copy, skb; no-huge, hugepages; live-frames; file; none.
  std::string driver;  ///< As ethtool -i says.
  MacAddress mac;
  std::uint32_t mtu = 1500;
  std::uint32_t longest_frame = 0;  ///< Longest frame it sends, no FCS, if less than the MTU allows; else 0.
  int numa = -1;                    ///< -1: unknown or none.
  std::uint32_t link_mbps = 0;      ///< 0: unknown.
  std::uint32_t busy_poll_us = 0;   ///< How long a call polls the device's queue; 0: interrupts serve it.
  std::string rx_stamp = "software";    ///< Who stamps received frames: software or hardware.
  std::string tx_stamp = "software";    ///< Who stamps departures, besides the time in the frame.
  std::string rate_limit = "software";  ///< What can limit a queue's rate: software or hardware.
  /// Further abilities of the hardware, which pktgen does not use.
  std::vector<std::string> abilities = {};
  std::vector<std::uint32_t> rx_queues =
      {};                  ///< Queues of the device that this port receives on; empty: all.
  bool keeps_bpf = false;  ///< Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON as long as it is open.
};

/// What a backend's open() is asked for. It gives an OpenPort for each of spec.queues, in that order.
struct PortOptions {
  PortSpec spec;
  bool send = true;
  bool receive = false;
  bool send_back = false;  ///< Send received frames back without a copy, where possible (SendsBack).
  bool allow_default_route = false;  ///< Also on a device that carries a default route.
  std::string i_mean_it = {};        ///< The same, only for the device of this name.
  bool through_qdisc = false;  ///< af_packet: frames pass the queueing discipline and the device's taps.
};

/// One received frame, valid until release().
struct RxFrame {
  std::span<const std::byte> bytes;  ///< From the Ethernet header on, no FCS.
  std::uint64_t rx_ns = 0;  ///< CLOCK_REALTIME by the kernel's or NIC's stamp; 0: none, read the clock.
};

/// A port that lends frames to be filled and sends them.
template <class P>
concept TxPort = std::movable<P> && requires(P p, const P c, const FrameTemplate& t, std::uint32_t n) {
  // Before a run: waits until nothing is owed, then fills all frames from `t`. May allocate.
  { p.prepare(t) } -> std::same_as<Result<void>>;
  // Lends up to n frames, n <= kMaxBatch; maybe none, when all are in flight. Valid until the next lend().
  { p.lend(n) }
  noexcept->std::same_as<std::span<std::byte* const>>;
  // Sends the first n of the frames lent last, each as long as the prepared frame.
  { p.send(n) }
  noexcept;
  // Offers the owed frames to the device once more. Does not wait.
  { p.flush() }
  noexcept;
  // Frames given to send() that the device has not taken yet.
  { c.owed() }
  noexcept->std::same_as<std::uint64_t>;
  // Frames that the port took and the device did not send: refused, or dropped later as far as that is known
  // by now.
  { c.errors() }
  noexcept->std::same_as<std::uint64_t>;
  // The errno that makes the port useless (its device went away), or 0.
  { c.failed() }
  noexcept->std::same_as<int>;
};

/// A port that also sends frames of different sizes.
template <class P>
concept SizedTxPort = TxPort<P> &&
    requires(P p, std::span<const std::byte> longest, std::span<const std::uint16_t> lengths) {
  // As above, with any bytes (no FCS). A FrameTemplate converts to them, so one prepare() serves both.
  { p.prepare(longest) } -> std::same_as<Result<void>>;
  // Sends the first lengths.size() of the frames lent last. The i-th has lengths[i] bytes without FCS: 14 up
  // to the prepared frame's length. A frame that is lent again still holds its last content; which frame that
  // was is not known.
  { p.send(lengths) }
  noexcept;
};

/// A port whose NIC may stamp departures.
template <class P>
concept StampingTxPort = TxPort<P> && requires(P p, std::uint64_t ns) {
  // Call before send(): `ns` is the time that the frames carry (CLOCK_REALTIME).
  { p.given_at(ns) }
  noexcept;
  // The departure stamps of frames sent since prepare(); waits some ms for the last. Null where there are no
  // stamps.
  { p.departures() }
  noexcept->std::same_as<const DepartureStamps*>;
};

/// A port whose device reports some drops only in its counters.
template <class P>
concept SettlingPort = requires(P p) {
  // Call after a run, not in a hot path. Brings errors() up to date by the device's counters, and failed() by
  // the link's present state. May take some ms.
  { p.settle() }
  noexcept;
};

/// A port that may have a note on a run, besides its counts.
template <class P>
concept NotingPort = requires(const P c) {
  { c.note() } -> std::convertible_to<std::string>;
};

/// A port that lends received frames.
template <class P>
concept RxPort = std::movable<P> &&
    requires(P p, const P c, std::span<RxFrame> out, std::chrono::milliseconds wait) {
  // Lends the frames that have arrived, up to out.size(), and gives their number.
  { p.receive(out) }
  noexcept->std::same_as<std::uint32_t>;
  // Gives all lent frames back.
  { p.release() }
  noexcept;
  // Sleeps until a frame may have arrived, or for `wait`. Does not sleep where that would falsify the stamp.
  { p.wait(wait) }
  noexcept;
  // Frames the kernel dropped because the ring was full.
  { p.drops() }
  noexcept->std::same_as<std::uint64_t>;
  { c.failed() }
  noexcept->std::same_as<int>;
};

/// A sending end that takes frames from its port's receiving end without a copy. One thread owns both ends.
/// For ports opened with PortOptions::send_back.
template <class Tx, class Rx>
concept SendsBack = RxPort<Rx> &&
    requires(Tx tx, const Tx c, Rx rx, std::uint32_t n, std::span<const std::uint8_t> which) {
  // False: this port can't; frames to be sent back are copied into lent ones. True: lend() is not used.
  { c.sends_back() }
  noexcept->std::same_as<bool>;
  // How many of n received frames it takes now. First offers owed frames to the device.
  { tx.room_back(n) }
  noexcept->std::same_as<std::uint32_t>;
  // Sends some of the frames that `rx` lent last: `which` has their indices, no more than room_back() gave.
  // The caller may have written into them (RxFrame::bytes). From then on they are the port's; release() gives
  // back the others.
  { tx.send_back(rx, which) }
  noexcept;
};

/// One queue of an open port: its two ends, each of which may have its own thread. Queues share nothing that
/// is written during a run.
template <class Tx, RxPort Rx>
requires TxPort<Tx> || MakerPort<Tx>
struct OpenPort {
  PortInfo info;
  std::optional<Tx> tx;  ///< Present with PortOptions::send.
  std::optional<Rx> rx;  ///< Present with PortOptions::receive, if the backend can receive.
};

}  // namespace hopcost::pktgen
