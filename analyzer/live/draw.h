// The live view as text: a pure function of what is known and of the screen. Knows no terminal and no clock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace hopcost::analyzer {

/// One hop, now and since the start. Times in ns.
struct LiveHop {
  std::string name;         ///< "wire > container"
  std::string invalid;      ///< Why it must not be read, or empty.
  std::string cross = "-";  ///< Share that changed the CPU, or "-".
  double per_second = 0;
  std::string negative;  ///< negative_text() where there are differences below zero, or empty.
  /// ns.
  struct Quantiles {
    std::uint64_t p50 = 0, p99 = 0, p999 = 0, max = 0;
  };
  std::optional<Quantiles> now, total;                 ///< None without a probe.
  std::deque<std::optional<std::uint64_t>> p50_trail;  ///< One an interval, the newest last.
};

/// One tap, since the start; the rate is of the last interval.
struct LiveTap {
  std::string name, regime;
  std::uint64_t seen = 0, missing = 0, ring_drops = 0, duplicates = 0, reordered = 0, ambiguous = 0;
  double per_second = 0;
};

/// All that is drawn.
struct LiveSnapshot {
  double elapsed_s = 0, interval_s = 0;
  std::string regime;
  std::vector<LiveHop> hops;
  std::vector<LiveTap> taps;
  bool matched = false;                 ///< Packets carry no probes; a tap's ambiguous ones are shown.
  std::vector<std::string> flows = {};  ///< A line each, those with most packets first.
  std::uint64_t foreign = 0, refused = 0, evicted = 0, restarts = 0;
  std::vector<std::string> notes = {};  ///< Of hops that change the CPU or are the kernel's backlog.
};

/// What the terminal can show.
struct Screen {
  unsigned columns = 80, rows = 24;
  bool utf8 = true;    ///< Else the sparkline is of ASCII characters.
  bool colour = true;  ///< Else no escape sequences at all.
};

/// Lines separated by "\n", at most `rows` of them, none wider than `columns`. Columns that do not fit are
/// left out, the least telling first. Control characters in names become '?'.
[[nodiscard]] std::string draw(const LiveSnapshot& snapshot, const Screen& screen);

/// The newest `width` of the trail as bars between its least and its largest value; a blank where there is
/// none.
[[nodiscard]] std::string sparkline(const std::deque<std::optional<std::uint64_t>>& trail, std::size_t width,
                                    bool utf8);

/// "950", "20.0k", "1.25M"
[[nodiscard]] std::string rate_text(double per_second);

}  // namespace hopcost::analyzer
