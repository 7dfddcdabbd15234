#include "pktgen/source/profile/sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pktgen/source/profile/words.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kMostSize = 65535;

std::unexpected<Error> bad(const std::string& text) {
  return error(Exit::kUsage, fmt::format("'{}' is no frame size from 64 to {}", text, kMostSize),
               "write 64, 64..1518+64, 64*7|594*4|1518, imix or imix-v6; ~ before it for random");
}

Result<std::uint32_t> size_in(const std::string& text) {
  const auto size = whole_number(text);
  if (!size || *size < 64 || *size > kMostSize) return bad(text);
  return static_cast<std::uint32_t>(*size);
}

Result<SizeSpec> swept(const std::string& from_text, std::string to_text) {
  std::uint64_t step = 1;
  if (const auto plus = to_text.find('+'); plus != std::string::npos) {
    step = whole_number(to_text.substr(plus + 1)).value_or(0);
    to_text.resize(plus);
  }
  auto from = size_in(from_text);
  if (!from) return forward(from);
  auto to = size_in(to_text);
  if (!to) return forward(to);
  if (step == 0 || step > kMostSize) return error(Exit::kUsage, "a sweep's step is from 1 to 65535");
  SizeSpec s{.shares = {}};
  const std::uint32_t count =
      (std::max(*from, *to) - std::min(*from, *to)) / static_cast<std::uint32_t>(step) + 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto way = i * static_cast<std::uint32_t>(step);
    s.shares.push_back({*from <= *to ? *from + way : *from - way, 1});
  }
  return s;
}

Result<SizeSpec> weighted(const std::string& text) {
  SizeSpec s{.shares = {}};
  for (const auto& word : split_words(text, "|")) {
    const auto star = word.find('*');
    auto size = size_in(word.substr(0, star));
    if (!size) return forward(size);
    const auto weight = star == std::string::npos ? 1 : whole_number(word.substr(star + 1)).value_or(0);
    if (weight < 1 || weight > kMostTurns / 2)
      return error(Exit::kUsage, fmt::format("'{}' has no weight from 1 to {}", word, kMostTurns / 2));
    s.shares.push_back({*size, static_cast<std::uint32_t>(weight)});
  }
  return s;
}

std::vector<std::uint64_t> whole_weights(const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool whole =
      std::all_of(weights.begin(), weights.end(), [](double w) { return w == std::floor(w) && w < 1e15; });
  std::vector<std::uint64_t> out;
  std::uint64_t divisor = 0;
  for (const double w : weights) {
    out.push_back(static_cast<std::uint64_t>(w));
    divisor = std::gcd(divisor, out.back());
  }
  if (whole && sum / static_cast<double>(divisor) <= kMostTurns) {
    for (auto& w : out) w /= divisor;
    return out;
  }
  const double room = static_cast<double>(kMostTurns) - static_cast<double>(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    out[i] = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::lround(weights[i] / sum * room)));
  return out;
}

}  // namespace

Result<SizeSpec> parse_sizes(const std::string& whole) {
  std::string text = whole;
  const bool random = text.starts_with('~');
  if (random) text.erase(0, 1);
  if (text == "imix") text = "64*7|594*4|1518";     // the simple mix of RFC 6985 section 3's customs
  if (text == "imix-v6") text = "84*7|594*4|1518";  // 84 is the least that holds a probe over UDP/IPv6
  const auto dots = text.find("..");
  auto s = dots != std::string::npos ? swept(text.substr(0, dots), text.substr(dots + 2)) : weighted(text);
  if (s) s->random = random;
  return s;
}

std::vector<std::uint16_t> interleave(const std::vector<double>& weights) {
  const auto whole = whole_weights(weights);
  const auto sum = static_cast<std::int64_t>(std::accumulate(whole.begin(), whole.end(), std::uint64_t{0}));
  std::vector<std::uint16_t> order;
  if (std::all_of(whole.begin(), whole.end(), [&](auto w) { return w == whole.front(); })) {
    for (std::size_t i = 0; i < whole.size(); ++i) order.push_back(static_cast<std::uint16_t>(i));
    return order;
  }
  std::vector<std::int64_t> credit(whole.size(), 0);
  for (std::int64_t turn = 0; turn < sum; ++turn) {
    for (std::size_t i = 0; i < whole.size(); ++i) credit[i] += static_cast<std::int64_t>(whole[i]);
    const auto best = std::max_element(credit.begin(), credit.end());
    *best -= sum;
    order.push_back(static_cast<std::uint16_t>(best - credit.begin()));
  }
  return order;
}

}  // namespace hopcost::pktgen
