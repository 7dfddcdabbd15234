// Tap kind libpcap: a device that libpcap captures from (wire/libpcap.h), for those that no packet socket
// hears: any, nflog, usbmon0, dbus-system, and devices without Ethernet frames. Drained by one thread at a
// time.
//
// Packets of another link layer are handed on as Ethernet frames (wire/link_type.h). Stamps are what libpcap
// gives for the device; whether the kernel took one earlier, for another socket, it does not say.
#pragma once

#include "analyzer/tap/tap.h"
#include "wire/find_probe.h"
#include "wire/libpcap.h"
#include "wire/link_type.h"

namespace hopcost::analyzer {

class LibpcapTap {
 public:
  static constexpr std::string_view kKind = "libpcap";
  static constexpr std::string_view kSees =
      "packets of a device that libpcap captures from, whatever its link layer; slower than af_packet, and "
      "stamps of a lower device are not told from its own";

  /// Opens in the caller's current network namespace. Errors: libpcap::Device::open's; kUsage when the point
  /// is no device's direction, and for a link type that is not read.
  [[nodiscard]] static Result<LibpcapTap> open(const TapSpec& spec, const TapOptions& options);

  [[nodiscard]] static std::vector<std::string> points() { return {}; }
  [[nodiscard]] static Result<void> usable() { return {}; }

  template <TapSink S>
  std::size_t drain(S& sink, std::size_t most = kAllEvents) noexcept {
    return for_each_frame(most, [&](const Frame& frame) noexcept {
      if (const auto found = find_probe(frame.bytes)) {
        sink.probe(found->probe, frame.ns, frame.kind, kUnknownCpu);
      } else {
        sink.foreign(1);
      }
    });
  }
  /// As drain(), as Ethernet frames; one of a link type that is not read is empty.
  template <FrameSink S>
  std::size_t drain_frames(S& sink, std::size_t most = kAllEvents) noexcept {
    return for_each_frame(most, [&](const Frame& frame) noexcept { sink.frame(frame); });
  }

  void detach() noexcept;
  [[nodiscard]] std::uint64_t take_drops() noexcept;
  [[nodiscard]] unsigned settle_ms() const noexcept { return 2 * kTimeoutMs; }
  [[nodiscard]] bool inherits_stamp() const noexcept { return false; }

 private:
  static constexpr unsigned kTimeoutMs = 4;
  /// A flood can't keep the reader in one tap.
  static constexpr std::size_t kMostAtOnce = std::size_t{1} << 17;
  explicit LibpcapTap(libpcap::Device device) : device_(std::move(device)) {}

  template <class F>
  std::size_t for_each_frame(std::size_t most, F&& f) noexcept {
    std::size_t frames = 0;
    for (PcapPacket packet; frames < std::min(most, kMostAtOnce) && device_.next(packet); ++frames) {
      const auto frame = frames_.of(packet).value_or(EthernetFrame{});
      f(Frame{frame.bytes, frame.wire_bytes, packet.ns, StampKind::kTap});
    }
    return frames;
  }

  libpcap::Device device_;
  EthernetFrames frames_;
  std::uint64_t drops_ = 0;
};

}  // namespace hopcost::analyzer
