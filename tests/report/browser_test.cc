// The page in a real browser: it draws itself without an error, whatever the data. Skipped where Chromium is
// not installed.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "campaign/report/report.h"
#include "tests/report/sample_result.h"
#include "tests/report/scratch_folder.h"

namespace hopcost::campaign {
namespace {

bool have_chromium() {
  return std::system("command -v chromium >/dev/null 2>&1") == 0;
}

/// The document after its scripts ran; the browser's own messages go to `log`.
std::string dom_of(const ScratchFolder& folder) {
  const std::string at = folder.path().string();
  const std::string command =
      "timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking "
      "--disable-component-update --disable-sync --enable-logging=stderr --v=0 --virtual-time-budget=3000 "
      "--user-data-dir=" +
      at + "/profile --dump-dom file://" + at + "/report.html 2>" + at + "/log";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string dom;
  char buffer[65536];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) dom.append(buffer, n);
  return dom;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_chromium()) GTEST_SKIP() << "chromium is not installed: apt-get install chromium";
  }

  /// Draws the sample and checks what must hold for every page.
  void draw(const Sample& sample, const nlohmann::json& result) {
    write_sample(folder_.path(), sample, result);
    ASSERT_TRUE(write_report(folder_.path()));
    dom_ = dom_of(folder_);
    const std::string html = dom_.substr(0, dom_.find("<head"));
    EXPECT_NE(html.find("data-ready=\"true\""), std::string::npos) << folder_.read("log");
    EXPECT_EQ(html.find("data-failed"), std::string::npos) << html;
    EXPECT_EQ(folder_.read("log").find("CONSOLE"), std::string::npos) << folder_.read("log");
  }
  void draw(const Sample& sample) { draw(sample, sample_result(sample)); }

  ScratchFolder folder_;
  std::string dom_;
};

constexpr unsigned kPackets = 30'000;

TEST_F(Browser, DrawsEveryChartAndTable) {
  draw({.packets = kPackets});
  EXPECT_EQ(count(dom_, "<figure>"), 5u);
  EXPECT_GE(count(dom_, "<svg viewBox"), 5u);
  EXPECT_GE(count(dom_, "<table>"), 12u);
  EXPECT_NE(dom_.find("bridge<span> costs 350 ns more than host</span>"), std::string::npos);
  for (const char* said : {"Each hop's mean", "what is not known is not in it", "served by another CPU"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
  EXPECT_EQ(dom_.find("class=\"banner"), dom_.find("class=\"banner unfit\">This page draws itself"))
      << "the noscript one alone";
}

TEST_F(Browser, SaysPartialAndUnfitLoudly) {
  draw({.blocks = 2, .packets = kPackets, .complete = false, .fit = false});
  EXPECT_NE(dom_.find("Partial: the run was stopped early"), std::string::npos);
  EXPECT_NE(dom_.find("stopped by SIGINT"), std::string::npos);
  EXPECT_NE(dom_.find("Unfit: this machine"), std::string::npos);
  EXPECT_NE(dom_.find("Not a claim"), std::string::npos);
}

TEST_F(Browser, OneModeAlone) {
  draw({.modes = {"host"}, .packets = kPackets});
  EXPECT_NE(dom_.find("Nothing to compare"), std::string::npos);
}

TEST_F(Browser, TwelveModes) {
  draw({.modes = {"host", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, .packets = 5000});
  EXPECT_NE(dom_.find("and 7 more below."), std::string::npos);
}

TEST_F(Browser, HostileNamesAreText) {
  draw({.modes = {"host", "</script><img src=x onerror=alert(1)>", "<b>", "'\"`${1}"}, .packets = 5000});
  EXPECT_EQ(dom_.find("<img"), std::string::npos);
  EXPECT_NE(dom_.find("&lt;img src=x"), std::string::npos);
}

TEST_F(Browser, EverythingNull) {
  const Sample sample{.packets = 5000};
  auto result = sample_result(sample);
  for (const char* key : {"aa", "rebuild", "mde_ns", "tap_cost_ns", "uncertainty_budget", "generator",
                          "pairs", "load", "campaign", "started"})
    result[key] = nullptr;
  for (auto& mode : result["modes"])
    for (auto& [key, value] : mode.items())
      if (key != "name") value = nullptr;
  draw(sample, result);
}

TEST_F(Browser, NothingButWhatTheSchemaAsksFor) {
  const Sample sample{.modes = {}, .packets = 10};
  draw(sample, {{"schema", "hopcost.result/1"}, {"modes", nlohmann::json::array()}});
  EXPECT_NE(dom_.find("Unfit"), std::string::npos) << "what does not say it is fit is not";
}

TEST_F(Browser, UndecidedAndSameAreNotClaimedAsDifferences) {
  const Sample sample{.packets = 5000};
  auto result = sample_result(sample);
  result["modes"][1]["cost_vs_host_ns"]["verdict"] = "undecided";
  result["modes"][2]["cost_vs_host_ns"]["verdict"] = "same";
  result["modes"][3]["cost_vs_host_ns"]["estimate"] = nullptr;
  result["modes"][3]["hops"][0]["mean_ns"] = nullptr;
  result["modes"][3]["hops"][0]["invalid"] = "stamped before the tap";
  draw(sample, result);
  EXPECT_NE(dom_.find("against host is undecided: +182 ns"), std::string::npos);
  EXPECT_NE(dom_.find("costs the same as host: +350 ns"), std::string::npos);
  EXPECT_NE(dom_.find("too few blocks for a figure"), std::string::npos);
  EXPECT_NE(dom_.find("tx → wire: stamped before the tap"), std::string::npos);
  EXPECT_EQ(dom_.find("more than host</span>"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::campaign
