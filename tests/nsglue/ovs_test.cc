// Open vSwitch in a node: what went wrong with it is told, and it goes with its mode, however that ends.
#include "nsglue/kernel/ovs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "nsglue/kernel/daemons.h"
#include "nsglue/nsglue.h"
#include "nsglue/topology/containers.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;

constexpr int kSwitchKills = 6;
constexpr int kLongestSwitchUs = 400'000;  // an up takes 250 to 400 ms here

std::string netns_of(const std::string& instance) {
  return "hc-" + instance + "-dut";
}

/// Of the node's daemon, while its file says so.
pid_t pid_of(const std::string& instance, const std::string& daemon) {
  std::ifstream in(daemon_folder(netns_of(instance)) + "/" + daemon + ".pid");
  pid_t pid = 0;
  in >> pid;
  return pid;
}

/// Processes that name the instance's folder, whatever they are.
int processes_of(const std::string& instance) {
  int found = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    std::ifstream in(entry.path() / "cmdline");
    const std::string words{std::istreambuf_iterator<char>(in), {}};
    found += words.find(daemon_folder(netns_of(instance)) + "/") != std::string::npos;
  }
  return found;
}

std::string drifts_of(const Topology& topology, const std::string& instance) {
  std::string all;
  const auto drifts = check(topology, instance);
  if (!drifts) return hopcost::describe(drifts.error());
  for (const Drift& d : *drifts) all += text(d) + "\n";
  return all;
}

TEST(Ovs, EveryDifferenceIsTold) {
  Topology t = stage::shipped("ovs");
  NEEDS_MODE(t);
  const std::string name = stage::instance("ovsdrift"), netns = netns_of(name);
  const stage::Cleanup cleanup(name);
  const auto stands = up(t, name);
  ASSERT_TRUE(stands) << hopcost::describe(stands.error());
  EXPECT_EQ(drifts_of(t, name), "");

  const OvsPort port{"br0", "v0"};
  ASSERT_TRUE(remove_ovs_ports(netns, {&port, 1}));
  EXPECT_NE(drifts_of(t, name).find(netns + "/v0: master expected br0 found nothing\n"), std::string::npos);
  ASSERT_TRUE(add_ovs_ports(netns, {&port, 1}));
  EXPECT_EQ(drifts_of(t, name),
            netns + "/v0: forwarding entry 02:68:63:00:01:02 expected static found nothing\n");
  const OvsEntry entry{"br0", "v0", "02:68:63:00:01:02"};
  ASSERT_TRUE(add_ovs_entries(netns, {&entry, 1}));
  EXPECT_EQ(drifts_of(t, name), "");

  const OvsPort nowhere{"br0", "v9"};
  const auto refused = add_ovs_ports(netns, {&nowhere, 1});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("does not take v9 as a port of br0: "), std::string::npos)
      << refused.error().what;
  EXPECT_EQ(drifts_of(t, name), netns + "/v9: master expected nothing found br0\n");
  ASSERT_TRUE(remove_ovs_ports(netns, {&nowhere, 1}));

  kill(pid_of(name, "ovs-vswitchd"), SIGKILL);
  // Its socket goes with the last of its threads.
  for (int i = 0; i < 200 && drifts_of(t, name).find("does not run") == std::string::npos; ++i)
    usleep(10'000);
  EXPECT_EQ(drifts_of(t, name), netns + "/br0: device expected ovs found ovs-vswitchd does not run\n");
}

