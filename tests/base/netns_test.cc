#include "base/netns.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace hopcost {
namespace {

// Who removes namespaces tells by it that another was faster.
TEST(Netns, WhatIsNotThereIsToldByItsError) {
  const auto missing = open_netns("hc-no-such-namespace");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().err, ENOENT);
  EXPECT_EQ(missing.error().code, Exit::kMissing);
}

}  // namespace
}  // namespace hopcost
