#include "base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/units.h"

namespace hopcost {
namespace {

/// A leading decimal number and what follows it.
std::optional<std::pair<double, std::string_view>> split_number(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return std::pair{value, text.substr(static_cast<std::size_t>(end - text.data()))};
}

using Unit = std::pair<std::string_view, double>;

/// A number followed by one of `units`, in the unit whose factor is 1.
std::optional<double> number_with_unit(std::string_view text, std::span<const Unit> units) {
  const auto number = split_number(text);
  if (!number) return std::nullopt;
  for (const auto& [name, factor] : units) {
    if (number->second == name) return number->first * factor;
  }
  return std::nullopt;
}

double take_prefix(std::string_view& unit) {
  constexpr std::array<std::pair<char, double>, 4> kPrefixes = {
      {{'k', 1e3}, {'K', 1e3}, {'M', 1e6}, {'G', 1e9}}};
  for (const auto& [letter, factor] : kPrefixes) {
    if (!unit.starts_with(letter)) continue;
    unit.remove_prefix(1);
    return factor;
  }
  return 1;
}

std::optional<Rate::Unit> rate_unit(std::string_view unit) {
  if (unit.empty() || unit == "pps") return Rate::Unit::kPackets;
  if (unit == "bit" || unit == "bit/s" || unit == "bit/l1" || unit == "bps") return Rate::Unit::kWireBits;
  if (unit == "bit/l2") return Rate::Unit::kFrameBits;
  if (unit == "%") return Rate::Unit::kLinkShare;
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

Result<Rate> parse_rate(std::string_view text) {
  if (text == "max") return Rate{};
  constexpr const char* kHint =
      "write it like 100kpps, 1Mpps, 500Mbit (on the wire), 500Mbit/l2 (frames alone), 50% (of the link) or "
      "max";
  auto number = split_number(text);
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

Result<double> parse_packet_rate(std::string_view text) {
  auto rate = parse_rate(text);
  if (!rate) return forward(rate);
  if (rate->unit != Rate::Unit::kPackets) {
    return error(Exit::kUsage, fmt::format("rate '{}': here it is packets a second", text),
                 "write it like 20kpps, 1.5Mpps or 5000");
  }
  return rate->value;
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 8> kUnits = {{{"", 1e9},
                                                  {"s", 1e9},
                                                  {"ms", 1e6},
                                                  {"us", 1e3},
                                                  {"ns", 1},
                                                  {"m", 60e9},
                                                  {"min", 60e9},
                                                  {"h", 3600e9}}};
  const auto ns = number_with_unit(text, kUnits);
  if (!ns) {
    return error(Exit::kUsage, fmt::format("duration '{}' is not a time", text),
                 "write it like 10s, 500ms or 2m");
  }
  if (!(*ns >= 1) || *ns > 1e18) {
    return error(Exit::kUsage, fmt::format("a duration of '{}' is out of range", text),
                 "from 1ns to some years");
  }
  return std::chrono::nanoseconds(std::llround(*ns));
}

Result<std::size_t> parse_bytes(std::string_view text) {
  constexpr double kKi = 1024;
  constexpr double kMost = std::min(1e15, static_cast<double>(std::numeric_limits<std::size_t>::max() >> 1));
  static constexpr std::array<Unit, 9> kUnits = {{{"", 1},
                                                  {"B", 1},
                                                  {"k", kKi},
                                                  {"K", kKi},
                                                  {"KiB", kKi},
                                                  {"M", kKi * kKi},
                                                  {"MiB", kKi * kKi},
                                                  {"G", kKi * kKi * kKi},
                                                  {"GiB", kKi * kKi * kKi}}};
  const auto bytes = number_with_unit(text, kUnits);
  if (!bytes || !(*bytes >= 1) || *bytes > kMost) {
    return error(Exit::kUsage, fmt::format("size '{}' is not a number of bytes", text),
                 "write it like 8M, 64KiB or 1500");
  }
  return static_cast<std::size_t>(*bytes);
}

Result<std::uint32_t> parse_whole(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size())
    return error(Exit::kUsage, fmt::format("'{}' is not a whole number", text), "write it like 64");
  return value;
}

}  // namespace hopcost
