// The pcap backend: writes sent frames into a pcapng file (pcap:FILE), stamped with the time of send().
// Receives nothing. One owner thread.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "base/clock.h"
#include "pktgen/io/null/null_port.h"
#include "pktgen/io/port.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {

/// Writes every frame with the time of its send().
class PcapTx {
 public:
  /// Adds the interface; `writer` must not have one yet.
  explicit PcapTx(PcapngWriter writer) : writer_(std::move(writer)) { writer_.add_interface("pktgen"); }

  [[nodiscard]] Result<void> prepare(std::span<const std::byte> frame) {
    length_ = frame.size();
    memory_.assign(length_ * kMaxBatch, std::byte{0});
    for (std::size_t i = 0; i < kMaxBatch; ++i) {
      frames_[i] = memory_.data() + i * length_;
      std::copy(frame.begin(), frame.end(), frames_[i]);
    }
    return writer_.flush();
  }
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept {
    return std::span(frames_).first(n);
  }
  void send(std::uint32_t n) noexcept {
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    for (std::uint32_t i = 0; i < n; ++i) writer_.write(0, {frames_[i], length_}, now);
  }
  void send(std::span<const std::uint16_t> lengths) noexcept {
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    for (std::size_t i = 0; i < lengths.size(); ++i) writer_.write(0, {frames_[i], lengths[i]}, now);
  }
  void flush() noexcept {}
  [[nodiscard]] std::uint64_t owed() const noexcept { return 0; }
  [[nodiscard]] std::uint64_t errors() const noexcept { return writer_.lost(); }
  [[nodiscard]] int failed() const noexcept { return writer_.failed(); }

 private:
  PcapngWriter writer_;
  std::size_t length_ = 0;
  std::vector<std::byte> memory_;
  std::array<std::byte*, kMaxBatch> frames_{};
};

/// The backend, as pktgen/io/meson.build lists it.
struct PcapBackend {
  static constexpr const char* kName = "pcap";
  /// The one queue of a port.
  using Open = OpenPort<PcapTx, NullRx>;
  /// Creates or empties the file; "-" is standard output. Errors: as open(2).
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o) {
    std::vector<Open> ports(1);
    Open& port = ports.front();
    port.info = {.backend = kName, .mode = "file", .driver = "", .mac = {}, .mtu = 9000};
    if (!o.send) return ports;
    auto writer = PcapngWriter::create(o.spec.device, "pktgen " HOPCOST_VERSION);
    if (!writer) return forward(writer);
    port.tx.emplace(std::move(*writer));
    return ports;
  }
};

}  // namespace hopcost::pktgen
