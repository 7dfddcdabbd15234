// Turns a control request into a RunSpec. Looks at no device; the caller looks up open ports.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// Finds the open port of this name. Errors: kUsage.
using FindPort = std::function<Result<AnyPort*>(const std::string& name)>;

/// The spec of a "run" request (doc/control-protocol.md). A lane that gives no source MAC gets its device's.
/// Errors: kUsage, naming the lane and the member.
[[nodiscard]] Result<RunSpec> run_spec_of(const nlohmann::json& request, const FindPort& find);

}  // namespace hopcost::pktgen
