// The tool tests itself on this machine. It plants delays, losses, copies and swaps on a packet's way, and
// has to find each at its place and in its size, and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// The verdict on one trial: what was planted (in the A/A trial nothing), and what was found.
struct Verdict {
  std::string name;   ///< "200 ns planted at tc ingress of hc-bridge-dut/d0".
  std::string found;  ///< In a sentence.
  bool passed = false;
  bool decided = true;  ///< False: the intervals were too wide to tell, or the kernel dropped packets.
};

/// The options of the command line.
struct SelftestOptions {
  std::uint64_t seed = 0;  ///< Draws what is planted where; 0: chosen, and printed.
  double trial_s = 10;     ///< Time for each trial.
  unsigned delays = 3;     ///< How many delays are planted.
  bool json = false, quiet = false;
};

/// Runs all trials and prints the verdicts. Gives kOk when all passed, kFailure when one failed, else kUnfit,
/// when one could not be decided. Errors: what keeps it from running (kPrivilege, kMissing without bpf taps,
/// kRefused while a run measures, kPartial for a stop signal).
[[nodiscard]] Result<Exit> selftest(const SelftestOptions& options);

}  // namespace hopcost::campaign
