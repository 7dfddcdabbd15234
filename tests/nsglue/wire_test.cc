// Frames that come in by a NIC leave by the sender of the instance that they are for, with BPF and without;
// and nothing of it stays.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "base/netns.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/nsglue.h"
#include "nsglue/prove/probe_socket.h"
#include "nsglue/wire/nic.h"
#include "stage.h"
#include "wire_bench.h"

namespace hopcost::nsglue {
namespace {

using namespace wire_bench;

constexpr int kProbes = 3;
constexpr auto kArrival = std::chrono::milliseconds(500);
constexpr auto kSettling = std::chrono::milliseconds(20);  // how long to wait for what should not come

bool within(std::chrono::milliseconds time, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool listens_to(const std::string& mac) {
  auto socket = rtnetlink();
  const auto entries = read_fdb(socket);
  const unsigned nic = link_called(kNic).index;
  return entries &&
         std::ranges::any_of(*entries, [&](const FdbEntry& e) { return e.index == nic && e.mac == mac; });
}

/// Whether a macvlan is made on the NIC: another one could not be its only one then.
bool has_macvlan() {
  if (!put_macvlan("only", "passthru")) return true;
  auto socket = rtnetlink();
  EXPECT_TRUE(delete_link(socket, "only"));
  return false;
}

/// The NIC is as it was, once the kernel has removed the namespaces of the instances (from a work queue).
void expect_bare_nic() {
  EXPECT_TRUE(within(std::chrono::seconds(5), [] { return !has_macvlan(); }));
  EXPECT_TRUE(within(std::chrono::seconds(5), [] { return link_called(kNic).promiscuity == 0; }));
  for (const std::string& name : interface_names())
    EXPECT_TRUE(within(std::chrono::seconds(5), [&] {
      return !interface_index(name) || !name.starts_with("hcwire");
    })) << name;
}

/// Sends probes from the other end of the wire. Gives how many arrived at the end of the mode's path; waits
/// for those that are expected.
int arrived(const Topology& topology, const std::string& instance, const WireAddresses& wire, int expected) {
  auto end = [&] {
    auto inside = NetnsScope::enter(topology.namespace_of(instance, topology.target.node));
    return udp_socket(AF_INET, topology.end_port());
  }();
  EXPECT_TRUE(end);
  Device far = *topology.find(topology.sender);
  far.at = {"", kFar};
  far.mac = wire.from;
  const Device& to = *topology.find(topology.addressed);
  const auto run = static_cast<std::uint32_t>(getpid());
  for (int i = 0; i < kProbes; ++i)
    EXPECT_TRUE(send_frame(far, to, wire.to, topology.port(),
                           {.run = run, .sequence = static_cast<std::uint32_t>(i)}));
  int count = 0;
  (void)within(kArrival, [&] { return (count += receive_probes(*end, run)) >= expected; });
  std::this_thread::sleep_for(kSettling);
  return count + receive_probes(*end, run);
}

std::string told(const std::vector<Drift>& drifts) {
  std::string all;
  for (const Drift& d : drifts) all += text(d) + "\n";
  return all;
}

class Dealt : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Dealt, FramesReachTheModesEndAndNothingStays) {
  const auto& [way, mode] = GetParam();
  const Topology t = stage::shipped(mode);
  NEEDS_MODE(t);
  if (t.ends_in_machine()) GTEST_SKIP() << "no socket of ours is in a guest";
  const std::string name = stage::instance("dealt");
  on_a_bench([&, way = way] {
    auto nic = DealingNic::open(kNic, "", way);
    ASSERT_TRUE(nic) << hopcost::describe(nic.error());
    EXPECT_EQ(nic->wire(), way);
    EXPECT_EQ(nic->reason(), "");
    {
      const stage::Cleanup cleanup(name);
      ASSERT_TRUE(up(t, name));
      const auto wire = nic->deal(t, name);
      ASSERT_TRUE(wire) << hopcost::describe(wire.error());
      EXPECT_EQ(arrived(t, name, *wire, kProbes), kProbes);
      EXPECT_EQ(arrived(t, name, {"02:00:00:00:00:99", wire->to}, 0), 0) << "frames of nobody's";
      EXPECT_EQ(told(*check(t, name)), "");
      EXPECT_EQ(listens_to(wire->to), way == "macvlan");
      nic->withhold(name);
      EXPECT_FALSE(listens_to(wire->to));
    }
    expect_bare_nic();
  });
}

std::string name_of(const testing::TestParamInfo<Dealt::ParamType>& info) {
  std::string name = std::get<0>(info.param) + "_" + std::get<1>(info.param);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, Dealt,
                         testing::Combine(testing::Values("bpf", "macvlan"),
                                          testing::ValuesIn(stage::modes_under_test())),
                         name_of);

/// What a device under test says unasked stays in its instance: the tester would see frames of every mode.
TEST(Wire, NothingLeavesByTheNic) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("host");
  const std::string name = stage::instance("silent");
  on_a_bench([&] {
    const stage::Cleanup cleanup(name);
    ASSERT_TRUE(up(t, name));
    auto nic = DealingNic::open(kNic, "", "macvlan");
    ASSERT_TRUE(nic) << hopcost::describe(nic.error());
    ASSERT_TRUE(nic->deal(t, name));
    const auto far = Watch::open(kFar);
    ASSERT_TRUE(far);
    constexpr std::uint32_t kRun = 4711;
    std::uint32_t sequence = 0;
    {
      auto inside = NetnsScope::enter(t.namespace_of(name, "dut"));
      const Device& d0 = *t.find({"dut", "d0"});
      for (const char* to :
           {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:07", "02:00:00:00:00:77", "02:68:63:00:00:01"})
        ASSERT_TRUE(send_frame(d0, *t.find(t.sender), to, 9, {.run = kRun, .sequence = sequence++}));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::vector<Sight> seen;
    far->collect(kRun, seen);
    for (const Sight& s : seen) ADD_FAILURE() << "frame " << s.sequence << " came out";
  });
}

TEST(Wire, InstancesOfOneModeAreToldApart) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("bridge");
  const std::string a = stage::instance("wire-a"), b = stage::instance("wire-b");
  on_a_bench([&] {
    const stage::Cleanup ca(a), cb(b);
    ASSERT_TRUE(up(t, a));
    ASSERT_TRUE(up(t, b));
    auto nic = DealingNic::open(kNic, "", "macvlan");
    ASSERT_TRUE(nic) << hopcost::describe(nic.error());
    const auto to_a = nic->deal(t, a), to_b = nic->deal(t, b);
    ASSERT_TRUE(to_a);
    ASSERT_TRUE(to_b);
    EXPECT_EQ(arrived(t, a, *to_a, kProbes), kProbes);
    EXPECT_EQ(arrived(t, b, *to_b, kProbes), kProbes);
    EXPECT_EQ(arrived(t, b, *to_a, 0), 0);
    nic->withhold(a);
    EXPECT_TRUE(listens_to(to_b->to)) << "b is still there, with the same address";
  });
}

/// The kernel puts a macvlan's macvlan on the lower device.
TEST(Wire, ANicMayBeAMacvlan) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("host");
  const std::string name = stage::instance("on-macvlan");
  on_a_bench([&] {
    const stage::Cleanup cleanup(name);
    ASSERT_TRUE(put_macvlan("own", "bridge"));
    auto socket = rtnetlink();
    ASSERT_TRUE(set_up(socket, link_called("own").index, "own"));
    ASSERT_TRUE(up(t, name));
    auto nic = DealingNic::open("own", "", "macvlan");
    ASSERT_TRUE(nic) << hopcost::describe(nic.error());
    const auto wire = nic->deal(t, name);
    ASSERT_TRUE(wire) << hopcost::describe(wire.error());
    EXPECT_EQ(arrived(t, name, *wire, kProbes), kProbes);
  });
}

/// A kill takes no destructor's way: the kernel has the NIC listen to nothing more, and the sweep does the
/// rest.
TEST(Wire, OfAKilledProcessNothingStaysOnceItIsSwept) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("bridge");
  const std::string name = stage::instance("killed-wire");
  const stage::Cleanup cleanup(name);
  on_a_bench([&] {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
      if (!up(t, name, Ownership::kThisProcess)) _exit(1);
      auto nic = DealingNic::open(kNic, "", "macvlan");
      if (!nic || !nic->deal(t, name)) _exit(1);
      if (write(ready[1], "r", 1) == 1) pause();
      _exit(1);
    }
    close(ready[1]);
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    const std::string to = t.find(t.next_hop)->mac;
    EXPECT_TRUE(listens_to(to));
    EXPECT_TRUE(has_macvlan());
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_FALSE(listens_to(to));
    EXPECT_TRUE(has_macvlan()) << "its namespace stands";
    ASSERT_TRUE(sweep());
    EXPECT_TRUE(stage::standing_of(name).empty());
    expect_bare_nic();
  });
}

}  // namespace
}  // namespace hopcost::nsglue
