// The control channel's "run" request as what run() takes.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// `info` gives the source MAC, when the request has none, and the MTU. Errors: kUsage naming the member.
[[nodiscard]] Result<RunSpec> run_spec_of(const nlohmann::json& request, const PortInfo& info);

}  // namespace hopcost::pktgen
