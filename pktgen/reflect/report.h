// A reflector's report, as text for people and as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "pktgen/io/port.h"
#include "pktgen/reflect/result.h"

namespace hopcost::pktgen {

/// The reflector that is reported on.
struct ReflectorInfo {
  PortSpec port;
  PortInfo info;
  bool limited = false;  ///< Whether it had a limit and was to end by itself.
};

/// Why a result is partial; empty when it is complete. Without limits being stopped is the regular end.
[[nodiscard]] std::string partial_reason(const ReflectorInfo& about, const ReflectResult& r);

/// Several lines, each ended by a line break.
[[nodiscard]] std::string reflect_text(const ReflectorInfo& about, const ReflectResult& r);
/// One JSON object (doc/reflect.md), one line.
[[nodiscard]] std::string reflect_json(const ReflectorInfo& about, const ReflectResult& r);
/// An interval's line, one JSON object: totals since the begin, `pps` over the interval.
[[nodiscard]] std::string reflect_line(std::uint64_t elapsed_ns, const ReflectCounts& counts, double pps);

}  // namespace hopcost::pktgen
