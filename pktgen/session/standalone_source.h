// What a stand-alone run sends, and how fast: the plan completed with what only the open port knows.
#pragma once

#include <span>

#include "base/result.h"
#include "pktgen/options/validate.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// One worker's part of a run. Workers share rate, count and trains evenly; with constant or jittered gaps
/// they depart in turn. Each has its own flows: the flow ids follow those of the worker before it, and fixed
/// source ports are one higher than that worker's.
struct Share {
  std::size_t index = 0, of = 1;
  std::uint32_t link_mbps = 0;  ///< Link speed of all ports together; 0: unknown.
  std::size_t lane = 0;         ///< Index of the lane, with turns.
};

/// What the worker sends on `ports`: one port, or with turns a lane on each. The lanes' flow ids follow each
/// other; otherwise their frames differ only in the device's MAC. The source MAC is the device's where the
/// plan leaves it open. The caller sets the lanes' ports. Errors: kUsage of frame, profile, rate, turns or
/// capture, or when there are not enough flow ids; kMissing when a share of the link's speed is asked for and
/// the device does not tell its speed.
[[nodiscard]] Result<RunSpec> spec_of(const Plan& plan, std::span<const PortInfo> ports, std::uint64_t seed,
                                      const Share& share);
/// The same with existing lanes, which are moved from if there is no error.
[[nodiscard]] Result<RunSpec> spec_of(const Plan& plan, std::uint64_t seed, const Share& share,
                                      std::vector<LaneSpec>& lanes);

/// Mean size of the run's frames, bytes with FCS.
[[nodiscard]] double mean_size(const Plan& plan, const AnySource& source);

/// The pieces in packets a second and ns; empty for no rate and for max. `mean_size` in bytes with FCS.
/// Errors: as spec_of().
[[nodiscard]] Result<std::vector<RateStep>> steps_of(const std::vector<RatePiece>& pieces, double mean_size,
                                                     std::uint32_t link_mbps);

/// How long one worker's departures come after those of the worker before it, so that the workers' packets
/// interleave: by packets with trains, by departures with constant and jittered gaps. Nothing without a rate,
/// and for Poisson gaps, which need no offset.
[[nodiscard]] std::optional<double> workers_apart_ns(const Plan& plan, const std::vector<RateStep>& steps);

/// Errors: kUsage when trains leave no pause at the highest of the rates.
[[nodiscard]] Result<void> check_train(const Plan& plan, const std::vector<RateStep>& steps);

}  // namespace hopcost::pktgen
