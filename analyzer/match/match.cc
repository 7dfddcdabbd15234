#include "analyzer/match/match.h"

#include <fmt/format.h>

#include <array>

namespace hopcost::analyzer {

namespace {
constexpr std::array<std::string_view, 3> kNames = {"probe", "5-tuple", "payload"};
}

std::string_view name_of(Match match) noexcept {
  return kNames[static_cast<std::size_t>(match)];
}

Result<Match> parse_match(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (text == kNames[i]) return static_cast<Match>(i);
  return error(Exit::kUsage, fmt::format("match by '{}'", text), "probe, 5-tuple or payload");
}

}  // namespace hopcost::analyzer
