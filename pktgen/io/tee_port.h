// A port that also writes what it is given into a capture. One owner thread.
#pragma once

#include "base/clock.h"
#include "pktgen/io/port.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {

/// Everything of `P`; each frame given to send() is written as well, stamped (CLOCK_REALTIME) as it is given.
/// Refers to both. The file's faults do not stop the port: they are in the writer.
template <TxPort P>
class TeePort {
 public:
  /// `interface`: the port's in the capture.
  TeePort(P& port, PcapngWriter& writer, std::uint32_t interface = 0) noexcept
      : port_(&port), writer_(&writer), interface_(interface) {}

  template <class Frame>
  [[nodiscard]] Result<void> prepare(const Frame& frame) {
    length_ = std::span<const std::byte>(frame).size();
    return port_->prepare(frame);
  }
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept { return lent_ = port_->lend(n); }
  void send(std::uint32_t n) noexcept {
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    for (std::uint32_t i = 0; i < n; ++i) writer_->write(interface_, {lent_[i], length_}, now);
    port_->send(n);
  }
  template <SizedTxPort Sized = P>
  void send(std::span<const std::uint16_t> lengths) noexcept {
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    for (std::size_t i = 0; i < lengths.size(); ++i) writer_->write(interface_, {lent_[i], lengths[i]}, now);
    port_->send(lengths);
  }
  void given_at(std::uint64_t ns) noexcept requires StampingTxPort<P> { port_->given_at(ns); }
  [[nodiscard]] const DepartureStamps* departures() noexcept requires StampingTxPort<P> {
    return port_->departures();
  }
  void flush() noexcept { port_->flush(); }
  [[nodiscard]] std::uint64_t owed() const noexcept { return port_->owed(); }
  [[nodiscard]] std::uint64_t errors() const noexcept { return port_->errors(); }
  void settle() noexcept requires SettlingPort<P> { port_->settle(); }
  [[nodiscard]] int failed() const noexcept { return port_->failed(); }
  [[nodiscard]] std::string note() const requires NotingPort<P> { return port_->note(); }

 private:
  P* port_;
  PcapngWriter* writer_;
  std::uint32_t interface_;
  std::size_t length_ = 0;
  std::span<std::byte* const> lent_;
};

}  // namespace hopcost::pktgen
