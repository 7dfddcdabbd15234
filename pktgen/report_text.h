// A stand-alone run as a person reads it.
#pragma once

#include <optional>
#include <string>

#include "pktgen/run.h"
#include "pktgen/rx_worker.h"
#include "pktgen/validate.h"

namespace hopcost::pktgen {

/// What is about to happen, one line: port, mode, frame, load, seed.
[[nodiscard]] std::string opening_text(const Plan& plan, const PortInfo& info, const RunSpec& spec);

/// The result, several lines, the last one ended.
[[nodiscard]] std::string report_text(const Plan& plan, const RunSpec& spec, const RunResult& r,
                                      const std::optional<RxResult>& rx);

/// 1234567 -> "1.235 M"
[[nodiscard]] std::string scaled(double value);

}  // namespace hopcost::pktgen