TEST(Ovs, DownEndsItsProgramsAndNobodyElses) {
  const Topology t = stage::shipped("nested-ovs-bridge");
  NEEDS_MODE(t);
  const std::string name = stage::instance("ovsdown"), other = stage::instance("ovsother");
  const stage::Cleanup cleanup(name), cleanup_other(other);
  ASSERT_TRUE(up(t, name));
  ASSERT_TRUE(up(t, other));
  EXPECT_EQ(processes_of(name), 2);
  // Somebody looks at its log.
  const std::string log = daemon_folder(netns_of(name)) + "/ovs-vswitchd.log";
  const char* words[] = {"tail", "-f", log.c_str(), nullptr};
  pid_t reader = 0;
  posix_spawn_file_actions_t quietly;
  posix_spawn_file_actions_init(&quietly);
  posix_spawn_file_actions_addopen(&quietly, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int fault = posix_spawnp(&reader, words[0], &quietly, nullptr, const_cast<char**>(words), environ);
  posix_spawn_file_actions_destroy(&quietly);
  ASSERT_EQ(fault, 0);
  for (int i = 0; i < 200 && processes_of(name) < 3; ++i) usleep(10'000);
  const auto gone = down(name);
  EXPECT_TRUE(gone) << hopcost::describe(gone.error());
  EXPECT_EQ(waitpid(reader, nullptr, WNOHANG), 0) << "the reader is not ours to end";
  kill(reader, SIGKILL);
  waitpid(reader, nullptr, 0);
  EXPECT_EQ(processes_of(name), 0);
  EXPECT_FALSE(fs::exists(daemon_folder(netns_of(name))));
  EXPECT_EQ(drifts_of(t, other), "");
  ASSERT_TRUE(down(other));
  EXPECT_FALSE(fs::exists(fs::path(daemon_folder(netns_of(other))).parent_path()));
}

TEST(Ovs, KilledAtAnyMomentItLeavesNothingAfterDown) {
  const Topology t = stage::shipped("ovs");
  NEEDS_MODE(t);
  const std::string name = stage::instance("ovskill");
  const stage::Cleanup cleanup(name);
  std::minstd_rand random(20261127);
  std::uniform_int_distribution<int> when(20'000, kLongestSwitchUs);
  int half_way = 0;
  for (int i = 0; i < kSwitchKills; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(up(t, name) ? 0 : 1);
    usleep(static_cast<useconds_t>(when(random)));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    half_way += WIFSIGNALED(status);
    const auto gone = down(name);
    ASSERT_TRUE(gone) << hopcost::describe(gone.error());
    usleep(50'000);  // for what was about to start when its parent was killed
    EXPECT_EQ(processes_of(name), 0);
    EXPECT_FALSE(fs::exists(daemon_folder(netns_of(name))));
  }
  RecordProperty("killed_half_way", half_way);
}

TEST(Ovs, AContainerComesAndGoesBesideOthers) {
  const Topology one = stage::shipped("ovs");
  NEEDS_MODE(one);
  const Topology t = *with_containers(one, 2);
  const std::string name = stage::instance("ovslife");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up_shared(t, name));
  for (const std::size_t i : {0, 1}) ASSERT_TRUE(add_container(t, name, i));
  EXPECT_EQ(drifts_of(t, name), "");
  ASSERT_TRUE(remove_container(t, name, 1));
  ASSERT_TRUE(add_container(t, name, 1));
  EXPECT_EQ(drifts_of(t, name), "");
}

TEST(Ovs, AnOwnerThatDiedLeavesNoPrograms) {
  const Topology t = stage::shipped("ovs");
  NEEDS_MODE(t);
  const std::string name = stage::instance("ovssweep");
  const stage::Cleanup cleanup(name);
  const pid_t child = fork();
  if (child == 0) _exit(up(t, name, Ownership::kThisProcess) ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(processes_of(name), 2);
  ASSERT_TRUE(sweep());
  EXPECT_EQ(processes_of(name), 0);
  EXPECT_TRUE(stage::standing_of(name).empty());
}

/// A process in namespaces of its own, as `hopcost run --rootless` is, that has built the instance and waits
/// to be killed. -1: it could not.
pid_t hidden_builder(const Topology& topology, const std::string& name) {
  int ready[2];
  if (pipe(ready) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    close(ready[0]);
    const bool built = stage::enter_user_namespace() && up(topology, name, Ownership::kThisProcess);
    if (write(ready[1], built ? "y" : "n", 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  char built = 0;
  const bool told = read(ready[0], &built, 1) == 1;
  close(ready[0]);
  return told && built == 'y' ? child : -1;
}

/// Whether a sweep says that it took the instance away; `hidden`: by the next run of that kind.
bool sweep_takes(const std::string& name, bool hidden) {
  const auto takes = [&] {
    const auto swept = sweep();
    return swept && std::ranges::find(*swept, name) != swept->end();
  };
  if (!hidden) return takes();
  const pid_t child = fork();
  if (child == 0) _exit(stage::enter_user_namespace() && takes() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

TEST(Ovs, OfAKilledRunWithoutRootIsFoundAndEnded) {
  const Topology t = stage::shipped("ovs");
  NEEDS_MODE(t);
  for (const bool hidden : {false, true}) {
    const std::string name = stage::instance(hidden ? "ovshidden" : "ovsseen");
    const pid_t builder = hidden_builder(t, name);
    ASSERT_GT(builder, 0);
    ASSERT_EQ(processes_of(name), 2);
    EXPECT_FALSE(sweep_takes(name, hidden));
    EXPECT_EQ(processes_of(name), 2) << "its owner lives";
    kill(builder, SIGKILL);
    waitpid(builder, nullptr, 0);
    EXPECT_EQ(processes_of(name), 2) << "nothing is left to find: the test proves nothing";
    EXPECT_TRUE(sweep_takes(name, hidden));
    EXPECT_EQ(processes_of(name), 0);
  }
}

}  // namespace
}  // namespace hopcost::nsglue
