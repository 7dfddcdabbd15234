// What a process leaves that died without removing its instances is removed; nothing else is.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/netns.h"
#include "nsglue/kernel/mark.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

/// A child that built `instances` as its own, and waits to be killed. -1 when it could not.
pid_t builder_of(const std::vector<std::string>& instances) {
  const Topology host = stage::shipped("host");
  int ready[2];
  if (pipe(ready) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    close(ready[0]);
    for (const std::string& name : instances) {
      if (!up(host, name, Ownership::kThisProcess)) _exit(1);
    }
    if (write(ready[1], "r", 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  char byte;
  const bool built = read(ready[0], &byte, 1) == 1;
  close(ready[0]);
  return built ? child : -1;
}

void kill_and_reap(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

std::optional<Owner> owner_of(const std::string& instance) {
  const auto all = list();
  const auto found =
      std::find_if(all->begin(), all->end(), [&](const Listed& l) { return l.instance == instance; });
  return found == all->end() ? std::nullopt : found->owner;
}

/// Sweeps, and gives what went of the instances of this test.
std::vector<std::string> swept_of(const std::vector<std::string>& instances) {
  auto swept = sweep();
  EXPECT_TRUE(swept) << hopcost::describe(swept.error());
  std::erase_if(*swept,
                [&](const std::string& s) { return std::ranges::find(instances, s) == instances.end(); });
  return *swept;
}

TEST(Sweep, RemovesExactlyWhatAKilledProcessBuilt) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string a = stage::instance("swept-a"), b = stage::instance("swept-b"),
                    own = stage::instance("own"), persons = stage::instance("persons");
  const stage::Cleanup ca(a), cb(b), co(own), cp(persons);
  ASSERT_TRUE(up(host, own, Ownership::kThisProcess));
  ASSERT_TRUE(up(host, persons));
  const pid_t child = builder_of({a, b});
  ASSERT_GT(child, 0);
  EXPECT_EQ(owner_of(a)->pid, child);
  EXPECT_EQ(owner_of(own), this_process().value());
  EXPECT_FALSE(owner_of(persons));
  EXPECT_TRUE(swept_of({a, b, own, persons}).empty()) << "its owner lives";
  kill_and_reap(child);
  EXPECT_EQ(swept_of({a, b, own, persons}), (std::vector{a, b}));
  EXPECT_TRUE(stage::standing_of(a).empty());
  EXPECT_TRUE(stage::standing_of(b).empty());
  EXPECT_TRUE(check(host, own)->empty());
  EXPECT_TRUE(check(host, persons)->empty());
  EXPECT_TRUE(swept_of({a, b, own, persons}).empty());
}

/// Gives each namespace of an instance another owner.
void plant_owner(const Topology& topology, const std::string& instance, const Owner& owner) {
  for (const Node& node : topology.nodes) {
    auto inside = NetnsScope::enter("hc-" + instance + "-" + node.name);
    ASSERT_TRUE(inside);
    auto socket = netlink::Socket::open(NETLINK_ROUTE);
    ASSERT_TRUE(set_mark(*socket, {instance, topology.name, node.name, owner}));
  }
}

TEST(Sweep, KnowsOtherBootsAndProcessIdsThatWereGivenAgain) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string name = stage::instance("planted");
  const stage::Cleanup cleanup(name);
  Owner earlier_boot = this_process().value(), earlier_process = earlier_boot, elsewhere = earlier_boot;
  earlier_boot.boot_id = "0b3c7d5e-8d0e-4b57-9a52-6f1f6f0e5a11";
  --earlier_process.start_ticks;
  ++elsewhere.pid_namespace;
  for (const auto& [owner, goes] :
       {std::pair(earlier_boot, true), {earlier_process, true}, {elsewhere, false}}) {
    ASSERT_TRUE(up(host, name));
    plant_owner(host, name, owner);
    EXPECT_EQ(swept_of({name}).size(), goes ? 1u : 0u) << owner_text(owner);
    EXPECT_EQ(stage::standing_of(name).empty(), goes);
  }
}

/// What stands of an instance of which one namespace has no owner may be a person's.
TEST(Sweep, LeavesAnInstanceThatIsOnlyInPartOfADeadOwner) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string name = stage::instance("mixed");
  const stage::Cleanup cleanup(name);
  Owner dead = this_process().value();
  --dead.start_ticks;
  ASSERT_TRUE(up(host, name));
  Topology first = host;
  first.nodes.resize(1);
  plant_owner(first, name, dead);
  EXPECT_TRUE(swept_of({name}).empty());
  EXPECT_EQ(stage::standing_of(name).size(), 2u);
}

/// A kill half-way through: what the builder had made so far is its own, and an empty name goes along.
TEST(Sweep, RemovesWhatWasHalfMade) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string name = stage::instance("half");
  const stage::Cleanup cleanup(name);
  const pid_t child = builder_of({name});
  ASSERT_GT(child, 0);
  stage::plant_empty_name("hc-" + name + "-container");
  kill_and_reap(child);
  EXPECT_EQ(swept_of({name}), std::vector{name});
  EXPECT_TRUE(stage::standing_of(name).empty());
}

bool listed(const std::string& instance) {
  const auto all = list();
  return std::ranges::count(*all, instance, &Listed::instance) > 0;
}

/// A kill before the first mount: nothing but the name is there, and no mark says whose it was.
TEST(Sweep, RemovesANameThatIsAllThereIs) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string alone = stage::instance("alone"), persons = stage::instance("beside");
  const stage::Cleanup ca(alone), cp(persons);
  ASSERT_TRUE(up(host, persons));
  ASSERT_TRUE(remove_namespace("hc-" + persons + "-dut"));
  stage::plant_empty_name("hc-" + alone + "-tester");
  stage::plant_empty_name("hc-" + persons + "-dut");
  EXPECT_TRUE(listed(alone)) << "down --all goes by the list";
  EXPECT_EQ(swept_of({alone, persons}), std::vector{alone});
  EXPECT_TRUE(stage::standing_of(alone).empty());
  EXPECT_EQ(stage::standing_of(persons).size(), 2u)
      << "a person's instance, with the name that is unfinished";
}

TEST(Sweep, LeavesAnEmptyFileOfOthers) {
  NEEDS_NAMESPACES();
  const std::string others = stage::instance("others");
  const std::string file = "hc-" + others + "-tester";
  stage::plant_empty_name(file, 0644);
  EXPECT_FALSE(listed(others));
  EXPECT_TRUE(swept_of({others}).empty());
  EXPECT_FALSE(down(others)) << "refused";
  EXPECT_EQ(stage::standing_of(others).size(), 1u);
  ASSERT_TRUE(remove_namespace(file));
}

}  // namespace
}  // namespace hopcost::nsglue
