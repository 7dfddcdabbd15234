// Tap kind af_packet: a TPACKET_V3 receive ring (packet(7), Documentation/networking/packet_mmap.rst). Any
// kernel since 3.2, no BPF needed beyond classic filters. Drained by one thread at a time.
//
// What a stamp means (net/packet/af_packet.c, tpacket_rcv): when nobody stamped the packet before, the kernel
// reads the clock *after* it copied the packet into the ring. The stamp therefore includes the copy. The
// whole frame is copied, the same in every mode, so the copy falls out of differences between modes of the
// same frame size; a shorter snap length would shift every figure by the bytes it saves and could cut off the
// probe, which ends the frame.
#pragma once

#include <linux/if_packet.h>

#include <atomic>
#include <span>

#include "analyzer/tap/af_packet/ring.h"
#include "analyzer/tap/tap.h"
#include "base/fd.h"
#include "base/ring_tag.h"
#include "wire/find_probe.h"

namespace hopcost::analyzer {

class AfPacketTap {
 public:
  static constexpr std::string_view kKind = "af_packet";
  static constexpr std::string_view kSees =
      "frames entering or leaving the device; the stamp is read after the frame was copied, unless a socket "
      "of the host "
      "asks for receive timestamps";

  /// Opens in the caller's current network namespace. Errors: kMissing (device; names those there are),
  /// kPrivilege, kUsage when the point is no device's direction.
  [[nodiscard]] static Result<AfPacketTap> open(const TapSpec& spec, const TapOptions& options);

  [[nodiscard]] static std::vector<std::string> points() { return {}; }
  [[nodiscard]] static Result<void> usable();

  /// Hands over the frames of the blocks the kernel has closed, `most` and up to one block more.
  template <TapSink S>
  std::size_t drain(S& sink, std::size_t most = kAllEvents) noexcept;
  /// The same, as frames, each with its outer VLAN tag back in its place.
  template <FrameSink S>
  std::size_t drain_frames(S& sink, std::size_t most = kAllEvents) noexcept;

  void detach() noexcept;
  [[nodiscard]] std::uint64_t take_drops() noexcept;
  /// Twice the block retire timeout, by which the kernel closes a block that did not fill up.
  [[nodiscard]] unsigned settle_ms() const noexcept { return 2 * kRetireMs; }
  [[nodiscard]] bool inherits_stamp() const noexcept { return inherits_stamp_; }

 private:
  AfPacketTap(Fd socket, Ring ring, bool inherits_stamp)
      : socket_(std::move(socket)), ring_(std::move(ring)), inherits_stamp_(inherits_stamp) {}

  /// f(header, the frame in the ring), where it may be changed.
  template <class F>
  std::size_t for_each_frame(std::size_t most, F&& f) noexcept;

  Fd socket_;
  Ring ring_;  // unmapped before the socket closes
  unsigned next_block_ = 0;
  bool inherits_stamp_ = false;
};

/// The tp_status bits of Linux' include/uapi/linux/if_packet.h as a StampKind.
[[nodiscard]] inline StampKind stamp_kind(std::uint32_t tp_status) noexcept {
  if (tp_status & TP_STATUS_TS_RAW_HARDWARE) return StampKind::kHardware;
  return tp_status & TP_STATUS_TS_SOFTWARE ? StampKind::kSoftware : StampKind::kTap;
}

/// CLOCK_REALTIME.
[[nodiscard]] inline std::uint64_t stamp_ns(const tpacket3_hdr& h) noexcept {
  return std::uint64_t{h.tp_sec} * 1'000'000'000u + h.tp_nsec;
}

template <class F>
std::size_t AfPacketTap::for_each_frame(std::size_t most, F&& f) noexcept {
  std::size_t frames = 0;
  // At most one turn of the ring: a flood can't keep us here.
  for (unsigned i = 0; i < ring_.blocks() && frames < most; ++i) {
    auto& block = ring_.block(next_block_);
    std::atomic_ref<std::uint32_t> status(block.hdr.bh1.block_status);
    if (!(status.load(std::memory_order_acquire) & TP_STATUS_USER)) break;
    auto* at = reinterpret_cast<std::byte*>(&block) + block.hdr.bh1.offset_to_first_pkt;
    const std::uint32_t count = block.hdr.bh1.num_pkts;
    for (std::uint32_t n = 0; n < count; ++n) {
      const auto& h = *reinterpret_cast<const tpacket3_hdr*>(at);
      f(h, std::span(at + h.tp_mac, h.tp_snaplen));
      at += h.tp_next_offset;
    }
    frames += count;
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    next_block_ = next_block_ + 1 == ring_.blocks() ? 0 : next_block_ + 1;
  }
  return frames;
}

template <TapSink S>
std::size_t AfPacketTap::drain(S& sink, std::size_t most) noexcept {
  return for_each_frame(most, [&](const tpacket3_hdr& h, std::span<const std::byte> frame) noexcept {
    if (const auto found = find_probe(frame)) {
      sink.probe(found->probe, stamp_ns(h), stamp_kind(h.tp_status), kUnknownCpu);
    } else {
      sink.foreign(1);
    }
  });
}

template <FrameSink S>
std::size_t AfPacketTap::drain_frames(S& sink, std::size_t most) noexcept {
  return for_each_frame(most, [&](const tpacket3_hdr& h, std::span<std::byte> frame) noexcept {
    const auto bytes = with_ring_tag(frame, h.tp_status, h.hv1);
    const auto wire_bytes = static_cast<std::uint32_t>(h.tp_len + bytes.size() - frame.size());
    sink.frame(Frame{bytes, wire_bytes, stamp_ns(h), stamp_kind(h.tp_status)});
  });
}

}  // namespace hopcost::analyzer
