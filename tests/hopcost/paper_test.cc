// Papers' rows held against results: claims, what could not be measured, and the texts made of them.
#include "campaign/loads/paper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "base/text.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json mode(const std::string& name, double value) {
  json by_build = json::array();
  for (int i = 0; i < 12; ++i) by_build.push_back(value * (1 + 0.001 * std::sin(i * 2.1)));
  return {{"name", name}, {"estimate", value}, {"ci95", {value - 1, value + 1}}, {"by_build", by_build}};
}

json result_of(double host, double bridge, json aa = nullptr) {
  const json figure = {{"name", "p50"},
                       {"unit", "ns"},
                       {"compared_by", "ratio"},
                       {"modes", {mode("host", host), mode("bridge", bridge)}},
                       {"aa", aa},
                       {"instance", nullptr}};
  return {{"campaign", {{"left_out", {{{"mode", "vxlan"}, {"reason", "no vxlan"}}}}}},
          {"cases",
           {{{"load", "rr"},
             {"label", "protocol=udp size=1/1"},
             {"left_out", nullptr},
             {"figures", json::array({figure})},
             {"machine", json::array()}}}}};
}

PaperRow row(std::optional<Interval> claim, std::string of_mode = "bridge") {
  PaperRow r;
  r.what = "what & how_much";
  r.load = "rr";
  r.label = "size=1/1";
  r.figure = "p50";
  r.mode = std::move(of_mode);
  r.against = "host";
  r.against_load = r.load;
  r.against_label = r.label;
  r.claim = claim;
  return r;
}

json judged(const PaperRow& r, const json& result) {
  return judge_paper({.name = "p", .title = "T", .about = {}, .modes = {}, .loads = {}, .rows = {r}},
                     result)["rows"][0];
}

constexpr double kAny = std::numeric_limits<double>::infinity();

TEST(Paper, AClaimHoldsDoesNotOrIsUndecided) {
  const json tenth_more = result_of(100, 110);
  EXPECT_EQ(judged(row(Interval{0, kAny}), tenth_more)["outcome"], "holds");
  EXPECT_EQ(judged(row(Interval{-kAny, 0}), tenth_more)["outcome"], "does not hold");
  EXPECT_EQ(judged(row(Interval{-0.05, 0.05}), tenth_more)["outcome"], "does not hold");
  EXPECT_EQ(judged(row(Interval{0.1, kAny}), tenth_more)["outcome"], "undecided")
      << "the interval reaches over the bound";
  EXPECT_EQ(judged(row({}), tenth_more)["outcome"], "no claim");
  EXPECT_NEAR(judged(row({}), tenth_more)["contrast"]["estimate"].get<double>(), 0.1, 0.001);
}

TEST(Paper, ClaimsAreSignsBoundsAndRatios) {
  const auto is = [](const char* text, double lo, double hi) {
    const auto claim = parse_claim(text);
    ASSERT_TRUE(claim) << text;
    EXPECT_EQ(claim->lo, lo) << text;
    EXPECT_EQ(claim->hi, hi) << text;
  };
  is("lower", -kAny, 0);
  is("higher", 0, kAny);
  is("below 0.04", -kAny, 0.04);
  is("above -0.045", -0.045, kAny);
  is("-0.15, -0.07", -0.15, -0.07);
  is("times 3", 3 / 1.2 - 1, 3 * 1.2 - 1);
  is("times 0.5", 0.5 / 1.2 - 1, 0.5 * 1.2 - 1);
  for (const char* text :
       {"", "maybe", "below", "below x", "above 1 2", "times 0", "times -2", "nan, 1", "2, 1"})
    EXPECT_FALSE(parse_claim(text)) << text;
}

// What lasts in the controls of a ratio is a ratio.
TEST(Paper, ControlsWidenRatiosByTheirRatio) {
  const json off = {{"estimate", 0.1}, {"ci95", {0.09, 0.11}}, {"builds", 12}};
  const json result = result_of(100, 250, off);  // 2.27 to 2.75 at worst
  EXPECT_EQ(judged(row(Interval{1.2, 1.8}), result)["outcome"], "holds");
  EXPECT_EQ(judged(row(Interval{1.3, 1.8}), result)["outcome"], "undecided");
  EXPECT_EQ(judged(row(Interval{1.2, 1.7}), result)["outcome"], "undecided");
  const json lower = result_of(100, 50, off);  // 0.45 to 0.55
  EXPECT_EQ(judged(row(Interval{-0.56, -0.44}), lower)["outcome"], "holds");
  EXPECT_EQ(judged(row(Interval{-0.53, -0.47}), lower)["outcome"], "undecided");
  const json less = {{"estimate", -0.2}, {"ci95", {-0.21, -0.19}}, {"builds", 12}};
  EXPECT_EQ(judged(row(Interval{1.1, kAny}), result_of(100, 250, less))["outcome"], "undecided")
      << "of 5/4, down to 2";
  EXPECT_EQ(judged(row(Interval{0.9, kAny}), result_of(100, 250, less))["outcome"], "holds");
}

