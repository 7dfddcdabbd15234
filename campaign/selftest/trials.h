// The self-test's trials. Each runs slots on a bench of its own kind and judges the result.
#pragma once

#include "campaign/bench/bench.h"
#include "campaign/selftest/plant.h"
#include "campaign/selftest/selftest.h"

namespace hopcost::campaign {

/// A layout of one mode, with two lanes on one path, whose trains leave in turn.
[[nodiscard]] Result<Layout> two_lanes_on(const std::string& mode);

/// Delays one of the two lanes by `ns` at `site`; 0 is the A/A trial. Which lane it is, is drawn from `draw`
/// for each slot. Passes when every hop, and the whole, differs between the lanes by what was planted there,
/// with error and half-width together within 10 ns.
[[nodiscard]] Result<Verdict> try_delay(Bench& bench, const Config& config, const PlantSite& site,
                                        std::uint64_t ns, Random& draw);

/// The faults that the taps' counts have to show.
enum class Fault { kLoss, kCopies, kOrder };

/// Drops every `every`-th probe at `site`, sends it twice, or swaps its number with its neighbour's. Passes
/// when each tap after the site counts exactly what the program did, the taps before it count none, and sent
/// = received + lost at each tap.
[[nodiscard]] Result<Verdict> try_fault(Bench& bench, const Config& config, const PlantSite& site,
                                        Fault fault, std::uint64_t every);

/// A layout of a mode and host; on host's lane only the tap at its end is ever opened.
[[nodiscard]] Result<Layout> mode_and_host(const std::string& mode);

/// Compares trains of 16 with trains of 64, and the first 6 untimed with the first 4 and 10: a mode's cost
/// has to be the same, to 15 ns. `bench` is of mode_and_host(). Gives a verdict for each comparison.
[[nodiscard]] Result<std::vector<Verdict>> try_trains(Bench& bench, const Config& config);

/// Compares all taps open with one at a time. Together they must cost at most the sum of what they cost one
/// by one, plus 15 ns, and no less than three quarters of that sum. `bench` as for try_trains().
[[nodiscard]] Result<Verdict> try_all_taps(Bench& bench, const Config& config);

/// Has a socket ask for receive time stamps while af_packet taps watch a macvlan. Passes when the run says
/// that it is unfit.
[[nodiscard]] Result<Verdict> try_stale_stamps(const Config& config, Sites& sites);

}  // namespace hopcost::campaign
