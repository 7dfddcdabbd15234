// Where figures stand in what tools print, and what is said when they do not.
#include "hopload/tool/figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost::hopload {
namespace {

using nlohmann::json;

ToolFigure figure(std::string pointer, std::string regex, double scale = 1) {
  return {.name = "f",
          .unit = "x",
          .better = "higher",
          .pointer = std::move(pointer),
          .regex = std::move(regex),
          .scale = scale,
          .compared_by = "ratio",
          .same_within = 0};
}

Result<double> found(const ToolFigure& f, const std::string& words) {
  auto all = find_figures({f}, words, 2.5);
  if (!all) return forward(all);
  return (*all)["f"].get<double>();
}

TEST(ToolFigures, ByPointer) {
  EXPECT_EQ(found(figure("/end/streams/1/rate", ""), R"({"end":{"streams":[{},{"rate":12.5}]}})").value(),
            12.5);
}

TEST(ToolFigures, ByTheFirstGroupOfARegexAndScaled) {
  EXPECT_EQ(found(figure("", "percentile 50\\.0+ = +([0-9.]+)", 1000), "---> percentile 50.000 =   11.396\n")
                .value(),
            11396);
}

TEST(ToolFigures, WithoutEitherItIsTheRunningTime) {
  EXPECT_EQ(found(figure("", ""), "whatever").value(), 2.5);
}

TEST(ToolFigures, WhatIsNotThereIsSaidWithWhatWasPrinted) {
  for (const auto& [f, words] : {std::pair{figure("/a", ""), "}{ rubbish"},
                                 {figure("/a", ""), R"({"b":1})"},
                                 {figure("/a", ""), R"({"a":"many"})"},
                                 {figure("/a", ""), ""},
                                 {figure("", "x([0-9]+)"), "y12"},
                                 {figure("", "x(.)"), "xy"},
                                 {figure("", "x(.*)"), "xnan"}}) {
    const auto value = found(f, words);
    ASSERT_FALSE(value) << words;
    EXPECT_NE(value.error().what.find("the figure f is not in what the tool printed"), std::string::npos)
        << value.error().what;
    EXPECT_FALSE(value.error().hint.empty());
  }
}

TEST(ToolFigures, FaultyDeclarationsAreRefused) {
  const auto refused = [](const json& one) { return !read_tool_figures({{"figures", json::array({one})}}); };
  const json good = {{"name", "f"}, {"unit", "x"}, {"better", "higher"}, {"regex", "(.)"}};
  EXPECT_FALSE(refused(good));
  for (const auto& [key, value] :
       {std::pair{"better", "bigger"}, {"regex", "("}, {"regex", "no group"}, {"pointer", "/a"}}) {
    json bad = good;
    bad[key] = value;
    EXPECT_TRUE(refused(bad)) << bad;
  }
  EXPECT_FALSE(read_tool_figures({{"figures", json::array()}}));
}

TEST(Figures, WhatTheToolSaysOfAnErrorIsTold) {
  const auto found = [](const char* words) { return find_figures({figure("/end/rate", "")}, words, 1); };
  const auto failed = found(R"({"end": {"rate": 12}, "error": "control socket has closed unexpectedly"})");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "the tool says: control socket has closed unexpectedly");
  EXPECT_TRUE(found(R"({"end": {"rate": 12}, "error": ""})"));
  EXPECT_TRUE(found(R"({"end": {"rate": 12}, "error": null})"));
  EXPECT_FALSE(found("[1]"));
}

}  // namespace
}  // namespace hopcost::hopload
