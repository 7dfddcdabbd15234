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

constexpr const char* kDisturbed = "the machine disturbs the tester, as it says itself";

}  // namespace hopcost::campaign
