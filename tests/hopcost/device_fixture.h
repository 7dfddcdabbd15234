// What the tests of "hopcost device" on real packets share. Test support.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "run_fixture.h"

namespace hopcost::campaign {

/// All that the tests start comes before the compilers that may run beside them, also where the scheduler
/// weighs sessions and not processes.
inline void come_first() {
  (void)setsid();
  (void)setpriority(PRIO_PROCESS, 0, -20);
  std::ofstream("/proc/self/autogroup") << -20;
}

/// The first test of result.json. One that says that something disturbed the tester is made again; null
/// when it says so each time. Whatever else it says is the program's answer.
inline json judged(const std::vector<std::string>& all) {
  std::string why;
  for (int i = 0; i < 3; ++i) {
    const Outcome o = run_program(all);
    const json j = json::parse(o.out, nullptr, false);
    if (!j.is_object() || j["tests"].empty()) {
      ADD_FAILURE() << o.code << o.err;
      return json::object();
    }
    json first = j["tests"][0];
    why = first["irregular"];
    if (why.find("do not count") == std::string::npos && why.find("may be the tester's") == std::string::npos)
      return first;
  }
  std::cerr << why << "\n";
  return nullptr;
}

inline constexpr const char* kDisturbed = "the machine disturbs the tester, as it says itself";

// tc tbf with rate 37 Mbit/s counts 508 bytes of a frame of 512; it holds limit and burst together.
inline constexpr double kMu = 37e6 / 8 / 508, kBuffer = (65'536 + 16'384) / 508;

/// Two more ports of the device while it lives: t2 sends to d2, t3 receives what comes out at d3.
class FurtherPorts {
 public:
  FurtherPorts() {
    const std::string ip = "ip -n hc-dev-router ";
    const std::string no_ipv6 = " sysctl -qw net.ipv6.conf.default.disable_ipv6=1 && ";  // it sends by itself
    up_ = run_shell("ip netns add hc-c-in && ip netns exec hc-c-in" + no_ipv6 +
                    "ip netns add hc-c-out && ip netns exec hc-c-out" + no_ipv6 + ip +
                    "link add d2 type veth peer name t2 netns hc-c-in && " + ip +
                    "link add d3 type veth peer name t3 netns hc-c-out && " + ip +
                    "link set d2 addrgenmode none && " + ip + "link set d3 addrgenmode none && " + ip +
                    "addr add 198.18.2.1/24 dev d2 && " + ip + "addr add 198.19.2.1/24 dev d3 && " + ip +
                    "link set d2 up && " + ip +
                    "link set d3 up && "
                    "ip -n hc-c-in link set t2 up && ip -n hc-c-out link set t3 up && " +
                    ip + "link set d2 address 02:68:63:00:02:01 && " + ip +
                    "neigh add 198.19.2.2 lladdr 02:68:63:00:03:02 dev d3 && " + ip +
                    "route add 198.19.128.0/24 via 198.19.2.2");
  }
  ~FurtherPorts() { (void)run_shell("ip netns del hc-c-in; ip netns del hc-c-out"); }
  FurtherPorts(const FurtherPorts&) = delete;
  FurtherPorts& operator=(const FurtherPorts&) = delete;
  [[nodiscard]] testing::AssertionResult made() const {
    return up_.code == 0 ? testing::AssertionSuccess() : testing::AssertionFailure() << up_.err;
  }

 private:
  Outcome up_;
};

class Device : public Run {
 protected:
  static void SetUpTestSuite() {
    if (!why_not_root().empty()) return;
    come_first();
    const Outcome up = run_shell("$NSGLUE_BIN --instance dev up $HOPCOST_TOPOLOGIES/device/router.toml");
    ASSERT_EQ(up.code, 0) << up.err;
  }
  static void TearDownTestSuite() { (void)run_shell("$NSGLUE_BIN down dev"); }
  /// The device is one for all tests, and as new for each.
  void SetUp() override {
    Run::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(in_device(
        "for d in d0 d1; do tc qdisc del dev $d root; tc qdisc del dev $d clsact; ip link set $d up; "
        "done 2>/dev/null; ip route flush type blackhole; sysctl -qw net.ipv4.ip_forward=1 && "
        "ip neigh replace 198.18.1.2 lladdr 02:68:63:00:00:01 dev d0 nud permanent && "
        "ip neigh replace 198.19.1.2 lladdr 02:68:63:00:01:02 dev d1 nud permanent && "
        "ip route replace 198.19.64.0/18 via 198.19.1.2"));
  }
  /// A shell in the device; true when it went well.
  static bool in_device(const std::string& words) {
    return run_shell("ip netns exec hc-dev-router sh -c '" + words + "'").code == 0;
  }
  static bool shape() {
    return in_device("tc qdisc replace dev d1 root tbf rate 37mbit burst 16k limit 64k");
  }

  std::vector<std::string> words(const std::string& test, std::vector<std::string> more) const {
    std::vector<std::string> all = {"device",    test,
                                    "--port",    "af_packet:t0@hc-dev-tester",
                                    "--port",    "af_packet:t1@hc-dev-far",
                                    "--dst-mac", "02:68:63:00:00:02",
                                    "--quick",   "--quiet",
                                    "--json",    "--size",
                                    "512",       "--linger",
                                    "150ms",     "--pause",
                                    "60ms",      "--searches",
                                    "1",         "--out",
                                    folder_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// The same with the further ports: two inputs, two outputs.
  std::vector<std::string> between_four_ports(const std::string& test,
                                              const std::vector<std::string>& more) const {
    std::vector<std::string> all = words(test, more);
    const std::vector<std::string> ports = {
        "--port", "af_packet:t0@hc-dev-tester", "--port", "af_packet:t2@hc-c-in",
        "--port", "af_packet:t1@hc-dev-far",    "--port", "af_packet:t3@hc-c-out"};
    const auto first = std::ranges::find(all, "--port");
    all.insert(all.erase(first, first + 4), ports.begin(), ports.end());
    *(std::ranges::find(all, "--dst-mac") + 1) = "02:68:63:00:00:02,02:68:63:00:02:01";
    return all;
  }
  json judged(const std::string& test, const std::vector<std::string>& more) const {
    return campaign::judged(words(test, more));
  }
};

}  // namespace hopcost::campaign
