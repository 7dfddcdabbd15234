// Many containers in the kernel: built, read back, proved and removed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "nsglue/nsglue.h"
#include "nsglue/topology/containers.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

/// Everything that is not as it should be, one a line.
std::string faults(const Topology& topology, const std::string& name) {
  std::string all;
  const auto drifts = check(topology, name);
  if (!drifts) return hopcost::describe(drifts.error());
  for (const Drift& d : *drifts) all += text(d) + "\n";
  const auto proof = prove(topology, name);
  if (!proof) return hopcost::describe(proof.error());
  for (const std::string& f : proof->faults) all += f + "\n";
  if (proof->probes != static_cast<int>(6 * container_count(topology))) all += "too few probes";
  return all;
}

class Crowds : public testing::TestWithParam<std::string> {};

TEST_P(Crowds, EachContainerGetsItsOwnAndNobodyElses) {
  const Topology one = stage::shipped(GetParam());
  NEEDS_MODE(one);
  const auto t = with_containers(one, 3);
  if (!t) GTEST_SKIP() << t.error().what;
  const std::string name = stage::instance("crowd");
  const stage::Cleanup cleanup(name);
  const auto realised = up(*t, name);
  ASSERT_TRUE(realised) << hopcost::describe(realised.error());
  EXPECT_EQ(realised->containers.size(), 3u);
  EXPECT_EQ(faults(*t, name), "");
}

INSTANTIATE_TEST_SUITE_P(Shipped, Crowds, testing::ValuesIn(stage::modes_under_test()),
                         stage::parameter_name);

class BigCrowds : public testing::TestWithParam<std::string> {};

TEST_P(BigCrowds, StandAreProvedAndGoWithoutALeftover) {
  NEEDS_NAMESPACES();
  const Topology t = *with_containers(stage::shipped(GetParam()), kMostContainers);
  const std::string name = stage::instance("big");
  const stage::Cleanup cleanup(name);
  const auto realised = up(t, name);
  ASSERT_TRUE(realised) << hopcost::describe(realised.error());
  EXPECT_EQ(faults(t, name), "");
  ASSERT_TRUE(down(name));
  EXPECT_TRUE(stage::standing_of(name).empty());
}

INSTANTIATE_TEST_SUITE_P(Shipped, BigCrowds, testing::Values("bridge", "bridge-nat", "macvlan"),
                         stage::parameter_name);

TEST(Crowd, OneThatGetsAnothersProbesIsTold) {
  NEEDS_NAMESPACES();
  const Topology t = *with_containers(stage::shipped("bridge"), 2);
  Topology spoilt = t;
  for (Neighbour& n : spoilt.neighbours) {
    if (n.owner.text() == "container_1/eth0") n.owner = {"container_2", "eth0"};
  }
  const std::string name = stage::instance("astray");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(spoilt, name));
  const auto proof = prove(t, name);
  ASSERT_TRUE(proof);
  std::string all;
  for (const std::string& f : proof->faults) all += f + "\n";
  EXPECT_NE(all.find("container 1: IPv4 probes pass container_2/eth0, which is not on the path"),
            std::string::npos)
      << all;
  EXPECT_EQ(all.find("container 2: "), std::string::npos) << all;
}

TEST(Crowd, AKillInTheMidstLeavesNothingThatDownDoesNotFind) {
  NEEDS_NAMESPACES();
  const Topology t = *with_containers(stage::shipped("bridge"), 64);
  const std::string name = stage::instance("killed");
  const stage::Cleanup cleanup(name);
  const pid_t child = fork();
  if (child == 0) _exit(up(t, name) ? 0 : 1);
  while (stage::standing_of(name).size() < 20) usleep(1000);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_GE(stage::standing_of(name).size(), 20u);
  ASSERT_TRUE(down(name));
  EXPECT_TRUE(stage::standing_of(name).empty());
}

/// Adds all containers, each in a thread of its own when `at_once`.
void add_all(const Topology& t, const std::string& name, bool at_once) {
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < container_count(t); ++i) {
    const auto add = [&, i] {
      const auto steps = add_container(t, name, i);
      if (!steps) {
        ++failed;
        ADD_FAILURE() << hopcost::describe(steps.error());
      }
    };
    if (!at_once) add();
    if (at_once) threads.emplace_back(add);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

class Parts : public testing::TestWithParam<std::tuple<std::string, bool>> {};

TEST_P(Parts, AddedOneByOneOrAtOnceMakeTheWhole) {
  const auto& [mode, at_once] = GetParam();
  const Topology one = stage::shipped(mode);
  NEEDS_MODE(one);
  const Topology t = *with_containers(one, 5);
  const std::string name = stage::instance("parts");
  const stage::Cleanup cleanup(name);
  const auto shared = up_shared(t, name);
  ASSERT_TRUE(shared) << hopcost::describe(shared.error());
  add_all(t, name, at_once);
  const auto proof = prove(t, name);
  ASSERT_TRUE(proof) << hopcost::describe(proof.error());
  for (const std::string& f : proof->faults) ADD_FAILURE() << f;
  // Rules stand in the order they were made in, which at once is anyone's.
  if (!at_once || t.published.empty()) {
    EXPECT_EQ(faults(t, name), "");
  }
  const std::size_t before = stage::standing_of(name).size();
  const auto gone = remove_container(t, name, 1);
  ASSERT_TRUE(gone) << hopcost::describe(gone.error());
  EXPECT_LT(stage::standing_of(name).size(), before);
  EXPECT_TRUE(remove_container(t, name, 1)) << "gone already is a success";
}

INSTANTIATE_TEST_SUITE_P(Modes, Parts,
                         testing::Combine(testing::Values("bridge", "bridge-nat", "macvlan", "nested-nat"),
                                          testing::Bool()),
                         [](const auto& info) {
                           std::string name =
                               std::get<0>(info.param) + (std::get<1>(info.param) ? "_at_once" : "");
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hopcost::nsglue
