// From a control request to what a run takes. Looks at no device: open ports are told.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// An open port of this name. Errors: kUsage.
using FindPort = std::function<Result<AnyPort*>(const std::string& name)>;

/// What a "run" request says (doc/control-protocol.md). The source MAC of a lane is its device's where it
/// gives none. Errors: kUsage, naming the lane and the member.
[[nodiscard]] Result<RunSpec> run_spec_of(const nlohmann::json& request, const FindPort& find);

}  // namespace hopcost::pktgen
