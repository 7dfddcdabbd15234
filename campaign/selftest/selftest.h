// The tool tests itself on this machine: it plants delays, losses and copies on a packet's way and has to
// find each of them, where it was planted and as large as it was, and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// One thing that was planted, or nothing (the A/A trial), and what was found.
struct Verdict {
  std::string name;   ///< "delay of 200 ns at tc ingress of hc-bridge-dut/d0".
  std::string found;  ///< in a sentence.
  bool passed = false;
  bool decided = true;  ///< false: the machine was too busy to tell.
};

/// As the command line has them.
struct SelftestOptions {
  std::uint64_t seed = 0;  ///< of what is planted where; 0: chosen and said.
  double trial_s = 10;     ///< time for each trial.
  unsigned delays = 3;     ///< how many delays are planted.
  bool json = false, quiet = false;
};

/// Prints the verdicts. kOk when all passed, kUnfit when one could not be decided, kFailure when one failed.
/// Errors: what keeps it from running (kPrivilege, kMissing without bpf taps, kRefused while a run goes on).
[[nodiscard]] Result<Exit> selftest(const SelftestOptions& options);

}  // namespace hopcost::campaign
