// Runs of one lane with fewer words.
#pragma once

#include <vector>

#include "pktgen/send/lanes_hand.h"

namespace hopcost::pktgen {

template <TxPort P, FrameSource<P> S, RunClock C, class Plan>
SendEnd pace_one(P& port, S& source, const SendJob& job, C& clock, const Plan& plan, Audit& audit,
                 SendCount& run, LaneCount lane = {}, LatenessBoard* board = nullptr) {
  using E = LentFrames<P, S, C>;
  std::vector<E> emitters{E(port, source, lane, job, clock, run)};
  PortShare share{.lanes = 1};
  std::vector<LaneRecord> records{{.count = &lane, .port = &share, .board = board}};
  LanesHand<E, OneLane, C> hand(
      {.emitters = emitters, .records = records, .job = job, .run = run, .clock = clock, .audit = audit},
      OneLane{});
  const SendEnd end = pace(hand, job, clock, plan, audit, run);
  audit.add(records.front().lateness);
  return end;
}

template <TxPort P, FrameSource<P> S, RunClock C>
SendEnd flat_out_one(P& port, S& source, const SendJob& job, C& clock, SendCount& run, LaneCount lane = {}) {
  LentFrames<P, S, C> emitter(port, source, lane, job, clock, run);
  return send_flat_out(emitter, job, clock, run);
}

}  // namespace hopcost::pktgen
