#include "analyzer/control/slot_request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost::analyzer {
namespace {

using nlohmann::json;

TEST(SlotRequest, LanesAndTrains) {
  const auto r = expect_of(
      json::parse(R"({"lanes":[{"path":"b","flow":17},{"path":"h","flow":18},{"path":"h","flow":17}],
      "train":{"packets":16,"untimed":6},"sender_cpu":1,"first_sequence":7})"));
  ASSERT_TRUE(r) << describe(r.error());
  EXPECT_EQ(r->lanes, (std::vector<LaneName>{{"b", 17}, {"h", 18}, {"h", 17}}));
  EXPECT_EQ(r->expected.train.packets, 16u);
  EXPECT_EQ(r->expected.train.untimed, 6u);
  EXPECT_EQ(r->expected.sender_cpu, 1u);
  EXPECT_EQ(r->expected.first_sequence, 7u);
  EXPECT_EQ(expect_of(json::parse(R"({"lanes":[{"path":"b","flow":0}]})"))->expected.train.packets, 0u);
}

TEST(SlotRequest, AMistakeIsNamed) {
  const std::pair<const char*, const char*> kMistakes[] = {
      {R"({"path":"b","flow":17})", "lanes"},
      {R"({"lanes":[]})", "lanes"},
      {R"({"lanes":{}})", "lanes"},
      {R"({"lanes":[17]})", "lanes"},
      {R"({"lanes":[{"flow":17}]})", "path"},
      {R"({"lanes":[{"path":"b"}]})", "flow"},
      {R"({"lanes":[{"path":"b","flow":65536}]})", "flow"},
      {R"({"lanes":[{"path":"b","flow":-1}]})", "flow"},
      {R"({"lanes":[{"path":"b","flow":1},{"path":"c","flow":1},{"path":"b","flow":1}]})",
       "flow 1 of path b"},
      {R"({"lanes":[{"path":"b","flow":1}],"train":16})", "train"},
      {R"({"lanes":[{"path":"b","flow":1}],"train":{}})", "packets"},
      {R"({"lanes":[{"path":"b","flow":1}],"train":{"packets":0}})", "packets"},
      {R"({"lanes":[{"path":"b","flow":1}],"train":{"packets":1000000}})", "packets"},
      {R"({"lanes":[{"path":"b","flow":1}],"train":{"packets":16,"untimed":16}})", "untimed"},
      {R"({"lanes":[{"path":"b","flow":1}],"train":{"packets":16,"untimed":"6"}})", "untimed"},
      {R"({"lanes":[{"path":"b","flow":1}],"sender_cpu":"1"})", "sender_cpu"},
      {R"({"lanes":[{"path":"b","flow":1}],"first_sequence":-1})", "first_sequence"}};
  for (const auto& [text, member] : kMistakes) {
    const auto r = expect_of(json::parse(text));
    ASSERT_FALSE(r) << text;
    EXPECT_EQ(r.error().code, Exit::kUsage) << text;
    EXPECT_NE(r.error().what.find(member), std::string::npos) << text << ": " << r.error().what;
  }
}

TEST(SlotRequest, CollectNamesWhatWasSent) {
  const auto r = collect_of(json::parse(
      R"({"lanes":[{"path":"b","flow":17,"sent":992},{"path":"h","flow":18,"sent":3}],"timeout_ms":9})"));
  ASSERT_TRUE(r) << describe(r.error());
  EXPECT_EQ(r->sent, (std::vector<std::uint64_t>{992, 3}));
  EXPECT_EQ(r->timeout_ms, 9u);
  EXPECT_FALSE(r->times);
  EXPECT_TRUE(collect_of(json::parse(R"({"lanes":[{"path":"b","flow":17,"sent":9}],"times":true})"))->times);
  const auto without = collect_of(json::parse(R"({"lanes":[{"path":"b","flow":17}]})"));
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().what.find("sent"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::analyzer
