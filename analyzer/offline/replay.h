// Capture files brought into one order of time. One owner thread.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/offline/capture.h"
#include "stats/clock_fit.h"

namespace hopcost::analyzer {

/// A capture and how far its clock is ahead of the first one's.
struct ClockedCapture {
  Capture capture;
  ClockLine clock;
};

/// Calls `packet(capture index, Capture&, ns)` for every packet of every tap, by time on the first
/// capture's clock. Stops early when `stopped()`.
template <class P, class S>
void replay(std::vector<ClockedCapture>& captures, P&& packet, S&& stopped) {
  struct Head {
    std::size_t index;
    std::uint64_t ns;
  };
  const auto aligned = [](const ClockedCapture& c) { return c.clock.first_clock(c.capture.ns()); };
  std::vector<Head> heads;
  for (std::size_t i = 0; i < captures.size(); ++i)
    if (captures[i].capture.next()) heads.push_back({i, aligned(captures[i])});
  while (!heads.empty() && !stopped()) {
    Head* first = &heads.front();
    for (Head& h : heads)
      if (h.ns < first->ns) first = &h;
    Capture& c = captures[first->index].capture;
    packet(first->index, c, first->ns);
    if (c.next()) {
      first->ns = aligned(captures[first->index]);
    } else {
      *first = heads.back();
      heads.pop_back();
    }
  }
}

/// Fits each further capture's clock to the first one's, from the packets both saw, and goes back to the
/// files' beginnings. Errors: kUsage for a pipe, and when two captures share no packet.
[[nodiscard]] Result<void> fit_clocks(std::vector<ClockedCapture>& captures, Match match);

}  // namespace hopcost::analyzer
