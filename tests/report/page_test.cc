#include "campaign/report/page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost::campaign {
namespace {

TEST(ScriptSafeJson, HoldsNothingThatEndsOrOpensAnElement) {
  const nlohmann::json data = {{"</script>", "<!-- <script> ]]> &lt; \xe2\x80\xa8 \xe2\x80\xa9"}};
  const std::string safe = script_safe_json(data);
  for (const char* bad : {"<", ">", "&", "\xe2\x80\xa8", "\xe2\x80\xa9"})
    EXPECT_EQ(safe.find(bad), std::string::npos) << bad;
  EXPECT_EQ(nlohmann::json::parse(safe), data);
}

TEST(ScriptSafeJson, KeepsOrdinaryTextAndNumbers) {
  const nlohmann::json data = {{"a", {1, -2.5, nullptr, true, "µs → \"x\"\\\n"}}};
  EXPECT_EQ(nlohmann::json::parse(script_safe_json(data)), data);
  EXPECT_EQ(script_safe_json(data), data.dump());
}

TEST(ScriptSafeJson, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(script_safe_json(nlohmann::json("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(Page, FillsEachPlaceOnce) {
  const std::string page = make_page({{"result", "@@library@@ @@script@@"}});
  EXPECT_EQ(page.find("@@style@@"), std::string::npos);
  EXPECT_NE(page.find("{\"result\":\"@@library@@ @@script@@\"}"), std::string::npos);
  EXPECT_NE(page.find("d3-selection"), std::string::npos);
  EXPECT_NE(page.find("function main()"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::campaign
