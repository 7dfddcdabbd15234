// result.json: the form of doc/result-format.md, and the figures under its names.
#include "campaign/result/result_json.h"

#include <gtest/gtest.h>

#include "campaign/result/table.h"
#include "tests/hopcost/result_format.h"
#include "tests/hopcost/results.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

TEST(ResultJson, HasEveryFieldOfTheFormat) {
  expect_format(result_of(Simulation(usual_machine()).run(8)));
}

TEST(ResultJson, HasThemAllInAShortRunToo) {
  for (const int builds : {1, 2, 5}) expect_format(result_of(Simulation(usual_machine()).run(builds)));
}

TEST(ResultJson, HasThemAllWithLossVoidsAndStaleStamps) {
  Machine machine = usual_machine();
  machine.modes[1].lost = 0.6;
  machine.modes[2].lost = 0.02;
  int n = 0;
  Simulation simulation(machine);
  Measured m = simulation.run(8, [&](SlotResult& s) {
    if (n++ % 4 == 0) s.voided_by = {"account"};
    if (s.plan.kind == SlotKind::kAll) s.lanes[3].hops[1].invalid = "stale stamps";
    s.lanes[3].regime = "software";
  });
  m.add_build(24, simulation.build(), {"settings changed under way: mtu"});
  m.partial_reason = "stopped by a signal";
  m.clocks.cpu_bound_ns.reset();
  const json r = result_of(m);
  expect_format(r);
  EXPECT_EQ(r["complete"], false);
  EXPECT_EQ(r["partial_reason"], "stopped by a signal");
  EXPECT_EQ(r["verdict"]["fit"], false);
  EXPECT_EQ(r["campaign"]["builds"], 8);
  EXPECT_EQ(r["campaign"]["builds_void"], 1);
  EXPECT_EQ(r["builds"][8]["void"], true);
  EXPECT_EQ(r["builds"][8]["lanes"], json::object());
  EXPECT_EQ(r["modes"][3]["hops"][1]["invalid"], "stale stamps");
  EXPECT_TRUE(r["modes"][3]["hops"][1]["p50_ns"].is_null());
  EXPECT_EQ(r["modes"][1]["cost_vs_host_ns"]["verdict"], "undefined");
}

TEST(ResultJson, NamesTheSwitchesOfOpenVSwitchAndSoDoesTheTable) {
  const auto device = [](const json& options) { return json{{"kind", "ovs"}, {"options", options}}; };
  const json nodes = {
      {"dut", {{"devices", {{"br0", device({{"datapath", "userspace"}})}, {"d0", device({})}}}}}};
  const RunFacts facts{{"hopcost", "run"}, "2026-01-01T00:00:00Z", "af_xdp (copy)", "bpf"};
  const Measured m = Simulation(usual_machine()).run(2);
  const json environment = {{"topologies", {{"ovs", {{"nodes", nodes}}}, {"veth", "it is gone"}}}};
  const json r = result_json(facts, {}, m, analyse(m, 7), environment);
  expect_format(r);
  const json wanted = {{{"mode", "ovs"}, {"device", "dut/br0"}, {"datapath", "userspace"}}};
  EXPECT_EQ(r["campaign"]["switches"], wanted);
  EXPECT_NE(render_table(r).find("ovs: dut/br0 is Open vSwitch's, by its userspace datapath"),
            std::string::npos);
}

TEST(ResultJson, SaysWhetherAVirtualMachineIsEmulatedAndSoDoesTheTable) {
  const RunFacts facts{{"hopcost", "run"}, "2026-01-01T00:00:00Z", "af_xdp (copy)", "bpf"};
  const Measured m = Simulation(usual_machine()).run(2);
  const auto table_of = [&](const char* accelerator) {
    const json nic = {{"kind", "virtio"}, {"options", {{"accelerator", accelerator}}}};
    const json nodes = {{"guest", {{"devices", {{"eth0", nic}}}}}};
    const json r = result_json(facts, {}, m, analyse(m, 7), {{"topologies", {{"vm", {{"nodes", nodes}}}}}});
    expect_format(r);
    const json wanted = {{{"mode", "vm"}, {"device", "guest/eth0"}, {"accelerator", accelerator}}};
    EXPECT_EQ(r["campaign"]["machines"], wanted);
    return render_table(r);
  };
  EXPECT_NE(table_of("tcg").find("vm: the virtual machine is EMULATED IN SOFTWARE (TCG)"), std::string::npos);
  EXPECT_NE(table_of("kvm").find("vm: the virtual machine runs by KVM"), std::string::npos);
}

