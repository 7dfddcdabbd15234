// The answer on the terminal.
#include "campaign/result/table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "campaign/result/filled.h"
#include "tests/hopcost/results.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Columns on a terminal: UTF-8's further bytes take none.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void expect_narrow(const std::string& text) {
  for (const std::string& line : split(text, '\n')) EXPECT_LE(columns(line), 110u) << line;
}

std::string line_with(const std::string& text, const std::string& words) {
  for (const std::string& line : split(text, '\n')) {
    if (line.find(words) != std::string::npos) return line;
  }
  return "no line has: " + words;
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

TEST(Table, ShowsEachModesCostWithItsIntervals) {
  json r = result_of(Simulation(usual_machine()).run(8));
  json& c = r["modes"][2]["cost_vs_host_ns"];
  c["estimate"] = 775.84;
  c["ci95"] = {772.41, 778.5};
  c["share_of_host"] = {{"estimate", 0.3504}, {"ci95", {0.3451, 0.3549}}};
  c["verdict"] = "higher";
  r["modes"][2]["lost"] = 7;
  const std::string text = render_table(r), line = line_with(text, "+775.8");
  EXPECT_TRUE(line.starts_with("bridge ")) << line;
  EXPECT_TRUE(has(line, "+775.8 [+772.4, +778.5]")) << line;
  EXPECT_TRUE(has(line, "+35.0 % [+34.5, +35.5]")) << line;
  EXPECT_TRUE(has(line, "higher")) << line;
  EXPECT_TRUE(line.ends_with(" 7")) << line;
  EXPECT_TRUE(has(line_with(text, "reference"), "host")) << text;
  EXPECT_TRUE(has(text, "af_xdp (copy), taps bpf, inline; 8 builds in 24 s")) << text;
  EXPECT_TRUE(has(text, "20000 pps, 64 bytes, bursts of 1, jittered gaps; times in ns")) << text;
  EXPECT_TRUE(has(text, "stamps: tap\n"));
}

TEST(Table, SaysAtWhichSpeedTheCostsAre) {
  json r = result_of(Simulation(usual_machine()).run(8));
  r["speed"] = {{"undisturbed_ns", 1873.2}, {"typical_ns", 2214.8}};
  for (const std::size_t m : {1, 2, 3})
    r["modes"][m]["cost_vs_host_ns"]["typical"]["estimate"] = 100.0 * double(m);
  const std::string text = render_table(r);
  EXPECT_TRUE(has(text, "the undisturbed CPU (the controls take 1873); as the run went (2215): veth +100.0,"))
      << text;
  EXPECT_TRUE(has(text, "bridge +200.0")) << text;
  expect_narrow(text);
  r["speed"] = {{"undisturbed_ns", nullptr}, {"typical_ns", nullptr}};
  EXPECT_FALSE(has(render_table(r), "undisturbed"));
}

TEST(Table, ColumnsStandBelowTheirHeads) {
  const std::string text = render_table(result_of(Simulation(usual_machine()).run(16)));
  const auto lines = split(text, '\n');
  const auto head =
      std::ranges::find_if(lines, [](const auto& l) { return l.starts_with("mode ") && has(l, "verdict"); });
  ASSERT_NE(head, lines.end());
  const std::size_t verdict = head->find("verdict");
  for (int mode = 2; mode <= 4; ++mode) EXPECT_EQ((head + mode)->find("higher"), verdict) << *(head + mode);
  for (int mode = 1; mode <= 4; ++mode) EXPECT_EQ(columns(*(head + mode)), columns(*head)) << *(head + mode);
}

TEST(Table, ALongNameMovesTheWholeTable) {
  json r = result_of(Simulation(usual_machine()).run(8));
  r["modes"][1]["name"] = "macvlan-passthru";
  const auto lines = split(render_table(r), '\n');
  const auto head =
      std::ranges::find_if(lines, [](const auto& l) { return l.starts_with("mode ") && has(l, "verdict"); });
  ASSERT_NE(head, lines.end());
  for (int mode = 1; mode <= 4; ++mode) EXPECT_EQ(columns(*(head + mode)), columns(*head)) << *(head + mode);
}

TEST(Table, AWholeRunHasADashOnlyWhereNothingWasMeasured) {
  json r = result_of(Simulation(usual_machine()).run(24));
  const std::string text = render_table(r);
  for (const char* mode : {"veth", "bridge", "macvlan"}) {
    const std::string cost = line_with(text, std::string(mode) + "  ");
    EXPECT_FALSE(has(cost.substr(32), " - ")) << cost << ": no cost, no interval, no share is missing";
  }
  EXPECT_TRUE(has(line_with(text, "macvlan "), " - ")) << "too few packets for a p99.9";
  for (const std::string& line : split(text, '\n')) {
    if (!has(line, "> socket")) continue;
    EXPECT_FALSE(has(line, "-- ")) << line << ": every hop has its figure";
  }
}

TEST(Table, AShortRunShowsItsEstimatesAndADashForTheIntervals) {
  const std::string text = render_table(result_of(Simulation(usual_machine()).run(2)));
  const std::string line = line_with(text, "bridge ");
  EXPECT_TRUE(has(line, "+10")) << line;
  EXPECT_TRUE(has(line, "undecided")) << line;
  const std::size_t cost = line.find("+10");
  EXPECT_EQ(line.substr(cost + 8, 1), "-") << "no interval of the cost: " << line;
  EXPECT_EQ(line.substr(line.find("%") + 2, 1), "-") << "and none of the share: " << line;
  EXPECT_FALSE(has(text, "--> ")) << line_with(text, "--> ");
  EXPECT_TRUE(has(text, "undecided, bridge: 2 builds give no interval, 6 do: --budget 24s")) << text;
  EXPECT_FALSE(has(text, "UNFIT")) << "an undecided run is a result";
  EXPECT_FALSE(has(text, "PARTIAL"));
}

TEST(Table, OnlyHostIsTheReference) {
  Machine machine = usual_machine();
  machine.modes[1].lost = 0.45;
  const std::string text = render_table(result_of(Simulation(machine).run(8)));
  EXPECT_EQ(text.find("reference"), text.rfind("reference"));
  EXPECT_TRUE(has(line_with(text, "veth "), "undefined")) << line_with(text, "veth ");
}

TEST(Table, ShowsWhereTheTimeGoes) {
  json r = result_of(Simulation(usual_machine()).run(8));
  json& hops = r["modes"][2]["hops"];
  for (std::size_t h = 0; h < 4; ++h) {
    hops[h]["p50_ns"] = std::vector<double>{1642, 727, 283, 917}[h];
    hops[h]["ci95"] = {0, 2.4};
  }
  hops[1]["part"] = "backlog wait";
  const std::string text = render_table(r);
  EXPECT_TRUE(has(text,
                  "bridge     tx -1642 ±1.2-> wire -727 ±1.2 backlog wait-> bridge_port -283 ±1.2-> "
                  "container -917 ±1.2-> socket"))
      << line_with(text, "bridge_port");
}

TEST(Table, SaysWhatTapsCostAndThatItIsInNoFigure) {
  json r = result_of(Simulation(usual_machine()).run(8));
  const std::string text = render_table(r), line = line_with(text, "bridge_port +");
  EXPECT_TRUE(has(text, "what an open tap costs the packets behind it (in no figure above)"));
  EXPECT_TRUE(has(line, "wire +2")) << line;
  EXPECT_TRUE(has(line, "; all at once +3")) << line;
  EXPECT_TRUE(has(line, ", shared +6")) << line;
}

TEST(Table, ShowsTheControls) {
  json r = result_of(Simulation(usual_machine()).run(8));
  r["aa"] = {{"mode", "host"},
             {"estimate_ns", -0.24},
             {"ci95", {-2.8, 2.2}},
             {"within_build_ci95", {-1.5, 1.5}},
             {"holds_zero", true}};
  r["instance"] = {{"mode", "host"},
                   {"estimate_ns", -20.4},
                   {"ci95", {-35.9, -16.4}},
                   {"within_build_ci95", {-22.4, -18.4}},
                   {"holds_zero", false}};
  r["mde_ns"] = 12.34;
  const std::string text = render_table(r);
  EXPECT_TRUE(
      has(text, "=host, the same instance once more:   -0.2 [-2.8, +2.2] ns, within a build ±1.5, holds 0\n"))
      << text;
  EXPECT_TRUE(has(line_with(text, "host#2"), "-20.4 [-35.9, -16.4] ns, within a build ±2.0, does not hold 0"))
      << text;
  EXPECT_TRUE(has(text, "smallest cost this run would have found in every mode: 12.3 ns"));
}

TEST(Table, ShowsTheUncertaintyAndItsLargestTermsFirst) {
  json r = result_of(Simulation(usual_machine()).run(8));
  json& u = r["modes"][2]["cost_vs_host_ns"]["uncertainty"];
  u["expanded_ns"] = 10.42;
  u["coverage_factor"] = 2.3646;
  u["terms"] = {{{"term", "stamp quantisation"}, {"ns", 0.3}, {"how", "x"}},
                {{"term", "cross-CPU clock"}, {"ns", nullptr}, {"how", "x"}},
                {{"term", "between builds"}, {"ns", 4.1}, {"how", "x"}}};
  const std::string line = line_with(render_table(r), "  bridge     10.4 ns");
  EXPECT_EQ(line,
            "  bridge     10.4 ns (k = 2.36): between builds 4.1, stamp quantisation 0.3; not known: "
            "cross-CPU clock");
}

TEST(Table, SaysWhoChangedTheCpu) {
  json r = result_of(Simulation(usual_machine()).run(8));
  EXPECT_TRUE(has(render_table(r), "cross-CPU: 0.0 % in every hop\n"));
  r["modes"][2]["hops"][1]["cpu"]["cross_share"] = 0.037;
  EXPECT_TRUE(has(render_table(r), "cross-CPU: bridge wire -> bridge_port 3.7 %\n"));
  for (json& m : r["modes"]) {
    for (json& h : m["hops"]) h["cpu"]["cross_share"] = nullptr;
  }
  EXPECT_TRUE(has(render_table(r), "cross-CPU: not known, the taps do not tell their CPU\n"));
}

// A message of others may hold several blanks in a row, and one of them may come to stand where a line ends.
TEST(Filled, BlanksAtTheEndOfALineAreNoWord) {
  for (std::size_t before = 100; before < 115; ++before) {
    const std::string text = sentence(std::string(before, 'x'), "y    word   last", 2);
    EXPECT_TRUE(has(text, "word")) << before;
    EXPECT_TRUE(has(text, "last\n")) << before;
  }
}

TEST(Table, APartialAndUnfitRunSaysSo) {
  Measured m = Simulation(usual_machine()).run(2, [](SlotResult& s) {
    for (LaneSlot& l : s.lanes) l.regime = "software";
  });
  m.partial_reason = "stopped by a signal";
  const std::string text = render_table(result_of(m));
  EXPECT_TRUE(has(text, "PARTIAL: stopped by a signal\n"));
  EXPECT_TRUE(has(text, "UNFIT for a claim:\n"));
  EXPECT_TRUE(has(text, "receive timestamps"));
  EXPECT_TRUE(has(text, "stamps: software\n"));
}

TEST(Table, VoidSlotsAreToldOnce) {
  int n = 0;
  const std::string text = render_table(result_of(Simulation(usual_machine()).run(4, [&](SlotResult& s) {
    if (n++ == 3) s.voided_by = {"ring_drops"};
  })));
  EXPECT_EQ(line_with(text, "void slots"), "void slots: 1 of " + std::to_string(n) + " (ring_drops 1)");
  EXPECT_EQ(text.find("void slots"), text.rfind("void slots"));
  EXPECT_FALSE(has(text, "UNFIT"));
}

TEST(Table, EachLevelHasItsTable) {
  Machine machine = usual_machine();
  machine.levels = {Load{}, {5000, 1518, 8}};
  const std::string text = render_table(result_of(Simulation(machine).run(8)));
  EXPECT_TRUE(has(text, "20000 pps, 64 bytes, bursts of 1"));
  EXPECT_TRUE(has(text, "5000 pps, 1518 bytes, bursts of 8"));
  std::size_t tables = 0;
  for (const auto& l : split(text, '\n')) tables += has(l, "reference") ? 1 : 0;
  EXPECT_EQ(tables, 2u);
}

TEST(Table, IsAtMost110ColumnsWide) {
  expect_narrow(render_table(result_of(Simulation(usual_machine()).run(8))));
  expect_narrow(render_table(result_of(Simulation(usual_machine()).run(2))));
}

TEST(Table, IsNotWiderWhenThereIsMuchToSay) {
  Machine machine = usual_machine();
  machine.instance_ns = -120;
  machine.modes[2].lost = 0.6;
  int n = 0;
  Measured m = Simulation(machine).run(8, [&](SlotResult& s) {
    for (LaneSlot& l : s.lanes) l.regime = "software";
    if (n++ % 9 == 0) s.voided_by = {"account", "ring_drops", "clock_step"};
  });
  m.partial_reason = "stopped by a signal";
  json r = result_of(m);
  for (json& mode : r["modes"]) {
    for (json& h : mode["hops"]) h["cpu"]["cross_share"] = 0.123;
    if (!mode["cost_vs_host_ns"].is_object() || !mode["cost_vs_host_ns"]["uncertainty"].is_object()) continue;
    for (json& t : mode["cost_vs_host_ns"]["uncertainty"]["terms"]) t["ns"] = 12.3;
  }
  const std::string text = render_table(r);
  expect_narrow(text);
  EXPECT_TRUE(has(text, "cross-CPU: host tx -> wire 12 %")) << text;
  EXPECT_TRUE(has(text, "macvlan container -> socket 12 %")) << "nothing is cut off";
  EXPECT_TRUE(has(text, "UNFIT"));
}

TEST(Table, AFinePathIsFoldedBelowItself) {
  Machine machine;
  SyntheticWay& fine = machine.modes[1];
  fine = {"bridge", {}, {}, {}};
  for (int p = 0; p < 12; ++p) {
    fine.points.push_back("point" + std::to_string(p) + ".backlog");
    fine.at.push_back(100 + 50 * p);
    if (p < 11) fine.tap.push_back(20);
  }
  const std::string text = render_table(result_of(Simulation(machine).run(24)));
  expect_narrow(text);
  for (const auto& p : fine.points) EXPECT_TRUE(has(text, "-> " + p)) << p;
}

}  // namespace
}  // namespace hopcost::campaign
