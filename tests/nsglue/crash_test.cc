// kill -9 at any moment of an up: the next up or down finds its way.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "base/netns.h"
#include "base/signals.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

constexpr int kKills = 40;
constexpr int kLongestUs = 40'000;  // an up takes 10 to 30 ms here

/// Starts up() in a child and kills it after `us`. True when it was still at work.
bool kill_during_up(const Topology& topology, const std::string& name, int us) {
  const pid_t child = fork();
  if (child == 0) {
    const auto done = up(topology, name);
    _exit(done ? 0 : 1);
  }
  usleep(static_cast<useconds_t>(us));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(Crash, NextUpOrDownClearsWhatAKillLeft) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("bridge");
  const std::string name = stage::instance("crash");
  const stage::Cleanup cleanup(name);
  std::minstd_rand random(20261121);
  std::uniform_int_distribution<int> when(0, kLongestUs);
  int half_way = 0, leftovers = 0;
  for (int i = 0; i < kKills; ++i) {
    half_way += kill_during_up(topology, name, when(random));
    const auto left = stage::standing_of(name).size();
    leftovers += left > 0 && left < topology.nodes.size();
    if (i % 2 == 0) {
      const auto again = up(topology, name);
      ASSERT_TRUE(again) << hopcost::describe(again.error());
      EXPECT_TRUE(check(topology, name)->empty());
    }
    const auto gone = down(name);
    ASSERT_TRUE(gone) << hopcost::describe(gone.error());
    EXPECT_TRUE(stage::standing_of(name).empty());
  }
  EXPECT_GT(half_way, 0) << "every up was over before its kill";
  RecordProperty("killed_half_way", half_way);
  RecordProperty("namespaces_left_in_part", leftovers);
}

TEST(Crash, ANameWithoutItsNamespaceIsCleared) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("host");
  const std::string name = stage::instance("unfinished");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(topology, name));
  ASSERT_TRUE(down(name));
  stage::plant_empty_name("hc-" + name + "-dut");
  EXPECT_EQ(check(topology, name)->at(1).found, "an empty file");  // after the tester, which is not there
  ASSERT_TRUE(up(topology, name));
  EXPECT_TRUE(check(topology, name)->empty());
}

TEST(Crash, TwoUpsOfOneInstanceAtOnceBothStand) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("bridge");
  const std::string name = stage::instance("race");
  const stage::Cleanup cleanup(name);
  pid_t children[2];
  for (pid_t& child : children) {
    child = fork();
    if (child == 0) _exit(up(topology, name) ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  EXPECT_TRUE(check(topology, name)->empty());
}

TEST(Crash, AStopSignalUndoes) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("host");
  const std::string name = stage::instance("stop");
  const stage::Cleanup cleanup(name);
  const pid_t child = fork();
  if (child == 0) {
    request_stop();
    const auto stopped = up(topology, name);
    _exit(stopped ? 0 : static_cast<int>(stopped.error().code));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Exit::kPartial));
  EXPECT_TRUE(stage::standing_of(name).empty());
}

}  // namespace
}  // namespace hopcost::nsglue
