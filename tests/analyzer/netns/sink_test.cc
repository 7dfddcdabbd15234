#include "analyzer/watch/sink.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/netns.h"
#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/sandbox.h"

namespace hopcost::analyzer {
namespace {

/// ICMP messages the namespace has sent, and UDP datagrams it found no port for.
std::pair<std::uint64_t, std::uint64_t> complaints(const std::string& netns) {
  auto scope = NetnsScope::enter(netns);
  std::ifstream snmp("/proc/thread-self/net/snmp");
  std::map<std::string, std::uint64_t> values;
  for (std::string names, numbers; std::getline(snmp, names) && std::getline(snmp, numbers);) {
    std::istringstream n(names), v(numbers);
    std::string prefix, name, value;
    n >> prefix;
    v >> value;
    while (n >> name && v >> value) values[prefix + name] = std::strtoull(value.c_str(), nullptr, 10);
  }
  return {values["Icmp:OutDestUnreachs"], values["Udp:NoPorts"]};
}

TEST(Sink, KeepsTheHostFromComplaining) {
  Sandbox box;
  box.build_bridge();
  NEED_SANDBOX(box);
  ProbeSender sender(box.tester(), "t0");
  sender.send_many(7, 0, 5);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto without = complaints(box.container());
  EXPECT_EQ(without.second, 5u);
  EXPECT_GT(without.first, 0u);
  auto sink = Sink::open({box.container(), 9});
  ASSERT_TRUE(sink);
  sender.send_many(7, 5, 100);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(complaints(box.container()), without);
}

TEST(Sink, APortInUseIsSaid) {
  Sandbox box;
  NEED_SANDBOX(box);
  auto first = Sink::open({box.container(), 9});
  ASSERT_TRUE(first);
  auto second = Sink::open({box.container(), 9});
  ASSERT_FALSE(second);
  EXPECT_NE(describe(second.error()).find("port 9"), std::string::npos);
}

TEST(Sink, AMissingNamespaceIsSaid) {
  auto sink = Sink::open({"t-ana-not-there", 9});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, Exit::kMissing);
}

}  // namespace
}  // namespace hopcost::analyzer
