// What Open vSwitch's sockets say, as text.
#include "nsglue/kernel/json_rpc.h"

#include <gtest/gtest.h>

#include "nsglue/kernel/ovs.h"

namespace hopcost::nsglue {
namespace {

TEST(JsonRpc, AnObjectEndsWhereItsBraceDoes) {
  EXPECT_EQ(object_end(R"({"a":1})"), 7u);
  EXPECT_EQ(object_end(R"({"a":{"b":[1,2]}}{"c":)"), 17u);
  EXPECT_EQ(object_end(R"({"a":"}\"}"})"), 12u) << "braces and quotes within quotes";
  EXPECT_EQ(object_end(R"({"a":"x\\"})"), 11u) << "a backslash that stands for itself";
  EXPECT_EQ(object_end(R"({"a":{})"), std::string_view::npos);
  EXPECT_EQ(object_end(R"({"a":"})"), std::string_view::npos);
  EXPECT_EQ(object_end(""), std::string_view::npos);
}

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
