#include "pktgen/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/units.h"

namespace hopcost::pktgen {
namespace {

/// A leading decimal number and what follows it.
std::optional<std::pair<double, std::string_view>> split(std::string_view text) {
  double value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc{}) return std::nullopt;
  return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

double take_prefix(std::string_view& unit) {
  if (unit.empty()) return 1;
  double factor = 1;
  switch (unit.front()) {
    case 'k':
    case 'K':
      factor = 1e3;
      break;
    case 'M':
      factor = 1e6;
      break;
    case 'G':
      factor = 1e9;
      break;
    default:
      return 1;
  }
  unit.remove_prefix(1);
  return factor;
}

std::optional<Rate::Unit> rate_unit(std::string_view unit) {
  if (unit.empty() || unit == "pps") return Rate::Unit::kPackets;
  if (unit == "bit" || unit == "bit/s" || unit == "bit/l1" || unit == "bps") return Rate::Unit::kWireBits;
  if (unit == "bit/l2") return Rate::Unit::kFrameBits;
  if (unit == "%") return Rate::Unit::kLinkShare;
  return std::nullopt;
}

std::optional<double> ns_in(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1e9;
  if (unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  if (unit == "m" || unit == "min") return 60e9;
  if (unit == "h") return 3600e9;
  return std::nullopt;
}

}  // namespace

double Rate::pps(double size, double link_bits) const noexcept {
  const double on_wire = 8 * (size - kFcsBytes + kWireOverheadBytes);
  switch (unit) {
    case Unit::kMax:
      return 0;
    case Unit::kPackets:
      return value;
    case Unit::kWireBits:
      return value / on_wire;
    case Unit::kFrameBits:
      return value / 8 / size;
    case Unit::kLinkShare:
      return value * link_bits / on_wire;
  }
  return 0;
}

Result<Rate> parse_rate(const std::string& text) {
  if (text == "max") return Rate{};
  constexpr const char* kHint =
      "write it like 100kpps, 1Mpps, 500Mbit (on the wire), 500Mbit/l2 (frames alone), 50% (of the link) or "
      "max";
  auto number = split(text);
  if (!number) return error(Exit::kUsage, fmt::format("rate '{}' is not a number with a unit", text), kHint);
  const double factor = take_prefix(number->second);
  const auto unit = rate_unit(number->second);
  if (!unit)
    return error(Exit::kUsage, fmt::format("rate '{}': there is no unit '{}'", text, number->second), kHint);
  const double value = number->first * factor / (*unit == Rate::Unit::kLinkShare ? 100 : 1);
  if (*unit == Rate::Unit::kLinkShare && (factor != 1 || value > 1))
    return error(Exit::kUsage, fmt::format("rate '{}' is no share of a link", text), "from above 0% to 100%");
  if (!(value > 0) || value > 1e15) {
    return error(Exit::kUsage, fmt::format("a rate of '{}' sends nothing", text),
                 "give a rate above 0, or max");
  }
  return Rate{*unit, value};
}

Result<std::uint64_t> parse_duration(const std::string& text) {
  const auto number = split(text);
  const auto unit = number ? ns_in(number->second) : std::nullopt;
  if (!unit) {
    return error(Exit::kUsage, fmt::format("duration '{}' is not a time", text),
                 "write it like 10s, 500ms or 2m");
  }
  const double ns = number->first * *unit;
  if (!(ns >= 1) || ns > 1e18)
    return error(Exit::kUsage, fmt::format("a duration of '{}' is out of range", text));
  return static_cast<std::uint64_t>(ns);
}

namespace {

/// "FROM[..TO][/DURATION]".
Result<RatePiece> parse_piece(std::string text) {
  RatePiece piece;
  // The last '/' may also be that of "bit/l2".
  if (const auto slash = text.rfind('/'); slash != std::string::npos) {
    if (const auto ns = parse_duration(text.substr(slash + 1))) {
      piece.ns = *ns;
      text.resize(slash);
    }
  }
  const auto dots = text.find("..");
  auto from = parse_rate(text.substr(0, dots));
  if (!from) return forward(from);
  auto to = dots == std::string::npos ? *from : parse_rate(text.substr(dots + 2));
  if (!to) return forward(to);
  piece.from = *from;
  piece.to = *to;
  return piece;
}

}  // namespace

Result<std::vector<RatePiece>> parse_rate_pieces(const std::string& text) {
  std::vector<RatePiece> pieces;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    auto piece = parse_piece(text.substr(at, comma - at));
    if (!piece) return forward(piece);
    pieces.push_back(*piece);
    at = comma + 1;
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto& p = pieces[i];
    const bool max = p.from.unit == Rate::Unit::kMax || p.to.unit == Rate::Unit::kMax;
    const bool ramp = p.from.unit != p.to.unit || p.from.value != p.to.value;
    if (max && (pieces.size() > 1 || ramp || p.ns != 0))
      return error(Exit::kUsage, fmt::format("rate '{}': max can't be part of a ramp or a step", text));
    if (p.ns == 0 && (ramp || i + 1 < pieces.size()))
      return error(Exit::kUsage,
                   fmt::format("rate '{}': a ramp and every step but the last need a duration", text),
                   "like 10kpps..1Mpps/10s or 10kpps/5s,20kpps");
  }
  return pieces;
}

Result<Train> parse_train(const std::string& text) {
  const auto comma = text.find(',');
  std::uint32_t n = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + std::min(comma, text.size()), n);
  if (comma == std::string::npos || err != std::errc{} || end != text.data() + comma || n < 2 || n > 65536)
    return error(Exit::kUsage, fmt::format("train '{}' is not DEPARTURES,GAP", text),
                 "like 16,2us, with 2 to 65536 departures");
  auto gap = parse_duration(text.substr(comma + 1));
  if (!gap) return forward(gap);
  return Train{n, *gap};
}

}  // namespace hopcost::pktgen
