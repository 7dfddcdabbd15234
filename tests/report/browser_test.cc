// The page in a real browser: it draws itself without an error, whatever the data. Skipped where Chromium is
// not installed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "campaign/report/report.h"
#include "tests/report/sample_result.h"
#include "tests/report/scratch_folder.h"
#include "tests/support/shell.h"

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
  return output_of(command);
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

  /// Draws the sample and checks what must hold for every page. `then`: what a person does on it, as a
  /// script.
  void draw(const Sample& sample, const nlohmann::json& result, const std::string& then = "") {
    write_sample(folder_.path(), sample, result);
    ASSERT_TRUE(write_report(folder_.path()));
    if (!then.empty())
      folder_.write("report.html", folder_.read("report.html") + "<script>" + then + "</script>");
    dom_ = dom_of(folder_);
    const std::string html = dom_.substr(0, dom_.find("<head"));
    dom_.resize(
        std::min(dom_.size(), dom_.find("<div id=\"tooltip\"")));  // what is read, without scripts and data
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
  for (const char* said :
       {"bridge<span> costs 784 ns more than host</span>", "95 % interval [774, 794] ns",
        "+35.5 % of host's own time [35.1, 35.8] %", "15 used, 1 thrown away",
        "until every interval was narrow enough", "what is not known is not in it",
        "Student's t; degrees of freedom 12.4", "another CPU served up to 3.7 %",
        "the clock stepped by 31 us", "holds 0", "No slot and no build was left out because of it"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
  EXPECT_EQ(dom_.find("class=\"banner"), dom_.find("class=\"banner unfit\">This page draws itself"))
      << "the noscript one alone";
  EXPECT_EQ(dom_.find("id=\"loads\""), std::string::npos) << "one load";
}

TEST_F(Browser, HopsAddUpToTheMedianFromEndToEnd) {
  const Sample sample{.packets = 5000};
  auto result = sample_result(sample);
  draw(sample, result);
  EXPECT_EQ(count(dom_, "is the median from end to end"), 4u);
  EXPECT_EQ(count(dom_, "differs from the median"), 0u);
  auto& hop = result["modes"][2]["hops"][1]["p50_ns"];
  hop = hop.get<double>() + 1;
  draw(sample, result);
  EXPECT_EQ(count(dom_, "is the median from end to end"), 3u);
  EXPECT_EQ(count(dom_, "differs from the median"), 1u);
}

TEST_F(Browser, SaysUnfitLoudly) {
  draw({.packets = 5000, .fit = false});
  for (const char* said :
       {"Unfit: this run does not support any claim", "stamps: software", "Not a claim",
        "The kernel stamped packets before the taps saw them", "not every hop has a figure",
        "the kernel stamped the packet before the tap: host wire → socket; veth wire → bridge_port"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
}

TEST_F(Browser, PartialHasFiguresWithoutIntervals) {
  draw({.builds = 3, .packets = kPackets, .complete = false});
  for (const char* said :
       {"Partial: the run was stopped early", "stopped by SIGINT",
        "bridge<span class=\"weak\"> against host: +784 ns so far, too few builds for an interval"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
}

TEST_F(Browser, UndecidedSaysWhatWouldDecide) {
  const Sample sample{.packets = kPackets, .undecided = true};
  auto result = sample_result(sample);
  draw(sample, result);
  for (const char* said : {"macvlan<span class=\"weak\"> against host: undecided, +2.1 ns measured",
                           "What would decide it", "--budget 4min"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
  result["verdict"]["next"] = nlohmann::json::array();
  draw(sample, result);
  EXPECT_EQ(dom_.find("What would decide it"), std::string::npos);
  EXPECT_NE(dom_.find("about 41 builds would decide it. This figure rests on 15."), std::string::npos);
}

TEST_F(Browser, RootlessSaysWhatItCanNotKnow) {
  draw({.packets = 5000, .rootless = true});
  EXPECT_NE(dom_.find("perf_event_open is refused without root"), std::string::npos);
  EXPECT_NE(dom_.find("not known"), std::string::npos);
  EXPECT_EQ(dom_.find("Backlog wait"), std::string::npos);
}

TEST_F(Browser, SeveralLoadsAreChosenFrom) {
  const Sample sample{.packets = 5000, .loads = 2};
  draw(sample);
  for (const char* said : {"Cost by load", "shown on this page", "At 20 000 packets/s, 64 bytes.",
                           "bridge<span> costs 784 ns more than host</span>"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
  draw(sample, sample_result(sample), "document.querySelectorAll('#loads button.link')[1].click()");
  for (const char* said : {"At 50 000 packets/s, 64 bytes, 4 containers.", "Many containers",
                           "fairness of latency", "bridge<span> costs 870 ns more than host</span>"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
  EXPECT_EQ(dom_.find("costs 784 ns"), std::string::npos) << "the first load's headline is gone";
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
  for (const char* key : {"aa", "instance", "mde_ns", "builds", "diagnostics", "generator", "pairs", "load",
                          "campaign", "started", "verdict", "further_levels"})
    result[key] = nullptr;
  for (auto& mode : result["modes"])
    for (auto& [key, value] : mode.items())
      if (key != "name") value = nullptr;
  draw(sample, result);
}

/// Every number, text and list below `value` becomes something else.
void make_odd(nlohmann::json& value, int depth) {
  static const nlohmann::json kOdd[] = {
      "<b>text</b>", -1e300, nlohmann::json::array({1, "x"}), {{"a", 1}}, true};
  if (depth > 0 && value.is_structured()) {
    for (auto& child : value) make_odd(child, depth - 1);
    return;
  }
  static std::size_t next = 0;
  value = kOdd[next++ % std::size(kOdd)];
}

TEST_F(Browser, OddValuesAtEveryDepthDrawWithoutAnError) {
  const Sample sample{.packets = 1000, .loads = 2};
  for (const int depth : {0, 1, 2, 3}) {
    SCOPED_TRACE(depth);
    auto result = sample_result(sample);
    for (auto& [key, value] : result.items())
      if (key != "schema" && key != "modes" && key != "further_levels") make_odd(value, depth);
    for (auto& mode : result["modes"])
      for (auto& [key, value] : mode.items())
        if (key != "name") make_odd(value, depth);
    draw(sample, result);
    EXPECT_EQ(dom_.find("<b>text"), std::string::npos);
  }
}

TEST_F(Browser, NothingButWhatTheSchemaAsksFor) {
  const Sample sample{.modes = {}, .packets = 10};
  draw(sample, {{"schema", "hopcost.result/2"}, {"modes", nlohmann::json::array()}});
  EXPECT_NE(dom_.find("Unfit"), std::string::npos) << "what does not say it is fit is not";
}

TEST_F(Browser, VerdictsAreClaimedNoStrongerThanTheyAre) {
  const Sample sample{.packets = 5000};
  auto result = sample_result(sample);
  result["modes"][1]["cost_vs_host_ns"]["verdict"] = "undecided";
  result["modes"][1]["cost_vs_host_ns"]["builds_wanted"] = nullptr;
  result["modes"][2]["cost_vs_host_ns"]["verdict"] = "same";
  result["modes"][3]["cost_vs_host_ns"]["estimate"] = nullptr;
  result["modes"][3]["cost_vs_host_ns"]["verdict"] = "undefined";
  draw(sample, result);
  for (const char* said :
       {"against host: undecided, +856 ns measured", "more builds alone would not decide it",
        "costs the same as host, to within 10 ns: +784 ns", "not defined, too many packets were lost"})
    EXPECT_NE(dom_.find(said), std::string::npos) << said;
  EXPECT_EQ(dom_.find("more than host</span>"), std::string::npos);
}

TEST_F(Browser, AControlThatDoesNotHoldZeroIsSaidOnce) {
  const Sample sample{.packets = 1000};
  auto result = sample_result(sample);
  const std::string own = "Host measured twice does not come out as equal (=host, [2.0, 9.0] ns)";
  result["aa"] = {{"mode", "host"}, {"estimate_ns", 6.0}, {"ci95", {2.0, 9.0}}, {"holds_zero", false}};
  draw(sample, result);
  EXPECT_NE(dom_.find(own), std::string::npos);
  result["verdict"]["reasons"] = {"=host differs by +6.0 ns: smaller costs are not claimed"};
  draw(sample, result);
  EXPECT_EQ(dom_.find(own), std::string::npos);
  EXPECT_NE(dom_.find("smaller costs are not claimed"), std::string::npos);
}

TEST_F(Browser, DriftSwitchesToShareOfHost) {
  const Sample sample{.packets = 1000};
  draw(sample);
  EXPECT_EQ(count(dom_, "class=\"lane-estimate\""), 5u) << "three modes and two controls";
  draw(sample, sample_result(sample), "document.querySelectorAll('#drift .choice button')[1].click()");
  EXPECT_EQ(count(dom_, "class=\"lane-estimate\""), 3u) << "the controls have no share of the whole run";
  EXPECT_EQ(count(dom_, "Build 5 was thrown away"), 5u) << "in each panel";
}

}  // namespace
}  // namespace hopcost::campaign
