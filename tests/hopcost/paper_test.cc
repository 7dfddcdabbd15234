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
  return {{"name", name}, {"estimate", value}, {"by_build", by_build}};
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
  EXPECT_NE(paper_csv(all).find("\"what & how_much\",\"\",\"110 ns\",\"+10.0 ["), std::string::npos)
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
      const auto fits = [&](const json& c) {
        const auto words = split(c["label"].get<std::string>(), ' ');
        return c["load"] == r.load && std::ranges::all_of(split(r.label, ' '), [&](const std::string& word) {
                 return word.empty() || std::ranges::find(words, word) != words.end();
               });
      };
      EXPECT_TRUE(std::ranges::any_of(cases, fits)) << paper->name << ": " << r.what;
      for (const std::string& name : {r.mode, r.against})
        EXPECT_NE(std::ranges::find(paper->modes, name), paper->modes.end()) << paper->name << ": " << name;
    }
  }
  EXPECT_EQ(papers, 4u);
}

}  // namespace
}  // namespace hopcost::campaign
