// Several containers' figures as one.
#include "campaign/loads/together.h"

#include <gtest/gtest.h>

namespace hopcost::campaign {
namespace {

using nlohmann::json;

const json kKinds = {{{"name", "p50"}, {"unit", "ns"}},
                     {{"name", "transactions"}, {"unit", "1/s"}, {"over_containers", "sum"}},
                     {{"name", "lost"}, {"unit", "%"}}};

TEST(Together, RatesAddUpAndTimesAreTheirMean) {
  const json all = figures_together(kKinds, {{{"p50", 10.0}, {"transactions", 100.0}, {"lost", 0.0}},
                                             {{"p50", 20.0}, {"transactions", 300.0}, {"lost", 1.0}}});
  EXPECT_EQ(all["p50"], 15.0);
  EXPECT_EQ(all["transactions"], 400.0);
  EXPECT_EQ(all["lost"], 0.5);
  EXPECT_DOUBLE_EQ(all["fairness"].get<double>(), 400.0 * 400 / (2 * (100.0 * 100 + 300 * 300)));
  EXPECT_EQ(shared_kind(kKinds)["name"], "transactions");
  const json kinds = kinds_together(kKinds, 2);
  EXPECT_EQ(kinds.size(), 4u);
  EXPECT_EQ(kinds.back()["name"], "fairness");
}

TEST(Together, OneIsItself) {
  const json own = {{"p50", 10.0}, {"other", 1}};
  EXPECT_EQ(figures_together(kKinds, {own}), own);
  EXPECT_EQ(kinds_together(kKinds, 1), kKinds);
}

TEST(Together, WhatOneHasNotIsNobodys) {
  const json all = figures_together(kKinds, {{{"p50", 10.0}, {"transactions", 1.0}}, {{"p50", 20.0}}});
  EXPECT_EQ(all, (json{{"p50", 15.0}}));
  EXPECT_EQ(shared_kind({{{"name", "time"}}})["name"], "time") << "none is summed";
  EXPECT_TRUE(shared_kind(json::array()).is_null());
}

}  // namespace
}  // namespace hopcost::campaign
