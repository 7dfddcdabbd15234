// A port that also writes the frames it is given into a capture. One owner thread.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "pktgen/io/port.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {

/// Wraps a port that lends frames. Each frame given to send() is also written to the capture, stamped with
/// the time of that call (CLOCK_REALTIME). Port and writer must outlive it. Errors of the file do not stop
/// the port; the writer reports them.
///
/// There is one TeePort type for every kind of port, so that the sending loops are compiled once for all of
/// them. That costs a virtual call per batch, which is little beside writing each frame to a file.
class TeePort {
 public:
  /// `interface`: the port's interface index in the capture.
  template <SizedTxPort P>
  TeePort(P& port, PcapngWriter& writer, std::uint32_t interface = 0)
      : port_(std::make_unique<Calls<P>>(port)), writer_(&writer), interface_(interface) {}

  [[nodiscard]] Result<void> prepare(std::span<const std::byte> longest) {
    length_ = longest.size();
    return port_->prepare(longest);
  }
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept { return lent_ = port_->lend(n); }
  void send(std::uint32_t n) noexcept {
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    for (std::uint32_t i = 0; i < n; ++i) writer_->write(interface_, {lent_[i], length_}, now);
    port_->send(n);
  }
  void send(std::span<const std::uint16_t> lengths) noexcept {
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    for (std::size_t i = 0; i < lengths.size(); ++i) writer_->write(interface_, {lent_[i], lengths[i]}, now);
    port_->send(lengths);
  }
  void given_at(std::uint64_t ns) noexcept { port_->given_at(ns); }
  [[nodiscard]] const DepartureStamps* departures() noexcept { return port_->departures(); }
  void flush() noexcept { port_->flush(); }
  [[nodiscard]] std::uint64_t owed() const noexcept { return port_->owed(); }
  [[nodiscard]] std::uint64_t errors() const noexcept { return port_->errors(); }
  void settle() noexcept { port_->settle(); }
  [[nodiscard]] int failed() const noexcept { return port_->failed(); }
  [[nodiscard]] std::string note() const { return port_->note(); }

 private:
  struct AnyCalls {
    virtual ~AnyCalls() = default;
    virtual Result<void> prepare(std::span<const std::byte> longest) = 0;
    virtual std::span<std::byte* const> lend(std::uint32_t n) noexcept = 0;
    virtual void send(std::uint32_t n) noexcept = 0;
    virtual void send(std::span<const std::uint16_t> lengths) noexcept = 0;
    virtual void given_at(std::uint64_t ns) noexcept = 0;
    virtual const DepartureStamps* departures() noexcept = 0;
    virtual void flush() noexcept = 0;
    [[nodiscard]] virtual std::uint64_t owed() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t errors() const noexcept = 0;
    virtual void settle() noexcept = 0;
    [[nodiscard]] virtual int failed() const noexcept = 0;
    [[nodiscard]] virtual std::string note() const = 0;
  };
  /// Calls that `P` does not have do nothing.
  template <SizedTxPort P>
  struct Calls final : AnyCalls {
    explicit Calls(P& p) noexcept : port(p) {}
    Result<void> prepare(std::span<const std::byte> longest) override { return port.prepare(longest); }
    std::span<std::byte* const> lend(std::uint32_t n) noexcept override { return port.lend(n); }
    void send(std::uint32_t n) noexcept override { port.send(n); }
    void send(std::span<const std::uint16_t> lengths) noexcept override { port.send(lengths); }
    void given_at(std::uint64_t ns) noexcept override {
      if constexpr (StampingTxPort<P>) port.given_at(ns);
    }
    const DepartureStamps* departures() noexcept override {
      if constexpr (StampingTxPort<P>) return port.departures();
      return nullptr;
    }
    void flush() noexcept override { port.flush(); }
    [[nodiscard]] std::uint64_t owed() const noexcept override { return port.owed(); }
    [[nodiscard]] std::uint64_t errors() const noexcept override { return port.errors(); }
    void settle() noexcept override {
      if constexpr (SettlingPort<P>) port.settle();
    }
    [[nodiscard]] int failed() const noexcept override { return port.failed(); }
    [[nodiscard]] std::string note() const override {
      if constexpr (NotingPort<P>) return port.note();
      return {};
    }

    P& port;
  };

  std::unique_ptr<AnyCalls> port_;
  PcapngWriter* writer_;
  std::uint32_t interface_;
  std::size_t length_ = 0;
  std::span<std::byte* const> lent_;
};

}  // namespace hopcost::pktgen