TEST(ResultJson, SaysHowFramesWereDealtAndSoDoesTheTableWithoutBpf) {
  RunFacts facts{{"hopcost", "run"}, "2026-01-01T00:00:00Z", "af_packet (tx-ring)", "af_packet"};
  const Measured m = Simulation(usual_machine()).run(2);
  const auto result = [&](const char* wire) {
    facts.wire = wire;
    const json r = result_json(facts, {}, m, analyse(m, 7), json::object());
    expect_format(r);
    return r;
  };
  constexpr const char* kTold = "wire: frames came from the interface to the modes by a macvlan and a bridge";
  EXPECT_EQ(result("macvlan")["campaign"]["wire"], "macvlan");
  EXPECT_NE(render_table(result("macvlan")).find(kTold), std::string::npos);
  EXPECT_EQ(result("bpf")["campaign"]["wire"], "bpf");
  EXPECT_EQ(render_table(result("bpf")).find("wire: "), std::string::npos);
  EXPECT_EQ(result("")["campaign"]["wire"], json()) << "one machine";
}

/// The same run with a clock of its own at the device, which is another time ahead in each slot.
TEST(ResultJson, TwoClocksTakeNothingFromCostsAndLeaveNoTimeSinceSending) {
  const json one = result_of(Simulation(usual_machine()).run(8));
  double ahead = -37e9;
  Measured m = Simulation(usual_machine()).run(8, [&](SlotResult& s) {
    ahead += 12'500;
    for (LaneSlot& lane : s.lanes) {
      for (auto& tap : lane.pairs) {
        for (double& t : tap) t += ahead;
      }
      lane.negative = 1000;
    }
  });
  m.one_clock = false;
  m.one_way = OneWayBounds{12'000, 61'000, "messages"};
  m.drift_ppm = 50.04;
  const json two = result_of(m);
  expect_format(two);
  const std::string table = render_table(two);
  EXPECT_NE(table.find("host takes 12.00 to 61.00 us"), std::string::npos) << table;
  EXPECT_NE(table.find("runs +50.04 ppm"), std::string::npos) << table;
  EXPECT_EQ(two["verdict"]["fit"], one["verdict"]["fit"]) << two["verdict"];
  for (std::size_t i = 0; i < two["modes"].size(); ++i) {
    const json &a = one["modes"][i], &b = two["modes"][i];
    EXPECT_TRUE(b["end_to_end_ns"]["p50"].is_null());
    EXPECT_TRUE(b["end_to_end_ns"]["max"].is_null());
    EXPECT_TRUE(b["hlog"].is_null()) << "a log of times that nobody knows";
    EXPECT_TRUE(b["hops"][0]["p50_ns"].is_null());
    EXPECT_TRUE(b["hops"][0]["watched"]["p50_ns"].is_null());
    for (std::size_t h = 1; h < b["hops"].size(); ++h)
      EXPECT_NEAR(b["hops"][h]["p50_ns"].get<double>(), a["hops"][h]["p50_ns"].get<double>(), 0.01);
    if (i == 0) continue;
    const json &was = a["cost_vs_host_ns"], &is = b["cost_vs_host_ns"];
    EXPECT_NEAR(is["estimate"].get<double>(), was["typical"]["estimate"].get<double>(), 0.01);
    EXPECT_TRUE(is["share_of_host"].is_null());
  }
}

