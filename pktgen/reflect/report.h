// What a reflector did, for a person and for programs.
#pragma once

#include <cstdint>
#include <string>

#include "pktgen/io/port.h"
#include "pktgen/reflect/result.h"

namespace hopcost::pktgen {

/// What is reported on.
struct ReflectorInfo {
  PortSpec port;
  PortInfo info;
  bool limited = false;  ///< It was to end by itself.
};

/// Why a result is partial; empty when it is whole. One without limits ends by being stopped.
[[nodiscard]] std::string partial_reason(const ReflectorInfo& about, const ReflectResult& r);

/// Several lines, the last one ended.
[[nodiscard]] std::string reflect_text(const ReflectorInfo& about, const ReflectResult& r);
/// One JSON object (doc/reflect.md), one line.
[[nodiscard]] std::string reflect_json(const ReflectorInfo& about, const ReflectResult& r);
/// The line of an interval, one JSON object: totals since the begin, `pps` over the interval.
[[nodiscard]] std::string reflect_line(std::uint64_t elapsed_ns, const ReflectCounts& counts, double pps);

}  // namespace hopcost::pktgen
