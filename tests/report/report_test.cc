#include "campaign/report/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/report/sample_result.h"
#include "tests/report/scratch_folder.h"

namespace hopcost::campaign {
namespace {

const Sample kSmall{.builds = 8, .packets = 20'000};

/// The data as the page's script will parse it.
nlohmann::json data_of(const std::string& page) {
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const std::size_t begin = page.find(open) + open.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

/// Modes that have an end-to-end series.
std::vector<std::string> end_to_end(const nlohmann::json& data) {
  std::vector<std::string> modes;
  for (const auto& series : data["series"])
    if (series["hop"].is_null()) modes.push_back(series["mode"]);
  return modes;
}

TEST(Report, HoldsTheResultAndASeriesForEachMode) {
  const ScratchFolder folder;
  write_sample(folder.path(), kSmall);
  ASSERT_TRUE(write_report(folder.path()));
  const auto data = data_of(folder.read("report.html"));
  EXPECT_EQ(data["result"]["modes"].size(), 4u);
  EXPECT_EQ(end_to_end(data), (std::vector<std::string>{"host", "veth", "bridge", "macvlan"}));
  EXPECT_GT(data["series"].size(), 4u) << "the hops have theirs as well";
  EXPECT_TRUE(data["notes"].empty());
  EXPECT_EQ(data["environment"]["clocksource"], "tsc");
}

TEST(Report, HoldsASeriesForEachModeOfEachLoad) {
  const ScratchFolder folder;
  Sample sample = kSmall;
  sample.loads = 3;
  write_sample(folder.path(), sample);
  ASSERT_TRUE(write_report(folder.path()));
  const auto data = data_of(folder.read("report.html"));
  for (const int level : {0, 1, 2}) {
    const auto of_level = std::ranges::count_if(
        data["series"], [&](const auto& one) { return one["level"] == level && one["hop"].is_null(); });
    EXPECT_EQ(of_level, 4) << level;
  }
}

TEST(Report, RefersToNothingOutside) {
  const ScratchFolder folder;
  write_sample(folder.path(), kSmall);
  ASSERT_TRUE(write_report(folder.path()));
  const std::string page = folder.read("report.html");
  EXPECT_FALSE(
      std::regex_search(page, std::regex("(src|href|action)\\s*=\\s*[\"']?(https?:)?//", std::regex::icase)));
  EXPECT_EQ(page.find("<link"), std::string::npos);
  EXPECT_EQ(page.find("@import"), std::string::npos);
  EXPECT_FALSE(std::regex_search(page, std::regex("url\\(\\s*[\"']?[a-z]+:", std::regex::icase)));
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(Report, IsTheSameBytesForTheSameFolder) {
  const ScratchFolder a, b;
  write_sample(a.path(), kSmall);
  write_sample(b.path(), kSmall);
  ASSERT_TRUE(write_report(a.path()));
  ASSERT_TRUE(write_report(b.path()));
  const std::string first = a.read("report.html");
  EXPECT_EQ(first, b.read("report.html"));
  ASSERT_TRUE(write_report(a.path()));
  EXPECT_EQ(first, a.read("report.html"));
}

TEST(Report, HostileNamesStayData) {
  const ScratchFolder folder;
  Sample sample = kSmall;
  const std::string evil = "</script><img src=x onerror=alert(1)><!--<script>";
  sample.modes = {"host", evil, "@@script@@"};
  write_sample(folder.path(), sample);
  ASSERT_TRUE(write_report(folder.path()));
  const std::string page = folder.read("report.html");
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<!--<script>"), std::string::npos);
  EXPECT_EQ(data_of(page)["result"]["modes"][1]["name"], evil);
  EXPECT_EQ(data_of(page)["result"]["modes"][2]["name"], "@@script@@");
}

TEST(Report, MissingFolderSaysSo) {
  const ScratchFolder folder;
  const auto r = write_report(folder.path() / "none");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Exit::kMissing);
  EXPECT_NE(r.error().what.find("none: no such result folder"), std::string::npos) << r.error().what;
}

TEST(Report, MissingResultSaysSo) {
  const ScratchFolder folder;
  const auto r = write_report(folder.path());
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Exit::kMissing);
  EXPECT_NE(r.error().what.find("result.json"), std::string::npos) << r.error().what;
}

TEST(Report, MalformedResultNamesFileAndByte) {
  const ScratchFolder folder;
  folder.write("result.json", "{\n \"schema\": oops\n}\n");
  const auto r = write_report(folder.path());
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Exit::kUsage);
  EXPECT_NE(r.error().what.find("result.json: byte 14 (line 2)"), std::string::npos) << r.error().what;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "report.html"));
}

