// What several throughput searches say together.
#include "campaign/device/found.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hopcost::campaign {
namespace {

Found search(double fps, const std::string& ended_early = {}) {
  return {.fps = fps,
          .upper_fps = 1.01 * fps,
          .ended_early = ended_early,
          .irregular = ended_early.empty() ? "" : "trials do not count: " + ended_early};
}

TEST(Searches, TheMiddleOneIsReportedWithTheScatterOfAll) {
  const Found found = middle_of({search(1100), search(900), search(1000)});
  EXPECT_EQ(found.fps, 1000);
  EXPECT_EQ(found.irregular, "");
  EXPECT_NEAR(found.scatter_fps, 4.3027 * 100 / std::sqrt(3), 0.1) << "Student's t of 2 degrees";
  const auto interval = interval_of(found, 5000);
  EXPECT_NEAR(interval[0].get<double>(), 1000 - found.scatter_fps, 1e-9);
  EXPECT_NEAR(interval[1].get<double>(), 1010 + found.scatter_fps, 1e-9);
}

TEST(Searches, OneThatEndedEarlyIsNoMeasurement) {
  const Found found = middle_of({search(200, "the link was down"), search(1000), search(1010)});
  EXPECT_EQ(found.fps, 1000);
  EXPECT_EQ(found.searches["n"], 2);
  EXPECT_EQ(found.searches["min"], 1000);
  ASSERT_EQ(found.remarks.size(), 1u);
  EXPECT_EQ(found.remarks[0], "1 of 3 searches irregular: trials do not count: the link was down");
}

TEST(Searches, OneAloneThatEndedHasNoScatterAndSaysSo) {
  const Found found = middle_of({search(200, "a"), search(1000), search(300, "a")});
  EXPECT_EQ(found.fps, 1000);
  EXPECT_NE(found.irregular.find("one of 3 searches"), std::string::npos) << found.irregular;
}

TEST(Searches, WhereAllEndedEarlyTheyAreWhatThereIs) {
  const Found found = middle_of({search(200, "a"), search(300, "a")});
  EXPECT_EQ(found.fps, 200);
  EXPECT_NE(found.irregular, "");
}

TEST(Searches, TheIntervalHoldsTheirMeanToo) {
  std::vector<Found> some_slow;
  for (int i = 0; i < 50; ++i) some_slow.push_back(search(i < 7 ? 500 : 1000));
  const Found found = middle_of(some_slow);
  EXPECT_EQ(found.fps, 1000);
  EXPECT_LT(interval_of(found, 5000)[0].get<double>(), found.mean_fps - 0.99 * found.scatter_fps);
}

TEST(Searches, TheIntervalStaysWhereRatesCanBe) {
  const Found found = middle_of({search(1000), search(1300)});
  EXPECT_EQ(interval_of(found, 1400)[0], 0);
  EXPECT_EQ(interval_of(found, 1400)[1], 1400);
  EXPECT_TRUE(interval_of(middle_of({search(0)}), 1400).is_null());
}

}  // namespace
}  // namespace hopcost::campaign
