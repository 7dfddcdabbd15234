// What a tap is: a named point on a packet's path that says which probe passed and when. One folder below
// this one per kind of tap; each gives a type that satisfies the concept Tap, chosen once per tap and never
// per packet. Includes base and wire only.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/probe.h"

namespace hopcost::analyzer {

/// Which packets of the device: those it received, or those it is about to send.
enum class Direction : std::uint8_t { kIn, kOut };

/// Who took a stamp. The order is that of the arrays indexed by it.
enum class StampKind : std::uint8_t {
  kTap,       ///< The tap read the clock itself when it saw the packet.
  kSoftware,  ///< The kernel stamped the packet earlier, because a socket of the host asked for receive
              ///< timestamps.
  kHardware,  ///< The device stamped it.
};
inline constexpr std::size_t kStampKinds = 3;

/// The CPU a stamp was taken on, where the tap can't tell. CPUs from here on count as unknown too.
inline constexpr unsigned kUnknownCpu = 0xfff;

/// The kind that stands for the best one usable here.
inline constexpr const char* kAutoKind = "auto";

/// A UDP port where a path ends, or one of its ends.
struct UdpEnd {
  std::string netns;  ///< As open_netns() takes it; empty is the caller's own.
  std::uint16_t port = 0;
  friend bool operator==(const UdpEnd&, const UdpEnd&) = default;
};

/// A tap as a person or a topology names it: a point on a packet's way, and the kind of tap to put there. The
/// point is a device's direction, a tracepoint of a device, or the UDP sockets of a port, which then drop
/// what they get.
struct TapSpec {
  std::string name;
  std::string netns;   ///< As open_netns() takes it; empty is the caller's own.
  std::string device;  ///< Empty for a port.
  Direction direction = Direction::kIn;
  std::string tracepoint =
      {};  ///< As in events/net: netif_rx, net_dev_queue, ...; empty for the device itself.
  std::string hook =
      {};  ///< Of the device's direction: "tc", "xdp" (in alone), or empty for a packet socket.
  std::uint16_t port = 0;  ///< 0 for a device.
  /// Of a port: the sockets of these as well, by the same program and into the same ring, so that the tap
  /// costs a packet the same whichever of them it comes to.
  std::vector<UdpEnd> also = {};
  std::string file = {};       ///< A capture file instead of a live point; "-" is standard input.
  std::string interface = {};  ///< Of the file: its number or name; empty for all it holds.
  std::string kind = kAutoKind;
  friend bool operator==(const TapSpec&, const TapSpec&) = default;
};

/// A smaller ring would fill up between two readings.
inline constexpr std::size_t kMinRingBytes = std::size_t{512} << 10;
inline constexpr std::size_t kMaxRingBytes = std::size_t{1} << 30;

/// Sizes of a tap; each kind uses what concerns it.
struct TapOptions {
  /// Receive ring, bytes per tap. The default holds 58,000 minimal frames: 58 ms at 1 Mpps.
  std::size_t ring_bytes = std::size_t{8} << 20;
  /// Bytes of a frame that are wanted; 0: all. Kinds that hand out frames copy no more.
  std::uint32_t snap_bytes = 0;
  /// pcap-filter(7): packets that match alone; empty: all. Kinds that hand out frames have it.
  std::string filter = {};
  /// Keeps to ring_bytes also where that is little for each of the machine's CPUs.
  bool lean = false;
  /// Most events a CPU, for a kind whose ring is split by CPU. Slots that are not used are never walked
  /// through, and so stay out of the cache of the packets' path.
  std::uint32_t most_events = std::uint32_t{1} << 24;
  /// Treats the machine as having at most this many CPUs running when the tap is opened; for tests.
  unsigned most_cpus = kUnknownCpu;
  /// As on a kernel without typed tracepoints (before Linux 5.5) and tcx (6.6); for tests.
  bool old_kernel = false;
};

/// How much to drain at once: all that is there.
inline constexpr std::size_t kAllEvents = ~std::size_t{0};

/// A frame as a tap saw it; the bytes are the tap's and gone when the call returns.
struct Frame {
  std::span<const std::byte> bytes;
  std::uint32_t wire_bytes = 0;  ///< Before it was cut.
  std::uint64_t ns = 0;          ///< CLOCK_REALTIME.
  StampKind kind = StampKind::kTap;
};

/// Takes whole frames, of kinds of tap that have them. Static, per packet.
template <class S>
concept FrameSink = requires(S& s, const Frame& f) {
  { s.frame(f) }
  noexcept;
};

/// Takes a tap's events. Static, per packet.
template <class S>
concept TapSink = requires(S& s, const Probe& p, std::uint64_t ns, StampKind k, unsigned cpu) {
  { s.probe(p, ns, k, cpu) }
  noexcept;  ///< A probe passed at `ns` of CLOCK_REALTIME, on this CPU or kUnknownCpu.
  { s.foreign(std::uint64_t{}) }
  noexcept;  ///< So many frames without a probe passed.
};

/// For the concept's own sake, and for emptying a ring.
struct DiscardSink {
  void probe(const Probe&, std::uint64_t, StampKind, unsigned) noexcept {}
  void foreign(std::uint64_t) noexcept {}
};

/// One open tap. Owned and drained by one thread at a time. Going away closes it; that may wait for the
/// kernel (an RCU grace period), so several are closed side by side.
template <class T>
concept Tap = std::movable<T> &&
    requires(T& t, const T& c, const TapSpec& spec, const TapOptions& options, DiscardSink& sink) {
  { T::kKind } -> std::convertible_to<std::string_view>;
  { T::kSees } -> std::convertible_to<std::string_view>;  ///< What this kind can and can't see, for people.
  { T::points() } -> std::same_as<std::vector<std::string>>;  ///< Of a device, besides "in" and "out".
  { T::usable() } -> std::same_as<Result<void>>;  ///< Why no tap of this kind can be opened here at all.
  { T::open(spec, options) } -> std::same_as<Result<T>>;
  { t.drain(sink) }
  noexcept->std::same_as<std::size_t>;  ///< Hands over all that is there; how many there were to look at.
  { t.drain(sink, std::size_t{}) }
  noexcept->std::same_as<std::size_t>;  ///< About so many, the oldest; less when there were no more.
  { t.detach() }
  noexcept;  ///< No packet meets the tap from here on; only closing is left.
  { t.take_drops() }
  noexcept->std::same_as<std::uint64_t>;  ///< Packets the tap lost since the last call.
  { c.settle_ms() }
  noexcept->std::same_as<unsigned>;  ///< A packet shows up in drain() at the latest this long after.
  { c.inherits_stamp() }
  noexcept->std::same_as<bool>;  ///< Software stamps here may be those of a lower device.
};

}  // namespace hopcost::analyzer
