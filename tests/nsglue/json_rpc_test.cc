// Where a message of a stream ends, and what errors say.
#include "nsglue/kernel/json_rpc.h"

#include <gtest/gtest.h>

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

TEST(JsonRpc, FaultsInTheirOwnWords) {
  using nlohmann::json;
  EXPECT_EQ(fault_words("no such bridge"), "no such bridge");
  EXPECT_EQ(fault_words(json{{"error", "constraint violation"}, {"details", "twice br0"}}),
            "constraint violation: twice br0");
  EXPECT_EQ(fault_words(json{{"error", "timed out"}}), "timed out");
  EXPECT_EQ(fault_words(json{{"code", 3}}), R"({"code":3})");
}

}  // namespace
}  // namespace hopcost::nsglue
