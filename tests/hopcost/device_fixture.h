// What the tests of "hopcost device" on real packets share. Test support.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

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
  json judged(const std::string& test, const std::vector<std::string>& more) const {
    return campaign::judged(words(test, more));
  }
};

}  // namespace hopcost::campaign
