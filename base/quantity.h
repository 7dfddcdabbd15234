// Parses rates, durations and sizes as people write them, for every program. Includes base/result.h and
// base/units.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace hopcost {

/// A rate in packets or in bits; pps() converts by the frame size.
struct Rate {
  /// What `value` counts.
  enum class Unit {
    kMax,        ///< As fast as possible.
    kPackets,    ///< Packets a second.
    kWireBits,   ///< Bits a second on the wire: frame, FCS, preamble and gap (layer 1, as line rate is
                 ///< stated).
    kFrameBits,  ///< Bits a second of frames with FCS (layer 2).
    kLinkShare,  ///< Share of the link's bits a second on the wire, 0..1.
  };
  Unit unit = Unit::kMax;
  double value = 0;

  /// Packets a second for frames of `size` bytes (a mean) with FCS; 0 for kMax. Only kLinkShare needs
  /// `link_bits`, the link's bits a second.
  [[nodiscard]] double pps(double size, double link_bits = 0) const noexcept;
};

/// "100kpps", "1.5Mpps", "2000" (pps), "500Mbit" (layer 1), "500Mbit/l2", "50%" (of the link), "max". Decimal
/// prefixes k, M, G. Errors: kUsage, also for 0 and below.
[[nodiscard]] Result<Rate> parse_rate(std::string_view text);

/// The same, but only packets a second are allowed. Errors: kUsage.
[[nodiscard]] Result<double> parse_packet_rate(std::string_view text);

/// "10s", "500ms", "20us", "7ns", "2m" or "2min", "1h"; a bare number is seconds. At least 1 ns, rounded to
/// whole ns. Errors: kUsage.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "8M" or "8MiB" (both 8 * 1024 * 1024), "64k", "1G", "1500" or "1500B". At least 1. Errors: kUsage.
[[nodiscard]] Result<std::size_t> parse_bytes(std::string_view text);

/// "64": decimal digits alone, up to 2^32 - 1. Errors: kUsage.
[[nodiscard]] Result<std::uint32_t> parse_whole(std::string_view text);

}  // namespace hopcost
