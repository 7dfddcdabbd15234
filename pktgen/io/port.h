// The contract of packet I/O backends. A backend is chosen once per run; inside a run every call is static.
//
// Who owns what: a TxPort lends frames it has filled from the run's first frame; the caller numbers and
// stamps them in place, or writes them anew; send() gives a prefix of them back. The port owns them from then
// on, hands over to the device what it takes now, keeps the rest owed and offers it again with every later
// send() or flush(). Nothing a port was given is dropped by the port. An RxPort lends received frames until
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
#include "pktgen/io/job_port.h"
#include "pktgen/io/port_spec.h"
#include "wire/address.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// Most frames lent, and so sent, at a time.
inline constexpr std::uint32_t kMaxBatch = 64;

/// What a port turned out to be.
struct PortInfo {
  std::string backend;
  std::string mode;    ///< tx-ring; zero-copy, copy, skb; no-huge, hugepages; live-frames; none
  std::string driver;  ///< As ethtool -i says.
  MacAddress mac;
  std::uint32_t mtu = 1500;
  std::uint32_t longest_frame = 0;      ///< It sends, no FCS, where that is less than the MTU allows; else 0.
  int numa = -1;                        ///< -1: unknown or none.
  std::uint32_t link_mbps = 0;          ///< 0: unknown.
  std::uint32_t busy_poll_us = 0;       ///< How long a call polls the device's queue; 0: interrupts serve it.
  std::string rx_stamp = "software";    ///< Who reads the clock for a received frame: software or hardware.
  std::string tx_stamp = "software";    ///< The same for a frame's departure, besides the time in it.
  std::string rate_limit = "software";  ///< What keeps a queue to a rate.
  /// What the hardware could do besides, of which pktgen makes no use.
  std::vector<std::string> abilities = {};
  std::vector<std::uint32_t> rx_queues =
      {};                  ///< Of the device, where this port receives; empty: on all there are.
  bool keeps_bpf = false;  ///< Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON as long as it is open.
};

/// A backend's open() gives an OpenPort for each of spec.queues, in that order.
struct PortOptions {
  PortSpec spec;
  bool send = true;
  bool receive = false;
  bool send_back =
      false;  ///< What is received is sent again by the same thread, where it can be (SendsBack).
  bool allow_default_route = false;  ///< Also on the interface that carries a default route.
  std::string i_mean_it = {};        ///< The same for the interface of this name alone.
  bool through_qdisc = false;        ///< af_packet: past the queueing discipline, and what taps the device.
};

/// One received frame, valid until release().
struct RxFrame {
  std::span<const std::byte> bytes;  ///< From the Ethernet header on, no FCS.
  std::uint64_t rx_ns = 0;           ///< CLOCK_REALTIME by the kernel's stamp; 0: none, read the clock.
};

/// A port that lends frames to be filled and sends them.
template <class P>
concept TxPort = std::movable<P> && requires(P p, const P c, const FrameTemplate& t, std::uint32_t n) {
  // Before a run: waits until nothing is owed, then fills all frames. May allocate.
  { p.prepare(t) } -> std::same_as<Result<void>>;
  // Up to n frames, n <= kMaxBatch, maybe none when all are in flight. Valid until the next lend().
  { p.lend(n) }
  noexcept->std::same_as<std::span<std::byte* const>>;
  // The first n of those lent last, each as long as the prepared frame.
  { p.send(n) }
  noexcept;
  // Offers the owed frames to the device once more. Does not wait.
  { p.flush() }
  noexcept;
  // Frames given to send() that the device has not taken yet.
  { c.owed() }
  noexcept->std::same_as<std::uint64_t>;
  // Frames that were taken and not sent: refused by the device, or dropped by it as far as it is known by
  // now.
  { c.errors() }
  noexcept->std::same_as<std::uint64_t>;
  // The errno that makes the port useless (its device went away), or 0.
  { c.failed() }
  noexcept->std::same_as<int>;
};

/// A port that also sends frames of different sizes. One that makes its frames elsewhere (in the kernel) is
/// none.
template <class P>
concept SizedTxPort = TxPort<P> &&
    requires(P p, std::span<const std::byte> longest, std::span<const std::uint16_t> lengths) {
  // As above, with any bytes (no FCS). A template converts to these, so one prepare() does for both.
  { p.prepare(longest) } -> std::same_as<Result<void>>;
  // The first lengths.size() of those lent last, the i-th of them lengths[i] bytes without FCS: 14 up to the
  // prepared frame's. A frame that is lent again holds what was left in it; which one it is is not known.
  { p.send(lengths) }
  noexcept;
};

/// A port whose NIC may say when a frame left.
template <class P>
concept StampingTxPort = TxPort<P> && requires(P p, std::uint64_t ns) {
  // Before send(): the time that the frames carry (CLOCK_REALTIME).
  { p.given_at(ns) }
  noexcept;
  // Of what was sent since prepare(); waits some ms for the last. Null where departures get no stamps.
  { p.departures() }
  noexcept->std::same_as<const DepartureStamps*>;
};

/// A port on a device whose own counters say more than it tells of each frame.
template <class P>
concept SettlingPort = requires(P p) {
  // After a run, and not in a hot path: errors() knows of what the device dropped and told nobody, and
  // failed() of the link as it is now. May take some ms.
  { p.settle() }
  noexcept;
};

/// A port that has something to say about a run that its counts do not.
template <class P>
concept NotingPort = requires(const P c) {
  { c.note() } -> std::convertible_to<std::string>;
};

/// A port that lends what it received.
template <class P>
concept RxPort = std::movable<P> &&
    requires(P p, const P c, std::span<RxFrame> out, std::chrono::milliseconds wait) {
  // Frames that are there now, up to out.size().
  { p.receive(out) }
  noexcept->std::same_as<std::uint32_t>;
  // Gives all lent frames back.
  { p.release() }
  noexcept;
  // Sleeps until there may be a frame; does not sleep where that would spoil the stamp.
  { p.wait(wait) }
  noexcept;
  // Frames the kernel dropped because the ring was full.
  { p.drops() }
  noexcept->std::same_as<std::uint64_t>;
  { c.failed() }
  noexcept->std::same_as<int>;
};

/// A sending end that takes frames from the receiving end of its port as they are, without a copy. One thread
/// owns both then. Ports opened with PortOptions::send_back.
template <class Tx, class Rx>
concept SendsBack = RxPort<Rx> &&
    requires(Tx tx, const Tx c, Rx rx, std::uint32_t n, std::span<const std::uint8_t> which) {
  // False: not here; what is to go back is copied into lent frames. True: none are lent.
  { c.sends_back() }
  noexcept->std::same_as<bool>;
  // How many of n received frames it takes now. Offers what is owed first.
  { tx.room_back(n) }
  noexcept->std::same_as<std::uint32_t>;
  // Sends those that `rx` lent last and these numbers say, no more than there is room for. They may have been
  // written into, at RxFrame::bytes. They are the port's from then on; release() is for the others.
  { tx.send_back(rx, which) }
  noexcept;
};

/// One queue of an open port: its two ends, each of which may be used by a thread of its own. Queues share
/// nothing that is written while a run lasts.
template <class Tx, RxPort Rx>
requires TxPort<Tx> || JobPort<Tx>
struct OpenPort {
  PortInfo info;
  std::optional<Tx> tx;  ///< Present when PortOptions::send.
  std::optional<Rx> rx;  ///< Present when PortOptions::receive and the backend can.
};

}  // namespace hopcost::pktgen
