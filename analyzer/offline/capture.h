// One capture file as the taps it holds: which probe passed which tap, and when by the file's clock. One
// owner thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/match/match.h"
#include "analyzer/tap/tap.h"
#include "base/result.h"
#include "wire/pcap_reader.h"

namespace hopcost::analyzer {

class Capture {
 public:
  static constexpr unsigned kNoTap = ~0u;

  /// Errors: those of PcapReader::open.
  [[nodiscard]] static Result<Capture> open(const std::string& path);

  /// The file's packets of an interface, by its number or its name (pcapng's if_name), are those of tap
  /// `tap`. An empty interface stands for all. Before the first next().
  void watch(std::string interface, unsigned tap) { wanted_.push_back({std::move(interface), tap}); }

  /// Goes to the next packet of a tap. False at the end of the file or of what can be read of it.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] unsigned tap() const noexcept { return tap_; }
  [[nodiscard]] std::uint64_t ns() const noexcept { return packet_.ns; }
  /// The packet, or no bytes where it is no Ethernet frame.
  [[nodiscard]] Frame frame() const noexcept;
  /// By what it is found again in another file, or nothing where there is nothing.
  [[nodiscard]] std::optional<std::uint64_t> key(Match match) const noexcept;

  /// What keeps the rest of the file from being read, with its offset; empty when all was.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Back to the first packet. False for a pipe.
  [[nodiscard]] bool rewind() noexcept { return reader_.rewind(); }

 private:
  struct Wanted {
    std::string interface;
    unsigned tap;
  };
  Capture(std::string path, PcapReader reader) : path_(std::move(path)), reader_(std::move(reader)) {}
  [[nodiscard]] unsigned tap_of(std::uint32_t interface);

  std::string path_;
  PcapReader reader_;
  std::vector<Wanted> wanted_;
  std::vector<unsigned> taps_;  // by interface, as far as met
  PcapPacket packet_;
  unsigned tap_ = kNoTap;
  std::string fault_;
};

}  // namespace hopcost::analyzer
