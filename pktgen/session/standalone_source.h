// What a stand-alone run sends, and how fast: the plan with all that only the open port knows.
#pragma once

#include <span>

#include "base/result.h"
#include "pktgen/options/validate.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// One worker's part of a run. Workers share rate, count and trains evenly, and depart in turn where gaps are
/// constant or jittered. Each has flows of its own: flow ids that follow those of the worker before it, and
/// source ports one above where a flow's is fixed.
struct Share {
  std::size_t index = 0, of = 1;
  std::uint32_t link_mbps = 0;  ///< Of all ports together; 0: unknown.
  std::size_t lane = 0;         ///< With turns.
};

/// What the worker sends on `ports`: one, or with turns a lane on each, whose flow ids follow each other and
/// whose frames differ in nothing else but the device's MAC. The source MAC is the device's where the plan
/// leaves it open. The lanes' ports are the caller's to set. Errors: kUsage of frame, profile, rate, turns or
/// capture, or when there are not enough flow ids; kMissing when a share of the link's speed is asked for and
/// the device does not say that.
[[nodiscard]] Result<RunSpec> spec_of(const Plan& plan, std::span<const PortInfo> ports, std::uint64_t seed,
                                      const Share& share);
/// The same with lanes that are there already, which are moved from when there is no error.
[[nodiscard]] Result<RunSpec> spec_of(const Plan& plan, std::uint64_t seed, const Share& share,
                                      std::vector<LaneSpec>& lanes);

/// Of a frame of the run, with FCS.
[[nodiscard]] double mean_size(const Plan& plan, const AnySource& source);

/// What a rate is in packets a second and ns; empty for none or max. Errors: as spec_of().
[[nodiscard]] Result<std::vector<RateStep>> steps_of(const std::vector<RatePiece>& pieces, double mean_size,
                                                     std::uint32_t link_mbps);

/// How long after one worker's departures the next worker's are: trains interleave by their packets, constant
/// and jittered gaps by departures. Nothing for Poisson gaps, which need no help, and without a rate.
[[nodiscard]] std::optional<double> workers_apart_ns(const Plan& plan, const std::vector<RateStep>& steps);

/// Errors: kUsage when trains leave no pause at the highest of the rates.
[[nodiscard]] Result<void> check_train(const Plan& plan, const std::vector<RateStep>& steps);

}  // namespace hopcost::pktgen