TEST(Report, RefusesVersionOneInOneLineThatSaysWhatToDo) {
  const ScratchFolder folder;
  folder.write("result.json", R"({"schema":"hopcost.result/1","modes":[]})");
  const auto r = write_report(folder.path());
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Exit::kUsage);
  const std::string said = describe(r.error());
  EXPECT_EQ(std::ranges::count(said, '\n'), 0) << said;
  for (const char* part : {"result.json", "hopcost.result/1", "run again", "older hopcost"})
    EXPECT_NE(said.find(part), std::string::npos) << said;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "report.html"));
}

TEST(Report, RefusesWhatIsNotAResult) {
  const ScratchFolder folder;
  for (const char* text :
       {"", "[]", "{}", R"({"schema":"hopcost.result/3","modes":[]})", R"({"schema":"hopcost.result/2"})",
        R"({"schema":"hopcost.result/2","modes":[3]})",
        R"({"schema":"hopcost.result/2","modes":[],"further_levels":{}})",
        R"({"schema":"hopcost.result/2","modes":[],"further_levels":[7]})",
        R"({"schema":"hopcost.result/2","modes":[],"further_levels":[{"modes":[{"name":1}]}]})",
        "{\"schema\":\"\xff\"}"}) {
    folder.write("result.json", text);
    const auto r = write_report(folder.path());
    ASSERT_FALSE(r) << text;
    EXPECT_EQ(r.error().code, Exit::kUsage) << text;
    EXPECT_NE(r.error().what.find("result.json"), std::string::npos) << r.error().what;
  }
}

TEST(Report, MissingAndBrokenHistogramsAreNotedAndTheRestIsDrawn) {
  const ScratchFolder folder;
  write_sample(folder.path(), kSmall);
  std::filesystem::remove(folder.path() / "load0-mode1.hlog");
  folder.write("load0-mode2.hlog", "0.0,1.0,1.0,notbase64!\n");
  ASSERT_TRUE(write_report(folder.path()));
  const auto data = data_of(folder.read("report.html"));
  EXPECT_EQ(end_to_end(data).size(), 2u);
  ASSERT_EQ(data["notes"].size(), 2u);
  EXPECT_NE(data["notes"][0].get<std::string>().find("load0-mode1.hlog is not there"), std::string::npos);
  EXPECT_NE(data["notes"][1].get<std::string>().find("load0-mode2.hlog could not be read"),
            std::string::npos);
}

TEST(Report, OpensNoFileOutsideTheFolder) {
  const ScratchFolder folder, elsewhere;
  auto result = sample_result(kSmall);
  write_sample(elsewhere.path(), kSmall);
  result["modes"][0]["hlog"] = (elsewhere.path() / "load0-mode0.hlog").string();
  result["modes"][1]["hlog"] = "../" + elsewhere.path().filename().string() + "/load0-mode1.hlog";
  write_sample(folder.path(), kSmall, result);
  ASSERT_TRUE(write_report(folder.path()));
  const auto data = data_of(folder.read("report.html"));
  EXPECT_EQ(end_to_end(data).size(), 2u);
  EXPECT_EQ(data["notes"].size(), 2u);
}

TEST(Report, WithoutEnvironmentFileTheResultsCopyIsShown) {
  const ScratchFolder folder;
  write_sample(folder.path(), kSmall);
  std::filesystem::remove(folder.path() / "environment.json");
  ASSERT_TRUE(write_report(folder.path()));
  const auto data = data_of(folder.read("report.html"));
  EXPECT_EQ(data["environment"]["clocksource"], "tsc");
  EXPECT_EQ(data["notes"].size(), 1u);
}

TEST(Report, APageThatCantBeReplacedIsAnErrorAndLeavesNothing) {
  const ScratchFolder folder;
  write_sample(folder.path(), kSmall);
  std::filesystem::create_directories(folder.path() / "report.html" / "in the way");
  const auto r = write_report(folder.path());
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().what.find("report.html"), std::string::npos) << r.error().what;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
}

TEST(Report, LeavesNoTemporaryFile) {
  const ScratchFolder folder;
  write_sample(folder.path(), kSmall);
  ASSERT_TRUE(write_report(folder.path()));
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
}

}  // namespace
}  // namespace hopcost::campaign
