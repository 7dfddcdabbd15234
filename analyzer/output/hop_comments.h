// The comment beside a frame: what the earlier taps tell of its packet. Bounded memory. One owner thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/config.h"
#include "wire/packet_identity.h"

namespace hopcost::analyzer {

/// A packet at a tap.
struct Sight {
  unsigned tap = 0;
  std::uint64_t ns = 0;
  std::uint64_t number = 0;  ///< Flow and sequence of a probe; a packet's identity.
  std::uint64_t tx_ns = 0;   ///< Of a probe.
  FlowKey flow = {};         ///< Of a packet without one.
};

class HopComments {
 public:
  /// Packets remembered, the oldest given up first.
  static constexpr std::size_t kRemembered = 65'536;

  /// Names of the taps, in the path's order.
  HopComments(Match match, std::vector<std::string> taps) : match_(match), taps_(std::move(taps)) {}

  /// To be called for each sight before comment() is for any later one.
  void remember(const Sight& s);
  /// "hop wire->bridge_port 283 ns, since tx 1642 ns, flow 1 seq 42".
  [[nodiscard]] std::string comment(const Sight& s) const;

 private:
  struct Known {
    std::array<std::uint64_t, kMaxTaps> ns{};
    std::uint16_t seen = 0;
    bool twice = false;
  };
  [[nodiscard]] std::string name_of_packet(const Sight& s) const;

  Match match_;
  std::vector<std::string> taps_;
  std::unordered_map<std::uint64_t, Known> known_;
  std::deque<std::uint64_t> order_;
};

}  // namespace hopcost::analyzer
