#include "pktgen/source/profile/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "pktgen/source/profile/sizes.h"

namespace hopcost::pktgen {
namespace {

const FieldFormat kPort{"dst_port", 0, 16};
const FieldFormat kAddress{"dst", 0, 128, FieldText::kIp6};

std::vector<std::uint64_t> values(const std::string& text, std::size_t n, const FieldFormat& field = kPort) {
  Series s(parse_series(field, text).value(), 1);
  std::vector<std::uint64_t> low(n), high(n);
  s.take(low, high);
  return low;
}

using V = std::vector<std::uint64_t>;

TEST(Series, CountsListsAndStaysFixed) {
  EXPECT_EQ(values("7", 3), (V{7, 7, 7}));
  EXPECT_EQ(values("1..3", 5), (V{1, 2, 3, 1, 2}));
  EXPECT_EQ(values("3..1", 4), (V{3, 2, 1, 3}));
  EXPECT_EQ(values("10..15+2", 4), (V{10, 12, 14, 10}));
  EXPECT_EQ(values("15..10+2", 4), (V{15, 13, 11, 15}));
  EXPECT_EQ(values("80|443|8080", 4), (V{80, 443, 8080, 80}));
}

TEST(Series, RandomStaysWithinAndReachesAll) {
  std::map<std::uint64_t, int> seen;
  for (const auto v : values("~100..109", 10'000)) ++seen[v];
  ASSERT_EQ(seen.size(), 10u);
  EXPECT_EQ(seen.begin()->first, 100u);
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 1000, 200) << value;
  EXPECT_EQ(values("~100..109#5", 20), values("~100..109#5", 20));
  EXPECT_NE(values("~100..109#5", 20), values("~100..109#6", 20));
}

TEST(Series, LongFieldsKeepTheirUpperHalf) {
  EXPECT_EQ(values("2001:2::ffff..2001:2::1:0001", 2, kAddress)[1], 0x10000u);
  EXPECT_FALSE(Series(parse_series(kAddress, "2001:2::1..2001:2::9").value(), 1).varies_high());
  Series list(parse_series(kAddress, "2001:2::1|2001:2:9::2").value(), 1);
  ASSERT_TRUE(list.varies_high());
  std::array<std::uint64_t, 2> low{}, high{};
  list.take(low, high);
  EXPECT_EQ(field_text(kAddress, {.high = high[1], .low = low[1]}), "2001:2:9::2");
}

/// As one after the other, however many are taken at a time.
TEST(Series, GoesOnWhereItWas) {
  for (const char* text : {"1..7", "9..1+3", "~1..100", "5|6|7", "~5|6|7", "0..18446744073709551615", "7"}) {
    const FieldFormat wide{"wide", 0, 64};
    Series s(parse_series(wide, text).value(), 1);
    std::vector<std::uint64_t> low(60), high(60);
    for (std::size_t i = 0, n = 1; i < 60; i += n, n = std::min<std::size_t>(i % 11 + 1, 60 - i))
      s.take(std::span(low).subspan(i, n), std::span(high).subspan(i, n));
    EXPECT_EQ(low, values(text, 60, wide)) << text;
  }
}

TEST(Series, SaysWhatIsWrong) {
  for (const char* text :
       {"", "x", "65536", "1..", "..2", "1..70000", "1..2+0", "1..2+x", "~1..9+2", "~1..2#x", "1|", "-1"})
    EXPECT_FALSE(parse_series(kPort, text)) << text;
  EXPECT_FALSE(parse_series(kAddress, "2001:2::1..2001:3::1"));
}

TEST(Sizes, EachForm) {
  const auto sizes = [](const char* text) {
    std::vector<std::uint32_t> out;
    const SizeSpec spec = parse_sizes(text).value();
    for (const auto& s : spec.shares) out.push_back(s.size);
    return out;
  };
  using S = std::vector<std::uint32_t>;
  EXPECT_EQ(sizes("64"), (S{64}));
  EXPECT_EQ(sizes("64..67"), (S{64, 65, 66, 67}));
  EXPECT_EQ(sizes("67..64+2"), (S{67, 65}));
  EXPECT_EQ(sizes("imix"), (S{64, 594, 1518}));
  EXPECT_EQ(sizes("imix-v6"), (S{84, 594, 1518}));
  EXPECT_TRUE(parse_sizes("~64..1518").value().random);
  for (const char* text : {"63", "", "64*0", "64..", "65536", "64..128+0", "imax"})
    EXPECT_FALSE(parse_sizes(text)) << text;
}

TEST(Interleave, KeepsWeightsAndSpreads) {
  EXPECT_EQ(interleave({2, 2, 2}), (std::vector<std::uint16_t>{0, 1, 2}));
  EXPECT_EQ(interleave({70, 10}).size(), 8u);
  const auto imix = interleave({7, 4, 1});
  EXPECT_EQ(std::count(imix.begin(), imix.end(), 0), 7);
  EXPECT_EQ(std::count(imix.begin(), imix.end(), 1), 4);
  EXPECT_EQ(imix.size(), 12u);
  for (std::size_t i = 0; i + 3 < imix.size(); ++i)  // no four small ones in a row
    EXPECT_NE(std::count(imix.begin() + static_cast<long>(i), imix.begin() + static_cast<long>(i) + 4, 0), 4);
  const auto unequal = interleave({1e6, 1.5});
  EXPECT_LE(unequal.size(), kMostTurns);
  EXPECT_EQ(std::count(unequal.begin(), unequal.end(), 1), 1);
}

}  // namespace
}  // namespace hopcost::pktgen
