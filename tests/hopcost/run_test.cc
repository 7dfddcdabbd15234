// What the whole program measures on real packets. Times are never asserted.
#include <cstdlib>

#include "run_fixture.h"

namespace hopcost::campaign {
namespace {

class RunBackend : public Run, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Backends, RunBackend, testing::Values("af_xdp", "af_packet"));

TEST_P(RunBackend, MeasuresAllModesAndAccountsForEveryProbe) {
  const Outcome o = run_program(short_run({"--backend", GetParam(), "--json"}));
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(r.is_object()) << o.out << o.err;
  EXPECT_EQ(r["schema"], "hopcost.result/2");
  EXPECT_EQ(r["campaign"]["backend"].get<std::string>().substr(0, std::string(GetParam()).size()),
            GetParam());
  expect_every_probe_accounted_for(r, {"host", "veth", "bridge", "macvlan"});
  expect_every_figure(r);
  EXPECT_EQ(r, result()) << "what is printed is what is written";
  EXPECT_EQ(r["environment"]["netfilter"], "held in use");
  for (const char* file : {"environment.json", "report.html", "host.hlog", "bridge.hlog"})
    EXPECT_TRUE(fs::exists(folder_ + "/" + file)) << file;
}

// The promise of the whole: whatever neighbours do, there is an answer, with an interval, and it is no
// failure.
TEST_F(Run, ABusyMachineGetsItsAnswer) {
  const Outcome o = run_shell(
      "set -- $(nproc); for cpu in 0 $(($1 - 1)); do taskset -c $cpu sh -c 'while :; do :; done' & "
      "busy=\"$busy $!\"; "
      "done; $HOPCOST_BIN run --builds 8 --slot-ms 80 --modes bridge,macvlan --out " +
      folder_ + "; code=$?; kill $busy; exit $code");
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  expect_every_figure(r);
  for (const json& m : r["modes"]) {
    if (m["name"] == "host") continue;
    EXPECT_TRUE(m["cost_vs_host_ns"]["ci95"].is_array()) << m["name"];
    EXPECT_TRUE(m["cost_vs_host_ns"]["share_of_host"]["ci95"].is_array()) << m["name"];
  }
  EXPECT_EQ(r["verdict"]["fit"], true) << r["verdict"];
  EXPECT_EQ(r["builds"].size(), 8u);
}

TEST_F(Run, FewBuildsGiveNoIntervalAndSayWhatWould) {
  const Outcome o = run_program(short_run({"--modes", "bridge"}));
  EXPECT_EQ(o.code, 0) << "undecided is a result: " << o.err;
  const json cost = result()["modes"][1]["cost_vs_host_ns"];
  EXPECT_EQ(cost["verdict"], "undecided");
  EXPECT_TRUE(cost["ci95"].is_null());
  EXPECT_TRUE(cost["within_build_ci95"].is_array());
  EXPECT_NE(o.out.find("--budget"), std::string::npos) << o.out;
}

TEST_F(Run, EachLoadIsALevelWithItsOwnTable) {
  const Outcome o =
      run_program(short_run({"--modes", "bridge", "--rate", "20kpps,50kpps", "--burst", "1,8"}));
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  EXPECT_EQ(r["load"], json({{"rate_pps", 20000.0},
                             {"size", 64},
                             {"burst", 1},
                             {"containers", 1},
                             {"deal", nullptr},
                             {"gap", "jittered"}}));
  ASSERT_EQ(r["further_levels"].size(), 3u);
  EXPECT_EQ(r["further_levels"][2]["load"]["rate_pps"], 50000);
  EXPECT_EQ(r["further_levels"][2]["load"]["burst"], 8);
  for (const json& level : r["further_levels"]) {
    expect_every_probe_accounted_for(level, {"host", "bridge"});
    expect_every_figure(level);
  }
  EXPECT_TRUE(fs::exists(folder_ + "/bridge.level4.hlog"));
}

TEST_F(Run, SteeringPutsTheDeviceOnAnotherCpu) {
  const Outcome o = run_program(short_run({"--modes", "bridge", "--steer"}));
  if (o.code == 4) GTEST_SKIP() << "one CPU alone: " << o.err;
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  EXPECT_EQ(r["campaign"]["steering"], "steered");
  if (r["campaign"]["tap_kind"] != "bpf") GTEST_SKIP() << "these taps do not tell their CPU";
  EXPECT_GT(r["modes"][1]["cpu"]["cross_share"].get<double>(), 0.9);
}

TEST_F(Run, EitherKindOfTapMeasures) {
  for (const char* kind : {"bpf", "af_packet"}) {
    const Outcome o = run_program(short_run({"--modes", "bridge", "--tap-kind", kind}));
    if (o.code == 3) GTEST_SKIP() << o.err;
    EXPECT_EQ(o.code, 0) << o.err;
    expect_every_probe_accounted_for(result(), {"host", "bridge"});
    expect_every_figure(result());
    EXPECT_EQ(result()["campaign"]["tap_kind"], kind);
    const json bridge = result()["modes"][1];
    EXPECT_EQ(bridge["hops"].back()["to"], kind == std::string("bpf") ? "socket" : "container");
    EXPECT_EQ(result()["stamp_regime"], "tap");
  }
}

// A build's generator opens its ports once the modes stand: a script between hopcost and it plants the loss
// before the first of them. Each probe whose sequence is 99 modulo 100 is dropped before the wire's tap,
// untimed ones too.
TEST_F(Run, PlantedLossIsCountedExactly) {
  const std::string object = std::getenv("DROP_OBJECT");
  if (object.empty()) GTEST_SKIP() << "the dropping program needs clang";
  const std::string script = folder_ + "/pktgen";
  std::ofstream(script)
      << "#!/bin/sh\nplant() { "
      << in_bridges("ip -n $ns link set dev d0 xdpgeneric obj " + object + " sec xdp 2>/dev/null || true")
      << "; }\nwhile IFS= read -r line; do\n"
      << "  case $line in *'\"op\":\"open\"'*) [ \"$planted\" ] || plant; planted=yes ;; esac\n"
      << "  printf '%s\\n' \"$line\"\ndone | $REAL_PKTGEN \"$@\"\n";
  fs::permissions(script, fs::perms::owner_all);
  const Outcome o = run_shell("HOPCOST_PKTGEN=" + script +
                              " $HOPCOST_BIN run --modes bridge --builds 2 --slot-ms 20 --out " + folder_);
  EXPECT_EQ(o.code, 0) << o.err;
  const json host = result()["modes"][0], bridge = result()["modes"][1];
  const auto sent = bridge["sent"].get<int>(), slots = bridge["slots"].get<int>();
  ASSERT_GT(slots, 0) << o.err;
  const int lost = slots * (sent / slots / 100);  // sequences begin anew in each slot
  EXPECT_GT(lost, 0);
  EXPECT_EQ(bridge["lost"], lost);
  EXPECT_EQ(bridge["received"], sent - lost);
  EXPECT_EQ(host["lost"], 0);
  EXPECT_TRUE(bridge["cost_vs_host_ns"]["estimate"].is_number());
}

TEST_F(Run, HostIsAlwaysMeasured) {
  EXPECT_EQ(run_program(short_run({"--modes", "macvlan"})).code, 0);
  expect_every_probe_accounted_for(result(), {"host", "macvlan"});
}

TEST_F(Run, TwoFilesOfOneNameAreTwoModes) {
  fs::create_directories(folder_ + "/other");
  const Outcome shown = run_shell("cp $HOPCOST_TOPOLOGIES/bridge.toml " + folder_ + "/other/");
  ASSERT_EQ(shown.code, 0) << shown.err;
  const std::string other = folder_ + "/other/bridge.toml";
  const Outcome o = run_program(short_run({"--modes", "bridge," + other}));
  EXPECT_EQ(o.code, 0) << o.err;
  expect_every_probe_accounted_for(result(), {"host", "bridge", "bridge@" + other});
}

TEST_F(Run, TheUsersOwnInstanceIsLeftAlone) {
  ASSERT_EQ(run_shell("$NSGLUE_BIN up bridge").code, 0);
  const auto own = left_behind();
  ASSERT_FALSE(own.empty());
  EXPECT_EQ(run_program(short_run({"--modes", "bridge"})).code, 0);
  EXPECT_EQ(left_behind(), own);
  EXPECT_EQ(run_shell("$NSGLUE_BIN down bridge").code, 0);
}

TEST_F(Run, ACampaignFileIsObeyed) {
  std::ofstream(folder_ + "/c.toml")
      << "modes = ['host', 'veth']\nslot_ms = 20\nbuilds = 1\n[load]\nrate = '5kpps'\nsize = [128, 256]\n"
         "[trains]\ndepartures = 8\nuntimed = 2\n";
  EXPECT_EQ(run_program({"run", folder_ + "/c.toml", "--out", folder_}).code, 0);
  const json r = result();
  EXPECT_EQ(r["load"]["size"], 128);
  EXPECT_EQ(r["load"]["rate_pps"], 5000);
  EXPECT_EQ(r["further_levels"].size(), 1u);
  EXPECT_EQ(r["campaign"]["train"], 8);
  EXPECT_EQ(r["campaign"]["untimed"], 2);
  EXPECT_EQ(r["campaign"]["builds"].get<int>() + r["campaign"]["builds_void"].get<int>(), 1);
}

}  // namespace
}  // namespace hopcost::campaign
