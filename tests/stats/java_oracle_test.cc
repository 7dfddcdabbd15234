// Our logs, encodings and percentile texts against the reference Java implementation (Debian:
// libhdrhistogram-java and a JDK, whose `java` runs a source file). Skipped without them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>

#include "stats/hdr_log.h"
#include "stats/hgrm.h"
#include "tests/stats/scratch.h"

namespace hopcost {
namespace {

constexpr double kQuantiles[] = {0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1};

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen(command.c_str(), "re");
  char buffer[4096];
  for (std::size_t n; pipe != nullptr && (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    text.append(buffer, n);
  if (pipe == nullptr || pclose(pipe) != 0) ADD_FAILURE() << command << " failed";
  return text;
}

// As EXPECT_EQ, which would take minutes over the difference of two long texts.
void expect_same_lines(const std::string& ours, const std::string& theirs, const std::string& about) {
  std::istringstream a(ours), b(theirs);
  std::string line_a, line_b;
  for (int number = 1; std::getline(a, line_a) && std::getline(b, line_b); ++number) {
    if (line_a == line_b) continue;
    ADD_FAILURE() << about << ", line " << number << "\n  ours:   " << line_a.substr(0, 200)
                  << "\n  theirs: " << line_b.substr(0, 200);
    return;
  }
  EXPECT_EQ(ours.size(), theirs.size()) << about;
}

class JavaOracle : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* jar : {"/usr/share/java/hdrhistogram.jar", "/usr/share/java/HdrHistogram.jar"})
      if (std::filesystem::exists(jar)) jar_ = jar;
    if (jar_.empty()) GTEST_SKIP() << "no hdrhistogram.jar: install libhdrhistogram-java";
    if (std::system("java --list-modules 2>/dev/null | grep -q jdk.compiler") != 0)
      GTEST_SKIP() << "no java that compiles: install default-jdk-headless";
  }
  std::string ask(const std::string& arguments) {
    return output_of("java -cp " + jar_ + " " + JAVA_ORACLE + " " + arguments);
  }
  std::string jar_;
  Scratch scratch_;
};

std::string describe(const HlogInterval& i) {
  const HdrHistogram& h = i.histogram;
  const auto ms = [](double s) { return static_cast<long long>(std::floor(s * 1000.0 + 1e-3)); };
  std::string out = fmt::format("tag {} from {} to {} layout {} {} {} count {} min {} max {}\n", i.tag,
                                ms(i.start_s), ms(i.start_s + i.length_s), h.config().lowest,
                                h.config().highest, h.config().digits, h.count(), h.min(), h.max());
  for (double q : kQuantiles) out += fmt::format("{} ", h.value_at_quantile(q));
  out += '\n';
  h.for_each([&](auto, auto hi, auto n) { out += fmt::format("{}:{} ", hi, n); });
  return out + "\n";
}

std::string describe(const Hlog& log) {
  std::string out;
  for (const HlogInterval& i : log.intervals) out += describe(i);
  return out;
}

HdrHistogram random_histogram(HdrHistogram::Config config, int values, std::uint64_t seed) {
  auto h = HdrHistogram::create(config).value();
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> latency(std::log(400.0), 1.5);
  for (int i = 0; i < values; ++i) h.record(static_cast<std::uint64_t>(latency(random)));
  return h;
}

std::vector<HdrHistogram> ours() {
  std::vector<HdrHistogram> all;
  all.push_back(random_histogram({}, 100'000, 1));
  all.push_back(random_histogram({.lowest = 100, .highest = 10'000'000, .digits = 2}, 5'000, 2));
  all.push_back(random_histogram({.lowest = 1, .highest = (1ull << 63) - 1, .digits = 4}, 2'000, 3));
  all.push_back(HdrHistogram());
  all.push_back(random_histogram({.lowest = 1, .highest = 1'000'000, .digits = 5}, 20'000, 4));
  all[0].record_n(347, 1ull << 34);
  all[2].record((1ull << 63) - 1);
  all[2].record(0);
  return all;
}

void write_log(const std::filesystem::path& path, const std::vector<HdrHistogram>& histograms) {
  auto writer = HlogWriter::create(path, 1'763'692'200.0);
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE(writer->comment("a comment").has_value());
  double at = 1'763'692'200.0;
  int number = 0;
  for (const HdrHistogram& h : histograms) {
    const std::string tag = number % 2 == 0 ? "" : fmt::format("mode/{}", number);
    ASSERT_TRUE(writer->write(tag, at, at + 0.25, h).has_value());
    at += 1.5;
    ++number;
  }
  ASSERT_TRUE(writer->close().has_value());
}

TEST_F(JavaOracle, ReadsOurLogBackTheSame) {
  const auto path = scratch_.path() / "ours.hlog";
  write_log(path, ours());
  auto log = read_hlog(path);
  ASSERT_TRUE(log.has_value()) << describe(log.error());
  ASSERT_EQ(log->intervals.size(), ours().size());
  for (std::size_t i = 0; i < ours().size(); ++i) EXPECT_TRUE(log->intervals[i].histogram == ours()[i]) << i;
  expect_same_lines(describe(*log), ask("read " + path.string()), "our log");
}

TEST_F(JavaOracle, IsReadByUs) {
  const auto path = scratch_.path() / "java.hlog";
  const std::string said = ask("write " + path.string());
  auto log = read_hlog(path);
  ASSERT_TRUE(log.has_value()) << describe(log.error());
  ASSERT_EQ(log->intervals.size(), 5u);
  EXPECT_EQ(log->start_s, 1'700'000'000.0);
  expect_same_lines(describe(*log), said, "their log");
}

// Not for values beyond 2^53: JDKs before 19 print more digits than tell such doubles apart.
TEST_F(JavaOracle, WritesTheSamePercentileText) {
  std::vector<HdrHistogram> histograms = ours();
  histograms[2] = random_histogram({.lowest = 1, .highest = (1ull << 63) - 1, .digits = 4}, 2'000, 3);
  histograms[2].record(1ull << 52);
  const auto path = scratch_.path() / "ours.hlog";
  write_log(path, histograms);
  for (const auto& [ticks, ratio] : {std::pair{5, 1.0}, {7, 1000.0}}) {
    std::string text;
    for (const HdrHistogram& h : histograms) text += percentile_text(h, ticks, ratio);
    expect_same_lines(text, ask(fmt::format("hgrm {} {} {}", path.string(), ticks, ratio)),
                      fmt::format("{} ticks", ticks));
  }
}

}  // namespace
}  // namespace hopcost
