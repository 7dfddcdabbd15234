// The page of a run of loads: what it draws, and that nothing in result.json breaks it.
#include "campaign/report/loads_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "campaign/report/time_chart.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json series() {
  return {{"name", "cpu_busy"},
          {"unit", "CPUs"},
          {"modes",
           {{{"name", "host"}, {"at_s", {0.1, 0.2, 0.3}}, {"mean", {1.0, 1.5, 1.25}}},
            {{"name", "br<0>"}, {"at_s", {0.1, 0.2, 0.3}}, {"mean", {1.0, 2.0, 1.0}}}}}};
}

bool has(const std::string& html, const std::string& words) {
  return html.find(words) != std::string::npos;
}

TEST(TimeChart, DrawsALineForEachMode) {
  const std::string html = time_chart(series());
  EXPECT_TRUE(has(html, "cpu_busy, CPUs"));
  // The lowest value stands on the axis, the highest at the top; the last tenth is at the right end.
  EXPECT_TRUE(has(html, "points=\"178.7,102.0 295.3,55.0 412.0,78.5 \"")) << html;
  EXPECT_TRUE(has(html, "points=\"178.7,102.0 295.3,8.0 412.0,102.0 \"")) << html;
  EXPECT_TRUE(has(html, "var(--host)"));
  EXPECT_TRUE(has(html, "br&lt;0&gt;"));
  EXPECT_FALSE(has(html, "br<0>"));
}

TEST(TimeChart, SaysNothingWhereThereIsNothing) {
  for (const char* odd : {"{}", R"({"modes": 3})", R"({"modes": [3, {}, {"name": "a"}]})",
                          R"({"modes": [{"name": "a", "at_s": [0.1], "mean": [1]}]})",
                          R"({"modes": [{"name": "a", "at_s": [0.1, 0.2], "mean": [1]}]})",
                          R"({"modes": [{"name": "a", "at_s": [0, 0], "mean": [1, 2]}]})",
                          R"({"modes": [{"name": "a", "at_s": [0.1, "x"], "mean": [1, 2]}]})"})
    EXPECT_EQ(time_chart(json::parse(odd)), "") << odd;
  json nameless = series();
  nameless["name"] = nullptr;
  nameless["unit"] = 7;
  EXPECT_TRUE(has(time_chart(nameless), "<polyline"));
  json flat = series();
  flat["modes"][0]["mean"] = flat["modes"][1]["mean"] = {1, 1, 1};
  EXPECT_FALSE(has(time_chart(flat), "nan"));
}

TEST(LoadsPage, APapersRowsComeFirst) {
  const json row = {{"where", "Table 2"},      {"what", "TCP & UDP"},
                    {"paper", "+25 %"},        {"here", 110.0},
                    {"here_ci95", {108, 112}}, {"unit", "ns"},
                    {"compared_by", "ratio"},  {"outcome", "holds"},
                    {"reason", nullptr},       {"contrast", {{"estimate", 0.1}, {"ci95", {0.05, 0.15}}}}};
  const json lacking = {{"what", "radio"}, {"outcome", "not measured"}, {"reason", "no radio"}};
  const std::string html =
      make_loads_page({{"paper", {{"title", "A paper"}, {"about", "what it did"}, {"rows", {row, lacking}}}},
                       {"cases", {{{"load", "rr"}, {"label", "size=1/1"}, {"series", {series()}}}}}});
  for (const char* words : {"A paper", "TCP &amp; UDP", "110 [108, 112] ns", "+10.0 [+5.0, +15.0] %", "holds",
                            "not measured: no radio", "<polyline", ".paper td { white-space: normal; }"})
    EXPECT_TRUE(has(html, words)) << words;
  EXPECT_LT(html.find("A paper"), html.find("size=1/1"));
}

TEST(LoadsPage, WhatNobodyHasIsLeftOut) {
  const auto of_machine = [](const json& estimate) {
    const json figure = {
        {"name", "cycles"}, {"unit", "1/s"}, {"modes", {{{"name", "host"}, {"estimate", estimate}}}}};
    return make_loads_page({{"cases", {{{"load", "rr"}, {"machine", {figure}}}}}});
  };
  EXPECT_FALSE(has(of_machine(nullptr), "cycles"));
  EXPECT_TRUE(has(of_machine(2e9), "cycles, 1/s"));
  EXPECT_TRUE(has(of_machine(2e9), "2G"));
}

TEST(LoadsPage, OddMembersBreakNothing) {
  for (const char* odd : {"{}", R"({"paper": 3, "cases": 7})", R"({"paper": {"rows": [1, null, {}]}})",
                          R"({"cases": [{"series": [1, null, {"modes": 2}]}]})",
                          R"({"paper": {"rows": [{"contrast": 3, "here": "x", "here_ci95": [1]}]}})"})
    EXPECT_TRUE(has(make_loads_page(json::parse(odd)), "</html>")) << odd;
}

}  // namespace
}  // namespace hopcost::campaign