TEST(Paper, ARatioIsClaimedOfDifferencesToo) {
  json result = result_of(1000, 2000);
  result["cases"][0]["figures"][0]["compared_by"] = "difference";
  PaperRow r = row(parse_claim("times 2"));
  r.claims_ratio = true;
  const json j = judged(r, result);
  EXPECT_EQ(j["outcome"], "holds") << j;
  EXPECT_EQ(j["compared_by"], "ratio");
  EXPECT_EQ(judged(row(Interval{900, 1100}), result)["outcome"], "holds") << "in the figure's unit";
  // A control that is off by a third of host's own forbids a claim of within a fifth.
  result["cases"][0]["figures"][0]["aa"] = {{"estimate", -330}, {"ci95", {-340, -320}}, {"builds", 12}};
  EXPECT_EQ(judged(r, result)["outcome"], "undecided");
}

TEST(Paper, ACaseIsComparedWithAnother) {
  json result = result_of(100, 110);
  json other = result["cases"][0];
  other["label"] = "protocol=udp size=1000/1000";
  other["figures"][0]["modes"] = {mode("host", 300), mode("bridge", 330)};
  result["cases"].push_back(other);
  PaperRow r = row(Interval{1.8, 2.2});
  r.against = r.mode;
  r.label = "size=1000/1000";
  json j = judged(r, result);
  EXPECT_EQ(j["outcome"], "holds") << j;
  EXPECT_NEAR(j["contrast"]["estimate"].get<double>(), 2, 0.01);
  EXPECT_EQ(j["here"], 330);
  // The controls of either case forbid it.
  result["cases"][0]["figures"][0]["aa"] = {{"estimate", 0.5}, {"ci95", {0.4, 0.6}}, {"builds", 12}};
  EXPECT_EQ(judged(r, result)["outcome"], "undecided");
  r.against_label = "size=9";
  EXPECT_EQ(judged(r, result)["reason"], "no case rr size=9");
}

TEST(Paper, AnOrderHoldsOfEachAndTheOneBefore) {
  json result = result_of(100, 110);
  json& modes = result["cases"][0]["figures"][0]["modes"];
  modes.push_back(mode("nested", 120));
  PaperRow r = row(Interval{0, kAny}, "nested");
  r.order = {"host", "bridge", "nested"};
  EXPECT_EQ(judged(r, result)["outcome"], "holds");
  EXPECT_NEAR(judged(r, result)["contrast"]["estimate"].get<double>(), 0.2, 0.01) << "the last and the first";
  modes[2] = mode("nested", 105);
  EXPECT_EQ(judged(r, result)["outcome"], "does not hold");
  modes[2] = mode("nested", 110);
  std::ranges::reverse(modes[2]["by_build"]);
  EXPECT_EQ(judged(r, result)["outcome"], "undecided") << "two are alike";
  r.order = {"host", "vxlan", "nested"};
  EXPECT_EQ(judged(r, result)["reason"], "vxlan: no vxlan");
  EXPECT_TRUE(judged(r, result)["here"].is_null()) << "nothing is shown of an order that lacks a mode";
}

TEST(Paper, AControlThatDiffersForbidsSmallClaims) {
  const json off = {{"estimate", 0.15}, {"ci95", {0.14, 0.16}}, {"builds", 12}};
  EXPECT_EQ(judged(row(Interval{0, kAny}), result_of(100, 110, off))["outcome"], "undecided");
  EXPECT_EQ(judged(row(Interval{0, kAny}), result_of(100, 200, off))["outcome"], "holds");
}

TEST(Paper, WhatIsNotThereIsToldWithItsReason) {
  const json result = result_of(100, 110);
  const auto reason = [&](const PaperRow& r) {
    const json j = judged(r, result);
    EXPECT_EQ(j["outcome"], "not measured");
    return j["reason"].get<std::string>();
  };
  EXPECT_EQ(reason(row({}, "vxlan")), "vxlan: no vxlan");
  PaperRow r = row({});
  r.label = "size=1/1 protocol=tcp";
  EXPECT_NE(reason(r).find("no case"), std::string::npos);
  r = row({});
  r.figure = "cycles";
  EXPECT_NE(reason(r).find("cycles"), std::string::npos);
  r.cannot = "no radio";
  EXPECT_EQ(reason(r), "no radio");
}

