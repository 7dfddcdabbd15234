// Names that come from the command line and go into paths.
#include <gtest/gtest.h>

#include "nsglue/nsglue.h"
#include "nsglue/topology/names.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

TEST(Instance, NamesThatCouldLeaveTheFolderAreRefused) {
  for (const char* bad : {"", "a/b", "../x", ".", "-x", "A", "a b", "123456789012345678901234567890123"}) {
    const auto refused = validate_instance(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Exit::kUsage);
  }
  for (const char* good : {"bridge", "bridge-2", "a_b", "9"}) EXPECT_TRUE(validate_instance(good)) << good;
}

TEST(Instance, EveryVerbRefusesABadName) {
  const Topology host = stage::shipped("host");
  EXPECT_EQ(up(host, "a/b").error().code, Exit::kUsage);
  EXPECT_EQ(describe(host, "a/b").error().code, Exit::kUsage);
  EXPECT_EQ(check(host, "a/b").error().code, Exit::kUsage);
  EXPECT_EQ(down("a/b").error().code, Exit::kUsage);
}

TEST(Instance, NamespaceNames) {
  EXPECT_EQ(namespace_name("bridge-2", "dut"), "hc-bridge-2-dut");
}

}  // namespace
}  // namespace hopcost::nsglue
