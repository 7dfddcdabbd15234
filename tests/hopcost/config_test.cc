// Campaign files and what a run may be asked to do.
#include "campaign/design/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "campaign/design/slot_length.h"

namespace hopcost::campaign {
namespace {

std::string campaign_file() {
  return testing::TempDir() + "hopcost-campaign-" + std::to_string(::getpid()) + ".toml";
}

Result<Config> read(const std::string& text) {
  const std::string path = campaign_file();
  std::ofstream(path) << text;
  Config config;
  auto r = read_campaign(path, config);
  std::filesystem::remove(path);
  if (!r) return forward(r);
  return config;
}

/// The fault stands at FILE:LINE:COLUMN and is the person's.
void expect_fault(const std::string& text, const std::string& place, const std::string& word) {
  const auto c = read(text);
  ASSERT_FALSE(c) << text;
  EXPECT_EQ(c.error().code, Exit::kUsage) << text;
  EXPECT_TRUE(c.error().what.starts_with(campaign_file() + place)) << c.error().what;
  EXPECT_NE(c.error().what.find(word), std::string::npos) << c.error().what;
}

TEST(Config, AFileSetsEverything) {
  const auto c = read(R"(
modes = ["host", "bridge"]
backend = "af_packet"
tap_kind = "bpf"
fine = true
steer = true
budget = "2min"
slot_ms = 50.5
builds = 12
instances = 4
target_half_width_ns = 1.5
seed = 7
[load]
rate = "5kpps"
size = 128
burst = 4
gap = "poisson"
[trains]
departures = 32
untimed = 10
[gates]
max_ring_drops = 3
max_clock_step_ns = 5000
)");
  ASSERT_TRUE(c) << c.error().what;
  EXPECT_EQ(c->modes, (std::vector<std::string>{"host", "bridge"}));
  EXPECT_EQ(c->backend, "af_packet");
  EXPECT_EQ(c->tap_kind, "bpf");
  EXPECT_TRUE(c->fine);
  EXPECT_TRUE(c->steer);
  EXPECT_EQ(c->budget_s, 120);
  EXPECT_EQ(c->slot_ms, 50.5);
  EXPECT_EQ(c->builds, 12u);
  EXPECT_EQ(c->instances, 4u);
  EXPECT_EQ(c->target_half_width_ns, 1.5);
  EXPECT_EQ(c->seed, 7u);
  EXPECT_EQ(c->rates, std::vector<double>{5000});
  EXPECT_EQ(c->sizes, std::vector<std::uint32_t>{128});
  EXPECT_EQ(c->bursts, std::vector<std::uint32_t>{4});
  EXPECT_EQ(c->gap, "poisson");
  EXPECT_EQ(c->trains.departures, 32u);
  EXPECT_EQ(c->trains.untimed, 10u);
  EXPECT_EQ(c->gates.max_ring_drops, 3u);
  EXPECT_EQ(c->gates.max_clock_step_ns, 5000);
}

TEST(Config, TheDevicesWireIsOneOfItsKeysAlone) {
  EXPECT_EQ(read("[device]\nnic = \"eth1\"\nwire = \"macvlan\"\n")->device.wire, "macvlan");
  EXPECT_EQ(read("[device]\nnic = \"eth1\"\n")->device.wire, "auto");
  expect_fault("[tester]\nwire = \"macvlan\"\n", ":2:1: ", "unknown key 'wire'");
}

TEST(Config, WhatAFileDoesNotNameStays) {
  const std::string path = campaign_file();
  std::ofstream(path) << "[load]\nsize = 1518\n";
  Config c;
  c.rates = {7000};
  c.modes = {"macvlan"};
  c.seed = 9;
  ASSERT_TRUE(read_campaign(path, c));
  std::filesystem::remove(path);
  EXPECT_EQ(c.rates, std::vector<double>{7000});
  EXPECT_EQ(c.modes, std::vector<std::string>{"macvlan"});
  EXPECT_EQ(c.seed, 9u);
  EXPECT_EQ(c.sizes, std::vector<std::uint32_t>{1518});
}

TEST(Config, ALoadIsAValueOrAList) {
  const auto c = read("[load]\nrate = [\"5kpps\", 20000]\nsize = [64, \"512\"]\nburst = [1, 8, 64]\n");
  ASSERT_TRUE(c) << c.error().what;
  EXPECT_EQ(c->rates, (std::vector<double>{5000, 20'000}));
  EXPECT_EQ(c->sizes, (std::vector<std::uint32_t>{64, 512}));
  EXPECT_EQ(c->bursts, (std::vector<std::uint32_t>{1, 8, 64}));
}

TEST(Config, FaultsPointAtFileLineAndColumn) {
  expect_fault("modes = [1]\n", ":1:10: ", "strings");
  expect_fault("\nslot_ms = 'x'\n", ":2:11: ", "slot_ms");
  expect_fault("[load]\nrate = \"fast\"\n", ":2:8: ", "fast");
  expect_fault("[load]\nrate = \"10Mbit\"\n", ":2:8: ", "10Mbit");
  expect_fault("[load]\nrate = [\"5kpps\", \"fast\"]\n", ":2:8: ", "fast");
  expect_fault("[load]\nsize = []\n", ":2:8: ", "empty");
  expect_fault("[load]\nburst = [1, 2.5]\n", ":2:9: ", "burst");
  expect_fault("budget = \"1 s\"\n", ":1:10: ", "1 s");
  expect_fault("[load]\nspeed = 1\n", ":2:1: ", "unknown key 'speed'");
  expect_fault("[trains]\nskip = 1\n", ":2:1: ", "unknown key 'skip'");
  expect_fault("fine = \"yes\"\n", ":1:8: ", "true or false");
  expect_fault("steer = 1\n", ":1:9: ", "true or false");
  expect_fault("gates = 1\n", ":1:9: ", "table");
  expect_fault("modes = [\n", ":1:", "");
}

TEST(Config, NumbersKeepTheirRange) {
  expect_fault("slot_ms = 0.5\n", ":1:11: ", "from 1 to 60000");
  expect_fault("slot_ms = 60001\n", ":1:11: ", "from 1 to 60000");
  expect_fault("instances = 0\n", ":1:13: ", "from 1 to 8");
  expect_fault("instances = 9\n", ":1:13: ", "from 1 to 8");
  expect_fault("builds = -1\n", ":1:10: ", "builds");
  expect_fault("target_half_width_ns = -0.1\n", ":1:24: ", "target_half_width_ns");
  expect_fault("seed = -1\n", ":1:8: ", "seed");
  expect_fault("[trains]\ndepartures = 1\n", ":2:14: ", "from 2 to 65536");
  expect_fault("[trains]\ndepartures = 65537\n", ":2:14: ", "from 2 to 65536");
  expect_fault("[trains]\nuntimed = -1\n", ":2:11: ", "untimed");
  expect_fault("[gates]\nmax_ring_drops = -1\n", ":2:18: ", "max_ring_drops");
  expect_fault("[gates]\nmax_clock_step_ns = nan\n", ":2:21: ", "max_clock_step_ns");
}

TEST(Config, CountsAreWholeNumbers) {
  expect_fault("builds = 1.5\n", ":1:10: ", "whole number");
  expect_fault("seed = 7.5\n", ":1:8: ", "whole number");
  expect_fault("[trains]\ndepartures = 16.5\n", ":2:14: ", "whole number");
  expect_fault("[trains]\nuntimed = 0.5\n", ":2:11: ", "whole number");
  expect_fault("[gates]\nmax_ring_drops = 0.5\n", ":2:18: ", "whole number");
}

// They belonged to the method of slots and blocks: a file that still has them must not seem to work.
TEST(Config, KeysOfTheOldMethodAreRefused) {
  for (const std::string key : {"min_blocks", "max_blocks", "twin_of"})
    expect_fault("seed = 1\n" + key + " = 1\n", ":2:1: ", "unknown key '" + key + "'");
  for (const std::string key : {"max_slowdown", "max_slow_share", "max_void_share", "min_rate_share",
                                "max_missed_share", "max_steal_share", "max_softnet_drops"})
    expect_fault("[gates]\nmax_ring_drops = 0\n" + key + " = 1\n", ":3:1: ", "unknown key '" + key + "'");
}

TEST(Config, WhatIsAboutContainersThatRunNeedsSome) {
  const auto fault = [](const std::function<void(Config&)>& change) {
    Config config;
    config.backend = "af_packet";
    change(config);
    const auto valid = validate(config);
    return valid ? std::string() : valid.error().what;
  };
  EXPECT_EQ(fault([](Config& c) { c.attach = {"docker:web", "docker:db"}; }), "");
  EXPECT_NE(fault([](Config& c) { c.attach = {"docker:web", "docker:web"}; }), "");
  EXPECT_NE(fault([](Config& c) { c.i_mean_it = true; }), "");
  EXPECT_NE(fault([](Config& c) { c.wire = "d0"; }), "");
  EXPECT_NE(fault([](Config& c) { c.attach = {"pid:1"}, c.steer = true; }), "");
  EXPECT_NE(fault([](Config& c) { c.attach = {"pid:1"}, c.rootless = true; }), "");
  EXPECT_NE(fault([](Config& c) { c.attach = {"pid:1"}, c.backend = "af_xdp"; }), "");
  EXPECT_EQ(read("attach = [\"lxc:a\"]\n")->attach, std::vector<std::string>{"lxc:a"});
}

TEST(Config, AFileThatIsNotThereIsMissing) {
  Config c;
  const auto r = read_campaign("/nonexistent/campaign.toml", c);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Exit::kMissing);
}

TEST(Config, EachCombinationOfTheListsIsALevelOnce) {
  Config c;
  EXPECT_EQ(levels(c), std::vector<Load>{Load{}});
  c.rates = {5000, 20'000, 5000};
  c.sizes = {64, 1518};
  c.bursts = {1, 8, 1};
  const std::vector<Load> all = {{5000, 64, 1},   {5000, 64, 8},   {5000, 1518, 1},   {5000, 1518, 8},
                                 {20'000, 64, 1}, {20'000, 64, 8}, {20'000, 1518, 1}, {20'000, 1518, 8}};
  EXPECT_EQ(levels(c), all);
}

bool refused(const std::function<void(Config&)>& change) {
  Config c;
  change(c);
  const auto r = validate(c);
  return !r && r.error().code == Exit::kUsage && !r.error().what.empty() && !r.error().hint.empty();
}

bool accepted(const std::function<void(Config&)>& change) {
  Config c;
  change(c);
  return validate(c).has_value();
}

TEST(Config, Ipv6NeedsLongerFrames) {
  Config c;
  use_ipv6(c);
  EXPECT_EQ(c.sizes, std::vector<std::uint32_t>{84}) << "the usual size holds no probe over IPv6";
  EXPECT_TRUE(validate(c));
  c.sizes = {64};
  EXPECT_FALSE(validate(c));
  c.sizes = {512, 1518};
  use_ipv6(c);
  EXPECT_EQ(c.sizes, (std::vector<std::uint32_t>{512, 1518}));
}

TEST(Config, ValidateRefusesLoadsThatCanNotBeMeasured) {
  EXPECT_TRUE(validate(Config{}));
  EXPECT_TRUE(refused([](Config& c) { c.rates = {0}; }));
  EXPECT_TRUE(refused([](Config& c) { c.rates = {-1}; }));
  EXPECT_TRUE(refused([](Config& c) { c.rates = {20'000, 2e8}; })) << "each level is looked at";
  EXPECT_TRUE(refused([](Config& c) { c.rates.clear(); }));
  EXPECT_TRUE(refused([](Config& c) { c.sizes = {63}; }));
  EXPECT_TRUE(refused([](Config& c) { c.sizes = {1519}; }));
  EXPECT_TRUE(accepted([](Config& c) { c.sizes = {64, 1518}; }));
  EXPECT_TRUE(refused([](Config& c) { c.sizes.clear(); }));
  EXPECT_TRUE(refused([](Config& c) { c.bursts = {0}; }));
  EXPECT_TRUE(accepted([](Config& c) { c.bursts = {1, 64}; }));
  EXPECT_TRUE(refused([](Config& c) { c.bursts.clear(); }));
  EXPECT_TRUE(refused([](Config& c) { c.gap = "x"; }));
}

TEST(Config, ValidateRefusesWhatDoesNotFitTogether) {
  EXPECT_TRUE(refused([](Config& c) { c.backend = "dpdk2"; }));
  EXPECT_TRUE(refused([](Config& c) { c.tap_kind = "pcap"; }));
  EXPECT_TRUE(refused([](Config& c) { c.modes.clear(); }));
  EXPECT_TRUE(refused([](Config& c) { c.modes = {"host", "host"}; }));
  EXPECT_TRUE(refused([](Config& c) { c.fine = true, c.tap_kind = "af_packet"; }));
  EXPECT_TRUE(accepted([](Config& c) { c.fine = true; })) << "auto may turn out to be bpf";
  EXPECT_TRUE(refused([](Config& c) { c.trains = {16, 15}; }));
  EXPECT_TRUE(accepted([](Config& c) { c.trains = {16, 14}; }));
  EXPECT_TRUE(refused([](Config& c) { c.budget_s = 0; }));
  EXPECT_TRUE(refused([](Config& c) { c.budget_s = 8 * 86'400; }));
  EXPECT_TRUE(refused([](Config& c) { c.slot_ms = 0; }));
  EXPECT_TRUE(refused([](Config& c) { c.instances = 0; }));
  EXPECT_TRUE(refused([](Config& c) { c.instances = 9; }));
}

TEST(Config, ABuildHasOneInstanceWhereMoreCanNotStandSideBySide) {
  const auto instances = [](auto change, std::size_t lanes = 6) {
    Config config;
    change(config);
    return instances_in(config, lanes);
  };
  EXPECT_EQ(instances([](Config&) {}), 3u);
  EXPECT_EQ(instances([](Config&) {}, 21), 3u);
  EXPECT_EQ(instances([](Config&) {}, 32), 2u) << "of so many modes";
  EXPECT_EQ(instances([](Config&) {}, 100), 1u);
  EXPECT_EQ(instances([](Config& c) { c.instances = 5; }), 5u);
  EXPECT_EQ(instances([](Config& c) { c.containers = {1, 8}; }), 1u);
  EXPECT_EQ(instances([](Config& c) { c.attach = {"docker:web"}; }), 1u);
  EXPECT_EQ(instances([](Config& c) { c.device.nic = c.tester.nic = "eth1"; }), 1u);
}

TEST(Config, TrainsKeepTheirRangeHoweverTheyWereAskedFor) {
  EXPECT_TRUE(refused([](Config& c) { c.trains = {16, 4'294'967'295}; })) << "two more than that is 1";
  EXPECT_TRUE(refused([](Config& c) { c.trains = {1, 0}; }));
  EXPECT_TRUE(refused([](Config& c) { c.trains = {65'537, 65'000}; }));
  EXPECT_TRUE(accepted([](Config& c) { c.trains = {65'536, 65'000}; }));
}

// The analyzer keeps the times of 32768 packets of a lane and slot (doc/control-protocol.md), and refuses
// more.
TEST(Config, ASlotNeverHoldsMoreTimesThanTheAnalyzerKeeps) {
  const auto timed = [](const Trains& t, const Load& load, double slot_ms) {
    return 2.0 * slot_rounds(slot_ms, t, load, 6) * (t.departures - t.untimed) * load.burst;
  };
  EXPECT_LE(timed({16, 6}, {1e6, 64, 1}, 60'000), 32'768);
  EXPECT_GT(timed({16, 6}, {1e6, 64, 1}, 60'000), 32'000) << "as many as there is room for";
  EXPECT_LE(timed({64, 6}, {20'000, 64, 16}, 250), 32'768);
  EXPECT_TRUE(refused([](Config& c) { c.bursts = {1, 205}; })) << "8 rounds of 2 trains of 10 x 205";
  EXPECT_TRUE(accepted([](Config& c) { c.bursts = {1, 204}; }));
  EXPECT_TRUE(refused([](Config& c) { c.trains = {3000, 6}; }));
}

TEST(Config, ASlotIsAsLongAsWantedAndHoldsRoundsEnough) {
  const Trains trains{16, 6};
  const Load load{20'000, 64, 1};
  // A round of 6 lanes: 2 * 6 * 16 packets, 9.6 ms.
  EXPECT_EQ(slot_rounds(250, trains, load, 6), 26u);
  EXPECT_DOUBLE_EQ(slot_s(250, trains, load, 6), 26 * 0.0096);
  EXPECT_EQ(slot_rounds(1, trains, load, 6), kLeastRounds);
  EXPECT_DOUBLE_EQ(slot_s(1, trains, load, 6), kLeastRounds * 0.0096);
  EXPECT_EQ(slot_rounds(1000, trains, {20'000, 64, 8}, 2), 39u) << "a burst is 8 packets";
  EXPECT_GE(kLeastRounds, 3u) << "a figure of a slot needs three pairs";
}

}  // namespace
}  // namespace hopcost::campaign
