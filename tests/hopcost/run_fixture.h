// What the tests of whole runs share: a folder each, and nothing left behind. Test support.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "program.h"

namespace hopcost::campaign {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kUnfit = 6, kPartial = 5;

class Run : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = why_not_root(); !why.empty()) GTEST_SKIP() << why;
    folder_ = scratch_folder();
    before_ = standing_namespaces();
  }
  void TearDown() override {
    if (folder_.empty()) return;
    EXPECT_EQ(left_behind(), std::vector<std::string>{});
    fs::remove_all(folder_);
  }
  std::vector<std::string> short_run(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"run",    "--builds", "1",     "--slot-ms", "20",
                                    "--seed", "3",        "--out", folder_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// Namespaces made since the test began. What a run killed before it left is another's.
  std::vector<std::string> left_behind() const {
    std::vector<std::string> ours;
    std::ranges::set_difference(standing_namespaces(), before_, std::back_inserter(ours));
    return ours;
  }
  json result() const { return json::parse(std::ifstream(folder_ + "/result.json"), nullptr, false); }

  std::string folder_;
  std::set<std::string> before_;
};

/// A shell's words that do `then` in $ns for each namespace of a device under test with such a bridge.
inline std::string in_bridges(const std::string& then, const std::string& bridge = "br0") {
  return "for ns in $(ip netns list | cut -d' ' -f1 | grep -e '-dut$'); do if ip -n $ns link show " + bridge +
         " >/dev/null 2>&1; then " + then + "; fi; done";
}

inline void expect_every_probe_accounted_for(const json& result, const std::vector<std::string>& modes) {
  ASSERT_EQ(result["modes"].size(), modes.size());
  for (std::size_t i = 0; i < modes.size(); ++i) {
    const json& m = result["modes"][i];
    EXPECT_EQ(m["name"], modes[i]);
    EXPECT_EQ(m["sent"].get<std::int64_t>(),
              m["received"].get<std::int64_t>() + m["lost"].get<std::int64_t>());
    EXPECT_EQ(m["lost"], 0);
    EXPECT_EQ(m["duplicates"], 0);
    for (const json& t : m["taps"]) EXPECT_EQ(t["lost"], 0) << t;
    EXPECT_GT(m["slots"].get<int>() + m["void_slots"].get<int>(), 0);
  }
}

/// A figure for each mode and each hop, and hops that add up, however busy the machine is.
inline void expect_every_figure(const json& result) {
  for (const json& m : result["modes"]) {
    const json& p50 = m["end_to_end_ns"]["p50"];
    ASSERT_TRUE(p50.is_number()) << m["end_to_end_ns"];
    EXPECT_EQ(m["cost_vs_host_ns"].is_object() && m["cost_vs_host_ns"]["estimate"].is_number(),
              m["name"] != "host");
    double sum = 0;
    for (const json& h : m["hops"]) {
      ASSERT_TRUE(h["p50_ns"].is_number()) << m["name"] << h;
      sum += h["p50_ns"].get<double>();
    }
    EXPECT_NEAR(sum, p50.get<double>(), 1e-6) << m["name"];
  }
}

}  // namespace hopcost::campaign
