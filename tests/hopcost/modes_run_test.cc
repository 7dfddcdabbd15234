// Every mode there is, by the whole program on real packets: each gives a figure or is left out with a
// reason, and what costs more than what is known beforehand. No time is asserted, only orders that stand far
// apart.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "run_fixture.h"
#include "stats/paired.h"

namespace hopcost::campaign {
namespace {

class ModesRun : public Run {};

/// What `nsglue list` says of a mode's file.
json listed() {
  return json::parse(run_shell("$NSGLUE_BIN list --json").out, nullptr, false)["topologies"];
}

TEST_F(ModesRun, AllIsEveryModeAndWhatTheKernelLacksIsLeftOutWithAReason) {
  const Outcome o = run_program(
      {"run", "--modes", "all", "--builds", "1", "--slot-ms", "20", "--seed", "3", "--out", folder_});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_TRUE(r.is_object()) << o.err;
  std::set<std::string> measured, left_out, lacking, all;
  std::set<std::string> by_program;  // one that gets no CPU for long loses packets
  for (const json& s : r["campaign"]["switches"]) {
    if (s["datapath"] == "userspace") by_program.insert(s["mode"]);
  }
  for (const json& machine : r["campaign"]["machines"]) by_program.insert(machine["mode"]);
  for (const json& m : r["modes"]) {
    measured.insert(m["name"]);
    EXPECT_EQ(m["duplicates"], 0) << m["name"];
    const bool lossless = !by_program.contains(m["name"]);
    EXPECT_TRUE(!lossless || m["lost"] == 0) << m["name"] << m["lost"];
    for (const json& t : m["taps"]) EXPECT_TRUE(!lossless || t["lost"] == 0) << m["name"] << t;
    EXPECT_TRUE(m["end_to_end_ns"]["p50"].is_number()) << m["name"];
  }
  for (const json& out : r["campaign"]["left_out"]) {
    left_out.insert(out["mode"]);
    EXPECT_TRUE(out["reason"].get<std::string>().starts_with("this ")) << out;
    EXPECT_NE(
        o.err.find("left out: " + out["mode"].get<std::string>() + ": " + out["reason"].get<std::string>()),
        std::string::npos)
        << o.err;
  }
  for (const json& t : listed()) {
    all.insert(t["name"]);
    if (!t["lacks"].empty()) lacking.insert(t["name"]);
  }
  EXPECT_EQ(left_out, lacking);
  measured.insert(left_out.begin(), left_out.end());
  EXPECT_EQ(measured, all);
}

TEST_F(ModesRun, ANamedModeThatTheKernelLacksEndsTheRunAtOnce) {
  for (const json& t : listed()) {
    if (t["lacks"].empty()) continue;
    const std::string name = t["name"];
    const Outcome o = run_program({"run", "--modes", name, "--out", folder_ + "/never"});
    EXPECT_EQ(o.code, 4) << o.err;
    EXPECT_NE(o.err.find(name + " can't be measured here: this kernel "), std::string::npos) << o.err;
    EXPECT_FALSE(fs::exists(folder_ + "/never"));
    return;
  }
}

/// Whether the mode's file can be built here.
bool is_here(const std::string& mode) {
  for (const json& t : listed()) {
    if (t["name"] == mode) return t["lacks"].empty();
  }
  return false;
}

/// The interval of the first one's cost over the second's is above 0.
void expect_above(const json& r, const std::string& more, const std::string& less) {
  for (const json& p : r["pairs"]) {
    const bool same = p["a"] == more && p["b"] == less, turned = p["a"] == less && p["b"] == more;
    if (!same && !turned) continue;
    ASSERT_TRUE(p["ci95"].is_array()) << p;
    const double low = same ? p["ci95"][0].get<double>() : -p["ci95"][1].get<double>();
    EXPECT_GT(low, 0) << more << " over " << less << ": " << p;
    return;
  }
  FAIL() << "no pair of " << more << " and " << less;
}

/// One more hop of the chain costs something, beyond doubt, and where there are more than two modes it is
/// said how far they are off a line.
void expect_a_chain(const json& r, const std::string& of, const std::set<int>& hops) {
  for (const json& chain : r["chains"]) {
    if (chain["of"] != of) continue;
    ASSERT_TRUE(chain["slope"]["ci95"].is_array()) << chain;
    EXPECT_GT(chain["slope"]["ci95"][0].get<double>(), 0) << chain;
    std::set<int> found;
    for (const json& m : chain["modes"]) {
      found.insert(m["hops"].get<int>());
      EXPECT_EQ(m["residual"].is_object(), hops.size() > 2) << m;
    }
    EXPECT_EQ(found, hops);
    EXPECT_EQ(chain["p_straight"].is_number(), hops.size() > 2) << chain;
    return;
  }
  FAIL() << "no chain of " << of;
}

/// What a second bridge and veth pair inside the first container add is about what the first added: the
/// interval of their ratio over builds does not lie apart from 0.5 to 2.
void expect_nesting_adds(const json& r) {
  std::vector<double> ratios;
  for (const json& build : r["builds"]) {
    const json &one = build["lanes"]["bridge"]["cost_ns"], &both = build["lanes"]["nested-bridge"]["cost_ns"];
    if (one.is_number() && both.is_number())
      ratios.push_back((both.get<double>() - one.get<double>()) / one.get<double>());
  }
  ASSERT_GE(ratios.size(), 6u);
  const Shift ratio = hodges_lehmann(ratios, 0.95);
  EXPECT_GT(ratio.ci.hi, 0.5) << ratio.estimate;
  EXPECT_LT(ratio.ci.lo, 2) << ratio.estimate;
  EXPECT_GT(ratio.estimate, 0.2);
  EXPECT_LT(ratio.estimate, 4);
}

/// Orders that differ by half a microsecond and more.
TEST_F(ModesRun, WhatDoesMoreCostsMore) {
  const std::string modes =
      "macvlan,bridge,bridge-nat,bridge-2,bridge-4,bridge-8,nested-bridge,veth,veth-4,tc-redirect,vxlan";
  const Outcome o = run_program(
      {"run", "--modes", modes, "--builds", "8", "--slot-ms", "60", "--seed", "3", "--out", folder_});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_TRUE(r.is_object()) << o.err;
  for (const json& m : r["modes"]) {
    if (m["name"] == "host") continue;
    EXPECT_GT(m["cost_vs_host_ns"]["ci95"][0], 0) << m["name"] << m["cost_vs_host_ns"];
  }
  expect_above(r, "bridge", "macvlan");
  expect_above(r, "bridge", "tc-redirect");
  expect_above(r, "bridge-nat", "bridge");
  expect_above(r, "bridge-4", "bridge");
  expect_above(r, "veth-4", "veth");
  expect_above(r, "vxlan", "bridge");
  expect_above(r, "nested-bridge", "bridge");
  expect_nesting_adds(r);
  expect_a_chain(r, "bridge", {1, 2, 4, 8});
  expect_a_chain(r, "veth", {1, 4});
}

// A program that switches has to be woken. (The kernel's own datapath costs about what a bridge does.) Apart
// from the others, which are sent to more slowly beside it.
TEST_F(ModesRun, ASwitchInAProgramCostsMoreThanABridge) {
  if (!is_here("ovs")) GTEST_SKIP() << "see nsglue list";
  const Outcome o =
      run_program({"run", "--modes", "bridge,ovs", "--builds", "6", "--seed", "3", "--out", folder_});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_TRUE(r.is_object()) << o.err;
  ASSERT_EQ(r["campaign"]["switches"].size(), 1u);
  if (r["campaign"]["switches"][0]["datapath"] != "userspace") GTEST_SKIP() << "the kernel switches";
  expect_above(r, "ovs", "bridge");
}

// To a guest and back takes longer than any switch here, in software emulation and by KVM. An emulated guest
// answers a few thousand packets a second and no more. Medians, without intervals: how long an emulator waits
// for a CPU differs from build to build by more than it takes.
TEST_F(ModesRun, AVirtualMachineIsSlowest) {
  if (!is_here("vm")) GTEST_SKIP() << "see nsglue list";
  const std::string ovs = is_here("ovs") ? ",ovs" : "";
  const Outcome o =
      run_program({"run", "--modes", "bridge,bridge-nat,veth-4,vxlan,vm" + ovs, "--rate", "2kpps", "--builds",
                   "3", "--slot-ms", "150", "--seed", "3", "--out", folder_});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_TRUE(r.is_object()) << o.err;
  double vm = 0, slowest = 0;
  for (const json& m : r["modes"]) {
    ASSERT_TRUE(m["end_to_end_ns"]["p50"].is_number()) << m["name"];
    double& time = m["name"] == "vm" ? vm : slowest;
    time = std::max(time, m["end_to_end_ns"]["p50"].get<double>());
  }
  EXPECT_GT(vm, slowest);
  ASSERT_EQ(r["campaign"]["machines"].size(), 1u);
  EXPECT_EQ(r["campaign"]["machines"][0]["device"], "guest/eth0");
  EXPECT_NE(o.out.find("vm: the virtual machine"), std::string::npos) << o.out;
}

// To each its own packets and no other's: what is sent to one and does not arrive there is lost.
TEST_F(ModesRun, ManyContainersEachGetTheirShare) {
  const Outcome o =
      run_program({"run", "--modes", "bridge,macvlan,veth,bridge-nat", "--containers", "1,5", "--deal",
                   "spread,aimed", "--builds", "1", "--slot-ms", "40", "--seed", "3", "--out", folder_});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_TRUE(r.is_object()) << o.err;
  ASSERT_EQ(r["further_levels"].size(), 2u) << "one container is dealt one way";
  const json &spread = r["further_levels"][0], &aimed = r["further_levels"][1];
  EXPECT_TRUE(r["load"]["deal"].is_null());
  EXPECT_EQ(spread["load"]["containers"], 5);
  EXPECT_EQ(aimed["load"]["deal"], "aimed");
  const std::vector<std::string> names = {"host", "bridge", "macvlan", "veth", "bridge-nat"};
  for (const json* level : {&r, &spread, &aimed}) {
    expect_every_probe_accounted_for(*level, names);
    expect_every_figure(*level);
  }
  for (const json& m : spread["modes"]) {
    ASSERT_TRUE(m["containers"].is_object()) << m["name"];
    ASSERT_EQ(m["containers"]["each"].size(), 5u);
    std::int64_t packets = 0;
    for (const json& c : m["containers"]["each"]) {
      EXPECT_TRUE(c["p50_ns"].is_number()) << m["name"];
      EXPECT_EQ(c["lost"], 0) << m["name"];
      packets += c["packets"].get<std::int64_t>();
    }
    EXPECT_EQ(packets, m["end_to_end_ns"]["count"]) << m["name"];
    EXPECT_EQ(m["containers"]["fairness"]["delivery"]["estimate"], 1) << m["name"];
  }
  for (const json& m : aimed["modes"]) EXPECT_TRUE(m["containers"].is_null());
  EXPECT_EQ(spread["modes"][0]["end_to_end_ns"]["count"],
            2 * aimed["modes"][0]["end_to_end_ns"]["count"].get<int>())
      << "half of the packets are background, host's too";
  EXPECT_NE(o.out.find("5 containers of each mode, packets spread over all"), std::string::npos) << o.out;
}

TEST_F(ModesRun, AModeThatCanNotHaveManyContainersSaysWhy) {
  const Outcome o =
      run_program({"run", "--modes", "macvlan-passthru", "--containers", "2", "--out", folder_ + "/never"});
  EXPECT_EQ(o.code, 4) << o.err;
  EXPECT_NE(o.err.find("can have one passthru device and no more"), std::string::npos) << o.err;
  EXPECT_FALSE(fs::exists(folder_ + "/never"));
}

TEST_F(ModesRun, ProbesGoOverIpv6AsWell) {
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = {"run",       "--modes",  "veth,bridge,bridge-nat,macvlan",
                                    "--ipv6",    "--builds", "1",
                                    "--slot-ms", "20",       "--seed",
                                    "3",         "--out",    folder_};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all);
  };
  EXPECT_EQ(with({"--size", "64"}).code, 2) << "the probe does not fit";
  const Outcome o = with({});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_TRUE(r.is_object()) << o.err;
  EXPECT_EQ(r["campaign"]["ipv6"], true);
  EXPECT_EQ(r["load"]["size"], 84);
  EXPECT_EQ(r["modes"].size(), 5u);
  for (const json& m : r["modes"]) {
    EXPECT_GT(m["received"], 0) << m["name"];
    EXPECT_EQ(m["lost"], 0) << m["name"];
    for (const json& t : m["taps"]) EXPECT_EQ(t["lost"], 0) << m["name"] << t;
  }
}

