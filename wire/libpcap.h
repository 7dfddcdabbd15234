// What we use of libpcap: tcpdump's filter language, the names of link types, and devices that only libpcap
// knows. Only libpcap.cc includes pcap.h. In a build without libpcap without_libpcap.cc takes its place: link
// types have no names, and everything else is an error that says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/pcap_reader.h"

namespace hopcost::libpcap {

/// Why this build has no libpcap, and which Meson option or package adds it; empty when it has libpcap.
[[nodiscard]] std::string why_missing();

/// libpcap's name of a link type (LINKTYPE_ number), like "LINUX_SLL2"; nothing for one that it does not
/// know.
[[nodiscard]] std::optional<std::string> link_type_name(std::uint16_t link_type);

/// An instruction of classic BPF, as in linux/filter.h.
struct Instruction {
  std::uint16_t code = 0;
  std::uint8_t if_true = 0, if_false = 0;
  std::uint32_t k = 0;
};

/// An expression of pcap-filter(7), compiled. Safe from any thread.
class Filter {
 public:
  /// Compiles the expression for captured packets of a link type; packets begin with their link-layer header.
  /// Errors: kUsage with libpcap's message; kMissing without libpcap.
  [[nodiscard]] static Result<Filter> compile(const std::string& expression, std::uint16_t link_type);
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  /// Whether a packet matches. `wire_bytes` is its length before it was cut.
  [[nodiscard]] bool matches(std::span<const std::byte> packet, std::uint32_t wire_bytes) const noexcept;

 private:
  struct Program;
  explicit Filter(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

/// Compiles the expression for the kernel to run on a raw packet socket of an Ethernet device in the caller's
/// namespace. The kernel has removed a frame's outer VLAN tag when the socket gets it; only libpcap's program
/// for the live device looks for the tag where the kernel keeps it. The program returns 0 for a packet that
/// does not match. Opens the device during the call. Errors: as Filter::compile() and Device::open(); kUsage
/// when the device has no Ethernet frames.
[[nodiscard]] Result<std::vector<Instruction>> compile_for_device(const std::string& expression,
                                                                  const std::string& device);

/// An open device that libpcap captures from. One owner thread at a time.
class Device {
 public:
  /// What open() asks libpcap for.
  struct Options {
    std::optional<bool> incoming = {};  ///< Only incoming (true) or outgoing (false) packets; nothing: both.
    std::uint32_t snap_bytes = 0;       ///< Bytes wanted of a packet; 0: all.
    std::size_t buffer_bytes = std::size_t{8} << 20;
    unsigned timeout_ms = 4;  ///< A packet is delivered this long after its arrival at the latest.
    std::string filter = {};  ///< pcap-filter(7), or empty.
  };
  /// Opens a device of the caller's network namespace. Errors: kMissing when there is no such device (naming
  /// those there are), and without libpcap; kPrivilege; kUsage for the filter, with libpcap's message.
  [[nodiscard]] static Result<Device> open(const std::string& name, const Options& options);
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  ~Device();

  /// Gets the next packet that has arrived, valid until the next call. Its link type is the device's. False
  /// when there is none, or the device failed.
  [[nodiscard]] bool next(PcapPacket& packet) noexcept;
  /// Packets that the capture lost since it was opened.
  [[nodiscard]] std::uint64_t drops() const noexcept;
  /// LINKTYPE_ number of the device's packets.
  [[nodiscard]] std::uint16_t link_type() const noexcept;
  /// True when one direction was asked for but the device can't tell them apart, so both are captured.
  [[nodiscard]] bool both_directions() const noexcept;
  /// The descriptor to poll, if there is one; else -1.
  [[nodiscard]] int descriptor() const noexcept;

 private:
  struct Handle;
  explicit Device(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace hopcost::libpcap
