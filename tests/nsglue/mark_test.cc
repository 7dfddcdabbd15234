// Names that come from the command line and go into paths.
#include <gtest/gtest.h>

#include "nsglue/nsglue.h"
#include "nsglue/topology/names.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

TEST(Instance, NamesThatCouldLeaveTheFolderAreRefused) {
  for (const char* bad : {"", "a/b", "../x", ".", ".a", "-x", "_x", "a b", "a=b", "a@b", "a:b", "a,b",
                          "\xc3\xa4", "12345678901234567890123456789012345678901"}) {
    const auto refused = validate_instance(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Exit::kUsage);
  }
  EXPECT_FALSE(validate_instance("bridge.toml")) << "down would take it for a file";
  for (const char* good : {"bridge", "bridge-2", "a_b", "9", "Run.2026-11-21T08.39.02Z", "a..b",
                           "1234567890123456789012345678901234567890"})
    EXPECT_TRUE(validate_instance(good)) << good;
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
