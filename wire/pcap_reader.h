// Reads capture files: pcapng (draft-ietf-opsawg-pcapng) and classic pcap (draft-ietf-opsawg-pcap), in both
// byte orders. They are streamed, so a file may have any size or be a pipe. Reads hostile input: every length
// is checked. One owner thread. next() allocates only for a block above the buffer and for each interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/byte_stream.h"

namespace hopcost {

inline constexpr std::uint16_t kLinkTypeEthernet = 1;

/// One packet of a capture.
struct PcapPacket {
  /// The captured bytes, without the FCS if the file says that there is one, and never more than the packet
  /// had on the wire. Valid until the reader's next call.
  std::span<const std::byte> bytes;
  std::uint32_t wire_bytes = 0;  ///< Length of the packet without FCS; above bytes.size() when it was cut.
  std::uint64_t ns = 0;          ///< Time since 1970-01-01; 0 when it has none.
  std::uint32_t interface = 0;   ///< Number of its interface, counted over the whole file; 0 in classic pcap.
  std::uint16_t link_type = 0;   ///< The interface's LINKTYPE_ number; 1: Ethernet.
  bool timed = true;             ///< False for pcapng's simple packets, which have no time.
};

class PcapReader {
 public:
  /// The result of next().
  enum class Next { kPacket, kEnd, kError };

  /// "-" is standard input. Errors: kMissing, kPrivilege from open(2); kUsage when it is no capture file.
  [[nodiscard]] static Result<PcapReader> open(const std::string& path,
                                               std::size_t buffer = ByteStream::kDefaultBuffer);
  /// The same for a stream at a capture's begin; `path` is its name in messages.
  [[nodiscard]] static Result<PcapReader> open(const std::string& path, ByteStream stream);

  /// Reads the next packet into `out`. After kError or kEnd it gives the same until rewind(). If the file
  /// ends in the middle of a packet, that is an error after all complete packets.
  [[nodiscard]] Next next(PcapPacket& out) noexcept;
  /// Call after kError: what is wrong, "FILE: byte OFFSET: ...".
  [[nodiscard]] Error error() const;
  /// Interfaces found so far, in all sections; one in classic pcap.
  [[nodiscard]] std::uint32_t interface_count() const noexcept {
    return static_cast<std::uint32_t>(interfaces_.size());
  }
  /// The file's name of an interface (if_name); empty when there is none.
  [[nodiscard]] std::string interface_name(std::uint32_t interface) const {
    return interface < interfaces_.size() ? interfaces_[interface].name : std::string();
  }
  /// LINKTYPE_ number of an interface, which is below interface_count().
  [[nodiscard]] std::uint16_t link_type_of(std::uint32_t interface) const noexcept {
    return interfaces_[interface].link_type;
  }
  /// Goes back to before the first packet. False for a pipe.
  [[nodiscard]] bool rewind() noexcept;

 private:
  /// Of one interface: how its time stamps count, and what a packet ends with.
  struct Interface {
    std::uint16_t link_type = kLinkTypeEthernet;
    std::uint8_t fcs_bytes = 0;
    std::uint32_t snap = 0;       // 0: no limit
    std::uint8_t resolution = 6;  // if_tsresol: 10^-n s, or 2^-n with the top bit set
    std::int64_t offset_s = 0;    // if_tsoffset
    std::uint64_t scale = 1000;   // ns = ticks * scale / divide, where the resolution is a power of 10
    std::uint64_t divide = 1;
    std::string name = {};  // if_name
  };
  PcapReader(std::string path, ByteStream stream) : path_(std::move(path)), stream_(std::move(stream)) {}
  [[nodiscard]] bool begin() noexcept;
  [[nodiscard]] bool read_classic_header(const std::byte* at) noexcept;
  [[nodiscard]] Next next_record(PcapPacket& out) noexcept;
  [[nodiscard]] Next next_block(PcapPacket& out) noexcept;
  /// One block's body; nothing when it holds no packet.
  [[nodiscard]] std::optional<Next> take_block(std::uint32_t type, std::span<const std::byte> body,
                                               PcapPacket& out) noexcept;
  [[nodiscard]] bool begin_section(std::span<const std::byte> body) noexcept;
  [[nodiscard]] bool add_interface(std::span<const std::byte> body) noexcept;
  /// Calls `option(code, value)` for each; false when one is longer than what is left.
  template <class F>
  [[nodiscard]] bool for_each_option(std::span<const std::byte> options, F&& option) const noexcept;
  void take_option(Interface& i, std::uint16_t code, std::span<const std::byte> value) noexcept;
  /// What a packet block says, before its data and options.
  struct Block {
    std::uint32_t interface = 0;  ///< Within its section.
    std::optional<std::uint64_t> ticks;
    std::uint32_t captured = 0, wire_bytes = 0;
  };
  [[nodiscard]] Next take_packet(const Block& block, std::span<const std::byte> data_and_options,
                                 PcapPacket& out) noexcept;
  /// By the packet's own options, else as its interface's.
  [[nodiscard]] unsigned fcs_of(const Interface& i, std::span<const std::byte> options) const noexcept;
  [[nodiscard]] static std::uint64_t ns_of(const Interface& i, std::uint64_t ticks) noexcept;
  Next fail(const char* why) noexcept;
  template <class T>
  [[nodiscard]] T load(const std::byte* at) const noexcept;

  std::string path_;
  ByteStream stream_;
  bool swapped_ = false;
  bool classic_ = false;
  bool lengths_swapped_ = false, lengths_may_be_swapped_ = false;  // in classic pcap before 2.4
  std::uint32_t first_interface_ = 0;                              // of this section
  std::vector<Interface> interfaces_;
  std::size_t pending_ = 0;  // bytes of the packet lent last
  const char* why_ = nullptr;
  std::uint64_t fault_at_ = 0;
  bool over_ = false;
};

}  // namespace hopcost
