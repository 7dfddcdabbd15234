#include "pktgen/source/profile/series.h"

#include <fmt/format.h>

#include "pktgen/source/profile/words.h"

namespace hopcost::pktgen {
namespace {

using Kind = SeriesSpec::Kind;

Result<SeriesSpec> parse_list(const FieldFormat& field, const std::string& text, bool random) {
  SeriesSpec s{.kind = random ? Kind::kRandomList : Kind::kList, .first = {}, .list = {}, .seed = {}};
  for (const auto& word : split_words(text, "|")) {
    auto value = parse_field(field, word);
    if (!value) return forward(value);
    s.list.push_back(*value);
  }
  s.values = s.list.size();
  return s;
}

/// "B+S" of "A..B+S": S, or 1.
Result<std::uint64_t> take_step(std::string& to) {
  const auto plus = to.find('+');
  if (plus == std::string::npos) return 1;
  const auto step = whole_number(to.substr(plus + 1));
  if (!step || *step == 0) return error(Exit::kUsage, fmt::format("'{}' is no step", to.substr(plus + 1)));
  to.resize(plus);
  return *step;
}

Result<SeriesSpec> parse_range(const FieldFormat& field, const std::string& from_text, std::string to_text,
                               bool random) {
  auto step = take_step(to_text);
  if (!step) return forward(step);
  auto from = parse_field(field, from_text);
  if (!from) return forward(from);
  auto to = parse_field(field, to_text);
  if (!to) return forward(to);
  if (from->high != to->high)
    return error(Exit::kUsage, fmt::format("{} and {} differ above their last 64 bits", from_text, to_text));
  SeriesSpec s{.kind = Kind::kCount, .first = *from, .list = {}, .seed = {}};
  const bool down = to->low < from->low;
  const std::uint64_t span = down ? from->low - to->low : to->low - from->low;
  s.step = down ? 0 - *step : *step;
  s.values = span / *step + 1;
  if (!random) return s;
  if (*step != 1) return error(Exit::kUsage, "a random range has no step");
  s.kind = Kind::kRandom;
  s.first.low = down ? to->low : from->low;
  return s;
}

}  // namespace

Result<SeriesSpec> parse_series(const FieldFormat& field, const std::string& whole) {
  std::string text = whole;
  std::optional<std::uint64_t> seed;
  const bool random = text.starts_with('~');
  if (random) {
    text.erase(0, 1);
    if (const auto at = text.find('#'); at != std::string::npos) {
      seed = whole_number(text.substr(at + 1));
      if (!seed) return error(Exit::kUsage, fmt::format("'{}' is no seed", text.substr(at + 1)));
      text.resize(at);
    }
  }
  const auto dots = text.find("..");
  const bool list = text.find('|') != std::string::npos;
  Result<SeriesSpec> s = SeriesSpec{};
  if (list || (random && dots == std::string::npos)) {
    s = parse_list(field, text, random);
  } else if (dots != std::string::npos) {
    s = parse_range(field, text.substr(0, dots), text.substr(dots + 2), random);
  } else {
    auto value = parse_field(field, text);
    if (!value) return forward(value);
    s->first = *value;
  }
  if (s) s->seed = seed;
  return s;
}

Series::Series(const SeriesSpec& s, std::uint64_t seed)
    : first_(s.first.low),
      step_(s.step),
      values_(s.values),
      random_(s.seed.value_or(seed)),
      kind_(s.kind),
      list_(s.list) {}

HOPCOST_CLONES void Series::count(std::span<std::uint64_t> low) noexcept {
  std::uint64_t* const to = low.data();
  const std::size_t n = low.size();
  for (std::size_t i = 0; i < n;) {
    const std::uint64_t last = values_ - 1 - index_;  // values after this one; values_ 0 stands for 2^64
    const std::size_t more = last < n - i ? static_cast<std::size_t>(last) + 1 : n - i;
    const std::uint64_t value = first_ + index_ * step_, step = step_;
    for (std::size_t k = 0; k < more; ++k) to[i + k] = value + k * step;
    i += more;
    index_ += more;
    if (index_ == values_) index_ = 0;
  }
}

/// A number of steps above `first`, below `values_`; all 64 bits when that is 0. It is even, except for less
/// than values_ / 2^32 below that, / 2^64 above.
HOPCOST_CLONES void Series::draw(std::span<std::uint64_t> into, std::uint64_t first) noexcept {
  Random random = random_;
  const std::uint64_t n = values_;
  if (n == 0) {
    for (std::uint64_t& value : into) value = first + random.bits();
  } else if (n <= std::uint64_t{1} << 32) {
    for (std::uint64_t& value : into) value = first + ((random.bits() >> 32) * n >> 32);
  } else {
    for (std::uint64_t& value : into) value = first + random.bits() % n;
  }
  random_ = random;
}

void Series::take(std::span<std::uint64_t> low, std::span<std::uint64_t> high) noexcept {
  switch (kind_) {
    case SeriesSpec::Kind::kFixed:
      for (std::uint64_t& value : low) value = first_;
      return;
    case SeriesSpec::Kind::kCount:
      return count(low);
    case SeriesSpec::Kind::kRandom:
      return draw(low, first_);
    case SeriesSpec::Kind::kList:
      for (std::size_t i = 0; i < low.size(); ++i) {
        look_up(index_, low[i], high[i]);
        if (++index_ == values_) index_ = 0;
      }
      return;
    case SeriesSpec::Kind::kRandomList:
      draw(low, 0);
      for (std::size_t i = 0; i < low.size(); ++i) look_up(low[i], low[i], high[i]);
      return;
  }
}

}  // namespace hopcost::pktgen