TEST(Paper, CsvAndLatexQuoteWhatTheyMust) {
  const json all =
      judge_paper({.name = "p", .title = "T", .about = {}, .modes = {}, .loads = {}, .rows = {row({})}},
                  result_of(100, 110));
  EXPECT_NE(paper_latex(all).find("what \\& how\\_much"), std::string::npos) << paper_latex(all);
  EXPECT_NE(paper_csv(all).find("\"what & how_much\",\"\",\"110 [109, 111] ns\",\"+10.0 ["),
            std::string::npos)
      << paper_csv(all);
  EXPECT_NE(paper_table(all).find("1 no claim"), std::string::npos);
}

TEST(Paper, FaultsOfAFileAreNamed) {
  std::string folder = (fs::temp_directory_path() / "hopcost-paper-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string head =
      "name = 'p'\ntitle = 'T'\nabout = 'a'\nmodes = ['host']\n[[load]]\nuse = 'rr'\n[[row]]\nwhat = 'w'\n";
  const auto says = [&](const std::string& text, const std::string& words) {
    std::ofstream(folder + "/p.toml") << text;
    const auto paper = read_paper("p", folder);
    ASSERT_FALSE(paper) << text;
    EXPECT_NE(describe(paper.error()).find(words), std::string::npos) << describe(paper.error());
  };
  says(head, "load, figure and mode");
  says(head + "cannot = 'x'\nclaim = 'maybe'\n", "\"lower\", \"higher\"");
  for (const char* claim : {"0.1, -0.1", "x, 0.05", ", 0.05", "0.05", "0, 1, 2"})
    says(head + "cannot = 'x'\nclaim = '" + claim + "'\n", "\"lower\", \"higher\"");
  says(head + "cannot = 'x'\nwehre = 'x'\n", "wehre");
  for (const char* more : {"order = ['host']\nclaim = 'lower'\n", "order = ['host', 'veth']\n",
                           "order = ['host', 'veth']\nclaim = 'lower'\nmode = 'veth'\n",
                           "order = ['host', 'veth']\nclaim = 'lower'\nagainst = 'veth'\n"})
    says(head + "load = 'rr'\nfigure = 'p50'\n" + more, "an order has two modes");
  says("name = 'p'\ntitle = 'T'\nabout = 'a'\n", "[[load]]");
  EXPECT_FALSE(read_paper("q", folder));
  fs::remove_all(folder);
}

// Each row of a shipped paper names a case, figure and modes that its own loads and modes have, or says why
// not.
TEST(ShippedPapers, EveryRowCanBeHad) {
  const char *const folder = std::getenv("HOPCOST_PAPERS"), *const loads = std::getenv("HOPCOST_LOADS");
  ASSERT_TRUE(folder != nullptr && loads != nullptr);
  std::size_t papers = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto paper = read_paper(entry.path().stem(), folder);
    ASSERT_TRUE(paper) << describe(paper.error());
    ++papers;
    json cases = json::array();
    for (const LoadAsk& ask : paper->loads) {
      const auto read = read_cases(ask, loads);
      ASSERT_TRUE(read) << describe(read.error());
      for (const LoadCase& c : *read) cases.push_back({{"load", c.load}, {"label", c.label}});
    }
    for (const PaperRow& r : paper->rows) {
      if (!r.cannot.empty()) continue;
      for (const auto& [load, label] : {std::pair{r.load, r.label}, {r.against_load, r.against_label}}) {
        const auto fits = [&](const json& c) {
          const auto words = split(c["label"].get<std::string>(), ' ');
          return c["load"] == load && std::ranges::all_of(split(label, ' '), [&](const std::string& word) {
                   return word.empty() || std::ranges::find(words, word) != words.end();
                 });
        };
        EXPECT_TRUE(std::ranges::any_of(cases, fits)) << paper->name << ": " << r.what;
      }
      std::vector<std::string> modes = r.order;
      modes.insert(modes.end(), {r.mode, r.against});
      for (const std::string& name : modes)
        EXPECT_NE(std::ranges::find(paper->modes, name), paper->modes.end()) << paper->name << ": " << name;
    }
  }
  EXPECT_EQ(papers, 4u);
}

}  // namespace
}  // namespace hopcost::campaign
