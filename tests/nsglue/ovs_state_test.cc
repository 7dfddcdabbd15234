// Open vSwitch read back: what its programs say, as text.
#include <gtest/gtest.h>

#include "nsglue/kernel/ovs.h"

namespace hopcost::nsglue {
namespace {

TEST(Ovs, StaticEntriesAreThoseThatDoNotAge) {
  const std::string shown =
      " port  VLAN  MAC                Age\n"
      "    1     0  02:68:63:00:01:02  static\n"
      "LOCAL     0  02:68:63:00:00:09    1\n"
      "   12     0  02:68:63:00:00:01    2\n"
      "   12     7  02:68:63:00:00:02  static\n";
  const std::vector<std::pair<int, std::string>> wanted = {{1, "02:68:63:00:01:02"},
                                                           {12, "02:68:63:00:00:02"}};
  EXPECT_EQ(static_entries(shown), wanted);
  EXPECT_TRUE(static_entries("").empty());
}

}  // namespace
}  // namespace hopcost::nsglue
