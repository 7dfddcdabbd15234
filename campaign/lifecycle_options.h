// The command line of `hopcost lifecycle`. Includes base and the floor lifecycle/.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.h"
#include "campaign/lifecycle/lifecycle.h"

namespace hopcost::campaign {

/// What the verb does, in a line.
inline constexpr const char* kLifecycleAbout =
    "time from the order to build containers to their first packet, and back";

/// As it was written; what was not is empty, or the default.
struct LifecycleWords {
  std::string modes, engines, engine_arguments, containers, budget, out, topologies;
  LifecycleOptions options;  ///< What needs no reading.
};

/// `words` outlives `verb`.
void declare_lifecycle(CLI::App& verb, LifecycleWords& words);

/// Errors: kUsage, naming what is wrong.
[[nodiscard]] Result<LifecycleOptions> to_lifecycle_options(const LifecycleWords& words);

}  // namespace hopcost::campaign