TEST_F(ModesRun, AModeThatLosesAllIsToldWhyBeforeItIsMeasured) {
  const std::string file = folder_ + "/deaf.toml";
  ASSERT_EQ(run_shell("sed -e '0,/^name = /s/^name = .*/name = \"deaf\"/' -e 's/ip_forward=1/ip_forward=0/' "
                      "$HOPCOST_TOPOLOGIES/veth.toml >" +
                      file)
                .code,
            0);
  const Outcome o = run_program({"run", "--modes", file, "--out", folder_ + "/deaf"});
  EXPECT_EQ(o.code, 1) << o.err;
  EXPECT_NE(o.err.find(
                "packets do not take deaf's way: IPv4 probes are lost between tap wire (dut/d0) and tap veth "
                "(dut/v0)"),
            std::string::npos)
      << o.err;
}

TEST_F(ModesRun, AModeOfAllThatFailsLeavesTheOthers) {
  const std::string topologies = folder_ + "/topologies";
  ASSERT_EQ(run_shell("mkdir -p " + topologies + " && cd $HOPCOST_TOPOLOGIES && cp host.toml bridge.toml " +
                      topologies +
                      " && sed -e '0,/^name = /s/^name = .*/name = \"deaf\"/' -e "
                      "'s/ip_forward=1/ip_forward=0/' veth.toml >" +
                      topologies +
                      "/deaf.toml && sed -e '0,/^name = /s/^name = .*/name = \"broken\"/' "
                      "-e 's/ip_forward=1/no_such_setting=1/' veth.toml >" +
                      topologies + "/broken.toml")
                .code,
            0);
  const Outcome o = run_program({"run", "--modes", "all", "--topologies", topologies, "--builds", "1",
                                 "--slot-ms", "20", "--out", folder_ + "/all"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_NE(o.err.find("left out: deaf: packets do not take deaf's way"), std::string::npos) << o.err;
  EXPECT_NE(o.err.find("left out: broken: "), std::string::npos) << o.err;
  const json r = json::parse(std::ifstream(folder_ + "/all/result.json"), nullptr, false);
  ASSERT_TRUE(r.is_object()) << o.err;
  EXPECT_EQ(r["modes"].size(), 2u);
  const json& out = r["campaign"]["left_out"];
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0]["mode"], "broken");
  EXPECT_EQ(out[1]["mode"], "deaf");
}

TEST_F(ModesRun, AfterKill9NothingIsLeftOfRulesAndPrograms) {
  const std::string modes = "bridge-nat,tc-redirect,xdp-redirect,vxlan";
  const Outcome killed =
      run_program({"run", "--modes", modes + (is_here("ovs") ? ",ovs" : "") + (is_here("vm") ? ",vm" : ""),
                   "--out", folder_},
                  4000, SIGKILL);
  EXPECT_EQ(killed.code, 128 + SIGKILL);
  EXPECT_NE(left_behind(), std::vector<std::string>{})
      << "nothing was there to clean up: the test proves nothing";
  // Its nsglue sees that it has gone and removes what it can; what it had no time for has no owner then.
  EXPECT_EQ(run_shell("for i in $(seq 100); do $NSGLUE_BIN down --dead || exit 1; ls /run/netns /run/hopcost "
                      "2>/dev/null | grep -q "
                      "^hc-r || exit 0; "
                      "sleep 0.1; done; exit 2")
                .code,
            0);
  EXPECT_EQ(run_shell("ls /run/hopcost 2>/dev/null | grep ^hc-r").out, "") << "Open vSwitch or QEMU runs on";
}

}  // namespace
}  // namespace hopcost::campaign
