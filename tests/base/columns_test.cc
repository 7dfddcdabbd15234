#include "base/columns.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

TEST(Columns, AreAsWideAsTheirLongestWordAndEndWithTheLast) {
  EXPECT_EQ(in_columns({{"device", "kind"}, {"br0", "bridge", "up"}, {"", "x"}}, "  "),
            "  device  kind\n"
            "  br0     bridge  up\n"
            "          x\n");
}

TEST(Columns, NoRowsAreNoText) {
  EXPECT_EQ(in_columns({}), "");
  EXPECT_EQ(in_columns({{}}), "\n") << "a row without words parts others";
}

}  // namespace
}  // namespace hopcost
