// The command line of `hopcost lifecycle`. Includes the parser, base and the floor lifecycle/.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.h"
#include "campaign/lifecycle/lifecycle.h"

namespace hopcost::campaign {

/// What the verb does, in one line.
inline constexpr const char* kLifecycleAbout =
    "time from the order to build containers to their first packet, and back";

/// The options as written; those not given are empty, or have their default.
struct LifecycleWords {
  std::string modes, engines, engine_arguments, containers, budget, out, topologies;
  LifecycleOptions options;  ///< Those that need no conversion.
};

/// Declares the options. `words` must outlive `verb`.
void declare_lifecycle(CLI::App& verb, LifecycleWords& words);

/// Converts the options. Errors: kUsage, naming what is wrong.
[[nodiscard]] Result<LifecycleOptions> to_lifecycle_options(const LifecycleWords& words);

}  // namespace hopcost::campaign
