#include "tests/analyzer/netns/sandbox.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace hopcost::analyzer {

Sandbox::Sandbox() {
  static int made = 0;
  prefix_ = fmt::format("t-ana-{}-{}", getpid(), ++made);
  for (const auto& name : {tester(), dut(), container()}) need("ip netns add " + name);
  for (const auto& name : {tester(), dut(), container()}) need("ip -n " + name + " link set lo up");
}

Sandbox::~Sandbox() {
  for (const auto& name : {tester(), dut(), container()}) run("ip netns del " + name + " 2>/dev/null");
}

bool Sandbox::run(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

void Sandbox::need(const std::string& command) {
  if (missing_.empty() && !run(command))
    missing_ = "needs root, or a user namespace of its own: failed: " + command;
}

// Without IPv6 on the devices nothing but the tests' own frames is on the way.
void Sandbox::build_wire() {
  for (const auto& name : {tester(), dut(), container()}) {
    need("ip netns exec " + name + " sh -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'");
  }
  need(fmt::format("ip -n {} link add t0 type veth peer name d0 netns {}", tester(), dut()));
  need(fmt::format("ip -n {} link set t0 address 02:00:00:00:00:01 up", tester()));
  need(fmt::format("ip -n {} link set d0 up", dut()));
}

void Sandbox::finish_container() {
  need(fmt::format("ip -n {} link set eth0 address 02:00:00:00:00:02", container()));
  need(fmt::format("ip -n {} link set eth0 up", container()));
  need(fmt::format("ip -n {} addr add 198.18.0.2/24 dev eth0", container()));
  need(fmt::format("ip -n {} neigh add 198.18.0.1 lladdr 02:00:00:00:00:01 dev eth0", container()));
}

void Sandbox::build_bridge() {
  build_wire();
  need(fmt::format("ip -n {} link add v0 type veth peer name eth0 netns {}", dut(), container()));
  // A snooping bridge joins 224.0.0.106 and says so, at a random moment of its first seconds.
  need(fmt::format("ip -n {} link add br0 type bridge mcast_snooping 0", dut()));
  for (const char* port : {"d0", "v0"}) need(fmt::format("ip -n {} link set {} master br0 up", dut(), port));
  need(fmt::format("ip -n {} link set br0 up", dut()));
  finish_container();
}

void Sandbox::build_macvlan() {
  build_wire();
  need(fmt::format("ip -n {} link add link d0 name eth0 netns {} type macvlan mode bridge", dut(),
                   container()));
  finish_container();
}

}  // namespace hopcost::analyzer
