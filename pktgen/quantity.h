// Rates and durations as people write them. Includes only base/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// A rate in packets or in bits; the frame size turns the latter into the former.
struct Rate {
  enum class Unit {
    kMax,        ///< As fast as it can.
    kPackets,    ///< Packets a second.
    kWireBits,   ///< Bits a second on the wire: frame, FCS, preamble and gap (layer 1, as line rate is
                 ///< stated).
    kFrameBits,  ///< Bits a second of frames with FCS (layer 2).
    kLinkShare,  ///< Of the link's bits a second on the wire, 0..1.
  };
  Unit unit = Unit::kMax;
  double value = 0;

  /// Packets a second for frames of `size` bytes (a mean) with FCS; 0 for kMax. `link_bits` a second are
  /// needed for kLinkShare alone.
  [[nodiscard]] double pps(double size, double link_bits = 0) const noexcept;
};

/// "100kpps", "1.5Mpps", "2000" (pps), "500Mbit" (layer 1), "500Mbit/l2", "50%" (of the link), "max". Decimal
/// prefixes k, M, G. Errors: kUsage, also for 0 and below.
[[nodiscard]] Result<Rate> parse_rate(const std::string& text);

/// A rate, or one that goes evenly to another, for a time.
struct RatePiece {
  Rate from, to;
  std::uint64_t ns = 0;  ///< 0: until the run ends; the last piece alone.
};

/// One rate as above, "10kpps..1Mpps/10s" (a ramp), or pieces one after the other:
/// "10kpps/5s,20kpps/5s,20kpps..50kpps/1m". At least one piece; max stands alone. Errors: kUsage.
[[nodiscard]] Result<std::vector<RatePiece>> parse_rate_pieces(const std::string& text);

/// "16,2us": so many departures at a time, so far apart (ns). Errors: kUsage.
struct Train {
  std::uint32_t departures = 1;
  std::uint64_t gap_ns = 0;
};
[[nodiscard]] Result<Train> parse_train(const std::string& text);

/// "10s", "500ms", "20us", "2m", "1h"; a bare number is seconds. Nanoseconds, above 0. Errors: kUsage.
[[nodiscard]] Result<std::uint64_t> parse_duration(const std::string& text);

}  // namespace hopcost::pktgen
