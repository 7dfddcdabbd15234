// The same correlation over capture files instead of live taps.
#pragma once

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// Reads the files of all taps side by side, in the order of their times, and writes what the live program
/// would. Gives kOk, or kPartial when a file could not be read to its end; what was readable counts. Errors:
/// a file that can't be opened, or that is no capture; with fit_clocks one that can't be read twice.
[[nodiscard]] Result<Exit> run_offline(const Config& config);

}  // namespace hopcost::analyzer
