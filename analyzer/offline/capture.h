// One capture file as the taps it holds: which packet passed which tap, and when by the file's clock. One
// owner thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/match/match.h"
#include "analyzer/tap/tap.h"
#include "base/result.h"
#include "wire/link_filter.h"
#include "wire/link_type.h"
#include "wire/pcap_reader.h"

namespace hopcost::analyzer {

class Capture {
 public:
  static constexpr unsigned kNoTap = ~0u;

  /// An interface of the file, as far as it was read, and what became of its packets.
  struct Interface {
    std::string name;  ///< Empty where the file does not say.
    std::uint16_t link_type = 0;
    unsigned tap = kNoTap;
    std::uint64_t packets = 0;
    std::uint64_t used = 0;         ///< Those that could be told apart: by a probe, or as Match says.
    std::uint64_t filtered = 0;     ///< Not picked by the filter; left out.
    std::uint64_t timeless = 0;     ///< Without a time; left out.
    std::uint64_t unread = 0;       ///< Of a link type that is not read; left out.
    std::uint64_t cut = 0;          ///< Captured in part.
    std::uint64_t lost_to_cut = 0;  ///< Of the cut ones those that could not be told apart.
    std::size_t most_of_cut = 0;    ///< Bytes that the longest of the cut ones has left.
  };

  /// `filter`: pcap-filter(7), or empty. Errors: those of PcapReader::open and LinkFilter::compile.
  [[nodiscard]] static Result<Capture> open(const std::string& path, const std::string& filter = {});

  /// The packets of an interface, by its number or its name (pcapng's if_name), are those of tap `tap`. An
  /// empty interface stands for all. When two taps name one interface, the first gets it. Call before the
  /// first next().
  void watch(std::string interface, unsigned tap) { wanted_.push_back({std::move(interface), tap}); }

  /// Goes to the next packet of a tap that the filter picks, that has a time, and a link type that is read.
  /// False at the end of the file or of what can be read of it.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] unsigned tap() const noexcept { return interfaces_[packet_.interface].tap; }
  [[nodiscard]] std::uint64_t ns() const noexcept { return packet_.ns; }
  /// The packet as an Ethernet frame; without bytes where none could be made of it.
  [[nodiscard]] Frame frame() const noexcept {
    return {frame_.bytes, frame_.wire_bytes, packet_.ns, StampKind::kTap};
  }
  /// The number by which the packet is found again in another file; nothing when it has none.
  [[nodiscard]] std::optional<std::uint64_t> key(Match match) const noexcept;
  /// Whether the packet at hand could be told apart; once for each.
  void judge(bool told_apart) noexcept;

  /// The interfaces met so far, in the file's order. The list is complete when next() has said false and
  /// fault() is empty.
  [[nodiscard]] const std::vector<Interface>& interfaces() const noexcept { return interfaces_; }
  /// What keeps the rest of the file from being read, with its offset; empty when all was.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  /// The filter does not go with a link type of the file: nothing was read from there on.
  [[nodiscard]] const std::optional<Error>& filter_fault() const noexcept { return filter_fault_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Back to the first packet, with nothing counted. False for a pipe.
  [[nodiscard]] bool rewind() noexcept;

 private:
  struct Wanted {
    std::string interface;
    unsigned tap;
  };
  Capture(std::string path, PcapReader reader, std::optional<LinkFilter> filter)
      : path_(std::move(path)), reader_(std::move(reader)), filter_(std::move(filter)) {}
  /// What the packet at hand is to its tap; takes the frame when it is one.
  [[nodiscard]] bool take() noexcept;
  /// Takes note of interfaces that the reader has met since.
  void meet_interfaces();

  std::string path_;
  PcapReader reader_;
  std::optional<LinkFilter> filter_;
  std::vector<Wanted> wanted_;
  std::vector<Interface> interfaces_;
  PcapPacket packet_;
  EthernetFrames frames_;
  EthernetFrame frame_;
  std::string fault_;
  std::optional<Error> filter_fault_;
};

}  // namespace hopcost::analyzer
