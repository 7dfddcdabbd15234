// Running the real hopcost program and looking at what it leaves.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace hopcost::campaign {

struct Outcome {
  int code = -1;  ///< exit status, or 128 + signal.
  std::string out, err;
};

/// Runs the program under test (HOPCOST_BIN) and waits. `after_ms` above 0: sends `signal` by then.
[[nodiscard]] Outcome run_program(std::vector<std::string> arguments, int after_ms = 0, int signal = 0);

/// The same; sends `signal` as soon as `time_has_come`, or the program has ended.
[[nodiscard]] Outcome run_program_until(std::vector<std::string> arguments,
                                        const std::function<bool()>& time_has_come, int signal);

/// Runs any command line in a shell and waits.
[[nodiscard]] Outcome run_shell(const std::string& command);

/// Our namespaces that stand now, each by its name and which one of that name it is.
[[nodiscard]] std::set<std::string> standing_namespaces();

/// An empty folder of this test's own, open to every user.
[[nodiscard]] std::string scratch_folder();

/// Why modes can't be built here, or empty.
[[nodiscard]] std::string why_not_root();

}  // namespace hopcost::campaign