TEST(ResultJson, OnlyHostHasNoCost) {
  Machine machine;
  machine.modes[1].lost = 0.45;
  const json r = result_of(Simulation(machine).run(8));
  expect_format(r);
  EXPECT_EQ(r["modes"][1]["cost_vs_host_ns"]["verdict"], "undefined");
  EXPECT_TRUE(r["modes"][1]["cost_vs_host_ns"]["estimate"].is_null());
  EXPECT_TRUE(r["modes"][1]["cost_vs_host_ns"]["shift"]["p50"].is_null());
  Simulation simulation(Machine{});
  Measured none = simulation.nothing_yet();
  none.add_build(0, {simulation.slot({0, SlotKind::kAll, {}})}, {});
  expect_format(result_of(none));
}

TEST(ResultJson, FurtherLevelsHaveTheSameForm) {
  Machine machine;
  machine.levels = {Load{}, {5000, 1518, 8}};
  Config config;
  config.rates = {20'000, 5000};
  const json r = result_of(Simulation(machine).run(8), config);
  expect_format(r);
  ASSERT_EQ(r["further_levels"].size(), 1u);
  EXPECT_EQ(r["load"]["rate_pps"], 20'000);
  EXPECT_EQ(r["further_levels"][0]["load"], (json{{"rate_pps", 5000},
                                                  {"size", 1518},
                                                  {"burst", 8},
                                                  {"gap", "jittered"},
                                                  {"containers", 1},
                                                  {"deal", nullptr}}));
  EXPECT_EQ(r["further_levels"][0]["modes"][1]["hlog"], "bridge.level2.hlog");
  EXPECT_EQ(r["modes"][1]["hlog"], "bridge.hlog");
}

// The names that scripts rely on hold the figures, not just something of that type.
TEST(ResultJson, TheFiguresStandUnderTheirNames) {
  Machine machine;
  machine.modes[1].lost = 0.01;
  machine.repeat_ns = 12;
  machine.instance_ns = -25;
  const Measured m = Simulation(machine).run(8);
  const json r = result_of(m);
  const json& bridge = r["modes"][1];
  EXPECT_EQ(bridge["name"], "bridge");
  EXPECT_EQ(bridge["sent"], m.totals[0][1].sent);
  EXPECT_EQ(bridge["received"], m.totals[0][1].end.seen);
  EXPECT_GT(bridge["lost"], 0);
  const json& cost = bridge["cost_vs_host_ns"];
  EXPECT_NEAR(cost["estimate"].get<double>(), 350, 5);
  EXPECT_LT(cost["ci95"][0], cost["estimate"]);
  EXPECT_LT(cost["within_build_ci95"][0], cost["estimate"]);
  EXPECT_GE(cost["between_build_sd"], 0);
  EXPECT_NEAR(cost["share_of_host"]["estimate"].get<double>(), 350.0 / 330, 0.03);
  EXPECT_EQ(cost["verdict"], "higher");
  EXPECT_EQ(cost["builds"], 8);
  double sum = 0;
  for (const json& h : bridge["hops"]) sum += h["p50_ns"].get<double>();
  EXPECT_NEAR(sum, bridge["end_to_end_ns"]["p50"].get<double>(), 1e-9);
  EXPECT_EQ(bridge["hops"][1]["from"], "wire");
  EXPECT_EQ(bridge["hops"][1]["to"], "port");
  EXPECT_NEAR(bridge["hops"][1]["p50_ns"].get<double>(), 200, 5);
  EXPECT_NEAR(r["aa"]["estimate_ns"].get<double>(), 12, 4);
  EXPECT_NEAR(r["instance"]["estimate_ns"].get<double>(), -25, 4);
  EXPECT_EQ(r["instance"]["mode"], "host");
  EXPECT_EQ(r["instance"]["holds_zero"], false);
  EXPECT_EQ(r["builds"].size(), 8u);
  EXPECT_NEAR(r["builds"][3]["lanes"]["bridge"]["cost_ns"].get<double>(), 350, 10);
  EXPECT_NEAR(r["builds"][3]["lanes"]["host#2"]["cost_ns"].get<double>(), -25, 10);
  EXPECT_NEAR(r["builds"][3]["lanes"]["host"]["p50_ns"].get<double>(), 330, 10);
  EXPECT_EQ(r["builds"][3]["begun_s"], 9);
  EXPECT_EQ(r["verdict"]["fit"], true);
}

// received = seen: `seen` counts different probes, copies are counted apart.
TEST(ResultJson, CopiesAreNotTakenOffWhatWasReceived) {
  const Measured m =
      Simulation(Machine{}).run(2, [](SlotResult& s) { s.lanes[1].taps.back().duplicates = 5; });
  const json bridge = result_of(m)["modes"][1];
  EXPECT_EQ(bridge["received"], bridge["sent"]);
  EXPECT_EQ(bridge["lost"], 0);
  EXPECT_GT(bridge["duplicates"], 0);
}

TEST(ResultJson, SlotsAndTheirVoidsAreTold) {
  int n = 0;
  const json r = result_of(Simulation(Machine{}).run(4, [&](SlotResult& s) {
    if (n++ == 3) s.voided_by = {"ring_drops", "account"};
  }));
  EXPECT_EQ(r["modes"][1]["void_slots"], 1);
  EXPECT_EQ(r["modes"][1]["void_reasons"], (json{{"ring_drops", 1}, {"account", 1}}));
  EXPECT_EQ(r["modes"][1]["slots"], n - 1);
  EXPECT_EQ(r["verdict"]["fit"], true);
}

TEST(ResultJson, QuantilesWithTooFewBeyondThemAreNullWithTheReason) {
  const json e = result_of(Simulation(Machine{}).run(8))["modes"][1]["end_to_end_ns"];
  EXPECT_EQ(e["count"], 8 * 480);
  EXPECT_TRUE(e["p90"].is_number());
  EXPECT_EQ(e["ci95"]["p90"].size(), 2u);
  EXPECT_TRUE(e["p999"].is_null());
  EXPECT_EQ(e["undefined"]["p999"], "fewer than 100 packets lie beyond this quantile");
  Machine lossy;
  lossy.modes[1].lost = 0.3;
  const json l = result_of(Simulation(lossy).run(8))["modes"][1]["end_to_end_ns"];
  EXPECT_TRUE(l["p50"].is_number());
  EXPECT_EQ(l["undefined"]["p90"], "more packets were lost than lie beyond this quantile");
}

// The quantiles are of end slots alone: what they lost decides, whatever the others did.
TEST(ResultJson, AQuantileThatIsNullAlwaysHasItsReason) {
  Machine machine;
  machine.modes[1].lost = 0.15;
  const json e = result_of(Simulation(machine).run(8, [](SlotResult& s) {
    if (s.plan.kind == SlotKind::kEnd) return;
    TapCount& end = s.lanes[1].taps.back();
    end.seen += end.lost;
    end.lost = 0;
  }))["modes"][1]["end_to_end_ns"];
  EXPECT_TRUE(e["p90"].is_null());
  EXPECT_EQ(e["undefined"]["p90"], "more packets were lost than lie beyond this quantile");
}

TEST(ResultJson, AllTapsCostTheirSumLessWhatTheyShare) {
  Machine machine;
  machine.crowd_ns = -70;
  const json all = result_of(Simulation(machine).run(24))["modes"][1]["all_taps"];
  EXPECT_NEAR(all["taps_ns"].get<double>(), 100, 6);
  EXPECT_NEAR(all["shared_ns"].get<double>(), 70, 8);
  EXPECT_DOUBLE_EQ(all["excess_ns"].get<double>(),
                   all["taps_ns"].get<double>() - all["shared_ns"].get<double>());
  const json& ci = all["shared_ci95"];
  EXPECT_TRUE(ci[0] < all["shared_ns"] && all["shared_ns"] < ci[1]) << ci;
  EXPECT_TRUE(ci[0] > 40 && ci[1] < 100) << ci;
}

TEST(ResultJson, TheGeneratorsAuditIsSummed) {
  const Measured m = Simulation(Machine{}).run(2);
  const json g = result_of(m)["generator"];
  EXPECT_EQ(g["offered_pps"], 20'000);
  EXPECT_EQ(g["achieved_pps"], 19'990);
  EXPECT_EQ(g["departures"].get<std::uint64_t>(), 1024 * m.generator.slots);
  EXPECT_EQ(g["within_128_ns"].get<std::uint64_t>(), 768 * m.generator.slots) << "shares become counts";
  EXPECT_EQ(g["late_p50_ns"], 40);
  EXPECT_EQ(g["missed_slots"].get<std::uint64_t>(), 2 * m.generator.slots);
  EXPECT_EQ(g["tx_errors"].get<std::uint64_t>(), m.generator.slots);
}

TEST(ResultJson, DiagnosticsAreOfAllSlotsAndOfTheSendersCpu) {
  const Measured m = Simulation(Machine{}).run(2);
  const json d = result_of(m)["diagnostics"];
  EXPECT_NEAR(d["late_share"].get<double>(), 2.0 / 1024, 1e-9);
  EXPECT_EQ(d["steal_ms"].get<double>(), static_cast<double>(m.generator.slots));
  EXPECT_LE(d["work_ns_min"], d["work_ns_median"]);
  EXPECT_LE(d["work_ns_median"], d["work_ns_max"]);
}

TEST(ResultJson, CountersAreAPacketAndNullWhereTheMachineHasNone) {
  const json p = result_of(Simulation(Machine{}).run(2))["modes"][0]["per_packet"];
  EXPECT_DOUBLE_EQ(p["cycles"].get<double>(), 1000);
  EXPECT_TRUE(p["instructions"].is_null());
  EXPECT_EQ(p["missing"], "the CPU counts no instructions");
}

TEST(ResultJson, CountersAreOverThePacketsTheyWereReadOver) {
  const json p = result_of(Simulation(Machine{}).run(2, [](SlotResult& s) {
    s.lanes[0].counted = 128;
    s.lanes[0].counters = {128'000.0, {}, 0.0, 0.0};
  }))["modes"][0]["per_packet"];
  EXPECT_DOUBLE_EQ(p["cycles"].get<double>(), 1000);
}

TEST(ResultJson, HopsTellWhoChangedTheCpu) {
  const auto hop_of = [](CpuCounts cpu, bool crossed) {
    const json r = result_of(Simulation(Machine{}).run(8, [&](SlotResult& s) {
      if (s.plan.kind != SlotKind::kAll) return;
      HopTimes& hop = s.lanes[1].hops[1];
      hop.times.reset();
      hop.times.record_n(200, cpu.same);
      hop.times.record_n(900, cpu.cross);
      if (crossed) hop.cross_times.record_n(900, cpu.cross);
      hop.cpu = cpu;
    }));
    return r["modes"][1]["hops"][1]["cpu"];
  };
  const json all = hop_of({160, 0, 0}, false), some = hop_of({120, 40, 0}, true);
  EXPECT_EQ(all["cross_share"], 0);
  EXPECT_EQ(all["same_p50_ns"], 200);
  EXPECT_TRUE(all["cross_p50_ns"].is_null());
  EXPECT_EQ(some["cross_share"], 0.25);
  EXPECT_EQ(some["same_p50_ns"], 200);
  EXPECT_EQ(some["cross_p50_ns"], 900);
  EXPECT_EQ(some["same"], 4 * 120) << "summed over four slots with all taps open";
}

TEST(ResultJson, HopLogsAreNamedByTheirTapsAndTheRunsTargetIsNullWhenItHasNone) {
  Config config;
  config.target_half_width_ns = 0;
  config.steer = true;
  const json r = result_of(Simulation(Machine{}).run(2), config);
  EXPECT_EQ(r["modes"][1]["hops"][1]["hlog"], "bridge.wire-port.hlog");
  EXPECT_TRUE(r["campaign"]["target_half_width_ns"].is_null());
  EXPECT_EQ(r["campaign"]["steering"], "steered");
  EXPECT_EQ(r["campaign"]["seed"], 7);
}

}  // namespace
}  // namespace hopcost::campaign
