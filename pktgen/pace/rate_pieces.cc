#include "pktgen/pace/rate_pieces.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hopcost::pktgen {
namespace {

/// "FROM[..TO][/DURATION]".
Result<RatePiece> parse_piece(std::string text) {
  RatePiece piece;
  // The last '/' may also be that of "bit/l2".
  if (const auto slash = text.rfind('/'); slash != std::string::npos) {
    if (const auto ns = parse_duration(text.substr(slash + 1))) {
      piece.ns = static_cast<std::uint64_t>(ns->count());
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
  return Train{n, static_cast<std::uint64_t>(gap->count())};
}

Result<TurnSpec> parse_turns(const std::string& text) {
  const auto comma = std::min(text.find(','), text.size());
  std::uint32_t n = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + comma, n);
  const std::string rest = text.substr(comma);
  const bool known = rest.empty() || rest == ",mirrored";
  if (err != std::errc{} || end != text.data() + comma || n < 1 || n > kMaxTrain || !known)
    return error(Exit::kUsage, fmt::format("turns '{}' are not DEPARTURES[,mirrored]", text),
                 fmt::format("like 16,mirrored, with 1 to {} departures", kMaxTrain));
  return TurnSpec{.train = n, .mirrored = !rest.empty()};
}

}  // namespace hopcost::pktgen
