// The stand-alone program's table, for people.
#pragma once

#include <string>
#include <vector>

#include "analyzer/output/summary.h"

namespace hopcost::analyzer {

/// One line of the table: the way from the sender to the first tap, each hop, and from the sender to the last
/// tap. Matched packets do not say when they were sent: their way begins at the first tap.
struct LatencyRow {
  std::string from, to;
  const LatencyStats* latency = nullptr;
  std::string invalid;
  const HopSummary* hop = nullptr;  ///< Null for the rows from the sender.
};

/// Rows of a summary; the last one only where no other row is the same.
[[nodiscard]] std::vector<LatencyRow> latency_rows(const Summary& summary);

/// What is counted: "probes" or "packets".
[[nodiscard]] std::string_view counted(const Summary& summary) noexcept;

/// "330 ns", "11.8 us": at most 7 characters.
[[nodiscard]] std::string time_text(std::uint64_t ns);
/// The same of a quantile; "-" when nothing was recorded, and when most differences are below zero.
[[nodiscard]] std::string quantile_text(const LatencyStats& latency, double q);

/// Of differences of which some are below zero: how many, and what it means.
[[nodiscard]] std::string negative_text(const LatencyStats& latency);

/// Share of a row's probes that changed the CPU, "0.0 %"; "-" where no CPU is known.
[[nodiscard]] std::string cross_text(const LatencyRow& row);
/// A line per hop that changes the CPU or is the kernel's backlog: what is known of it.
[[nodiscard]] std::vector<std::string> cpu_lines(const Summary& summary);

/// The tables of latencies and of counts, with what must be known to read them. `elapsed_s` is the time
/// counted.
[[nodiscard]] std::string report_text(const Summary& summary, double elapsed_s);

}  // namespace hopcost::analyzer
