#include "campaign/report/series.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "stats/hdr_histogram.h"

namespace hopcost::campaign {
namespace {

HdrHistogram one_to(std::uint64_t n) {
  HdrHistogram h;
  for (std::uint64_t i = 1; i <= n; ++i) h.record(i);
  return h;
}

/// The first point at or beyond q.
double value_at(const nlohmann::json& series, double q) {
  for (const auto& point : series["points"])
    if (point[0].get<double>() >= q - 1e-12) return point[1].get<double>();
  return -1;
}

TEST(PercentilePoints, AreTheHistogramsQuantiles) {
  const auto series = percentile_points(one_to(1000), 0);
  EXPECT_EQ(value_at(series, 0.9), 900);
  EXPECT_EQ(value_at(series, 0.99), 990);
  EXPECT_EQ(series["points"].front(), nlohmann::json({0.0, 1}));
  EXPECT_EQ(series["points"].back()[1], 1000);
}

TEST(PercentilePoints, ClaimsOnlyWithAHundredPacketsBeyond) {
  EXPECT_DOUBLE_EQ(percentile_points(one_to(1000), 0)["limit_q"], 0.9);
  EXPECT_DOUBLE_EQ(percentile_points(one_to(100), 0)["limit_q"], 0);
  EXPECT_DOUBLE_EQ(percentile_points(one_to(7), 0)["limit_q"], 0);
}

TEST(PercentilePoints, LostPacketsAreInfinitelyLate) {
  const auto series = percentile_points(one_to(900), 100);
  EXPECT_EQ(value_at(series, 0.9), 900) << "the 900th of 1000 sent is the last that came";
  EXPECT_DOUBLE_EQ(series["points"].back()[0], 0.9);
  EXPECT_DOUBLE_EQ(percentile_points(one_to(500), 500)["limit_q"], 0.5);
}

TEST(PercentilePoints, AscendOnBothAxes) {
  const auto points = percentile_points(one_to(54'321), 17)["points"];
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_LT(points[i - 1][0], points[i][0]);
    EXPECT_LE(points[i - 1][1], points[i][1]);
  }
}

TEST(PercentilePoints, OnePacket) {
  const auto series = percentile_points(one_to(1), 0);
  EXPECT_EQ(series["points"], nlohmann::json::parse("[[0.0, 1]]"));
}

}  // namespace
}  // namespace hopcost::campaign
