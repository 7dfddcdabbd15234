// A stand-alone run as text for people.
#pragma once

#include <string>

#include "pktgen/options/validate.h"
#include "pktgen/session/session.h"

namespace hopcost::pktgen {

/// One line on what is about to be sent: port, mode, frame, load, seed.
[[nodiscard]] std::string opening_text(const Plan& plan, const Session& session);

/// The result: several lines, each ended by a line break.
[[nodiscard]] std::string report_text(const Plan& plan, const Outcome& o);

/// One line: the label, then quantiles in ns; empty for an empty histogram.
[[nodiscard]] std::string latency_text(const char* label, const HdrHistogram& h);

/// 1234567 -> "1.235 M"
[[nodiscard]] std::string scaled(double value);

}  // namespace hopcost::pktgen
