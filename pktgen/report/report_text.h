// A stand-alone run as a person reads it.
#pragma once

#include <string>

#include "pktgen/options/validate.h"
#include "pktgen/session/session.h"

namespace hopcost::pktgen {

/// What is about to happen, one line: port, mode, frame, load, seed.
[[nodiscard]] std::string opening_text(const Plan& plan, const Session& session);

/// The result, several lines, the last one ended.
[[nodiscard]] std::string report_text(const Plan& plan, const Outcome& o);

/// One line of quantiles in ns behind the label; empty for an empty histogram.
[[nodiscard]] std::string latency_text(const char* label, const HdrHistogram& h);

/// 1234567 -> "1.235 M"
[[nodiscard]] std::string scaled(double value);

}  // namespace hopcost::pktgen
