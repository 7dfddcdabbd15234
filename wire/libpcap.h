// What is libpcap's here: tcpdump's filter language, the names of link types, and devices that it alone
// knows. libpcap.cc is the one source that includes pcap.h; without_libpcap.cc stands in for it where the
// build has no libpcap: then nothing is named, and all else is an error that says so.
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

/// Why this build has no libpcap, and which Meson option or package gives it one; empty when it has.
[[nodiscard]] std::string why_missing();

/// As libpcap calls a link type (LINKTYPE_ number), like "LINUX_SLL2"; nothing for one it does not know.
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
  /// For captured packets of a link type, from their link-layer header on. Errors: kUsage in libpcap's own
  /// words; kMissing without libpcap.
  [[nodiscard]] static Result<Filter> compile(const std::string& expression, std::uint16_t link_type);
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  /// `wire_bytes` is the packet's length before it was cut.
  [[nodiscard]] bool matches(std::span<const std::byte> packet, std::uint32_t wire_bytes) const noexcept;

 private:
  struct Program;
  explicit Filter(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

/// The same for a raw packet socket on an Ethernet device of the caller's namespace, to be run by the kernel,
/// which has taken the outer VLAN tag out of a frame when the socket gets it: only libpcap's program for the
/// live device looks for the tag where it is then. Returns 0 for a packet that does not match. Opens the
/// device for the time of the call. Errors: as compile(), and as of opening; kUsage when it has no Ethernet
/// frames.
[[nodiscard]] Result<std::vector<Instruction>> compile_for_device(const std::string& expression,
                                                                  const std::string& device);

/// A device that libpcap captures from. One owner thread at a time.
class Device {
 public:
  /// What open() asks libpcap for.
  struct Options {
    std::optional<bool> incoming = {};  ///< One direction alone.
    std::uint32_t snap_bytes = 0;       ///< Of a packet that are wanted; 0: all.
    std::size_t buffer_bytes = std::size_t{8} << 20;
    unsigned timeout_ms = 4;  ///< A packet is there at the latest this long after.
    std::string filter = {};  ///< pcap-filter(7), or empty.
  };
  /// In the caller's network namespace. Errors: kMissing for a device that is not there, naming those there
  /// are, and without libpcap; kPrivilege; kUsage for the filter, in libpcap's own words.
  [[nodiscard]] static Result<Device> open(const std::string& name, const Options& options);
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
  ~Device();

  /// The next packet that is there, valid until the next call; its link type is the device's, its times are
  /// ns. False when there is none, or the device failed.
  [[nodiscard]] bool next(PcapPacket& packet) noexcept;
  /// Packets that the capture lost since it was opened.
  [[nodiscard]] std::uint64_t drops() const noexcept;
  /// LINKTYPE_ number of its packets.
  [[nodiscard]] std::uint16_t link_type() const noexcept;
  /// Its directions can't be told apart, though one was asked for: both are taken.
  [[nodiscard]] bool both_directions() const noexcept;
  /// The descriptor underneath, where there is one; else -1.
  [[nodiscard]] int descriptor() const noexcept;

 private:
  struct Handle;
  explicit Device(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace hopcost::libpcap
