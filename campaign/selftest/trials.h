// The self-test's trials. Each runs slots on a bench of its own kind and judges what they show.
#pragma once

#include "campaign/bench/bench.h"
#include "campaign/selftest/plant.h"
#include "campaign/selftest/selftest.h"

namespace hopcost::campaign {

/// A bench of one mode with two lanes on one path, whose trains leave in turn.
[[nodiscard]] Result<Layout> two_lanes_on(const std::string& mode);

/// One of the two lanes is delayed by `ns` at `site`; 0 is the A/A trial. Which one it is, is drawn anew for
/// each slot from `draw`. Passes when every hop, and the whole, differs between the lanes by what was planted
/// there, error and half-width together within 10 ns.
[[nodiscard]] Result<Verdict> try_delay(Bench& bench, const Config& config, const PlantSite& site,
                                        std::uint64_t ns, Random& draw);

/// What is planted so that the counts have to show it.
enum class Fault { kLoss, kCopies, kOrder };

/// Each `every`-th probe is dropped, sent twice, or trades its number with its neighbour's at `site`. Passes
/// when the taps behind it count exactly what the program did, those before it nothing, and sent = received +
/// lost at each.
[[nodiscard]] Result<Verdict> try_fault(Bench& bench, const Config& config, const PlantSite& site,
                                        Fault fault, std::uint64_t every);

/// A bench of a mode and, as the lane that no tap but its end's is opened on, host.
[[nodiscard]] Result<Layout> mode_and_host(const std::string& mode);

/// Trains of 16 against trains of 64, and the first 4, 6 and 10 untimed: a mode's cost has to be the same, to
/// 15 ns. `bench` is of mode_and_host(). A verdict a comparison.
[[nodiscard]] Result<std::vector<Verdict>> try_trains(Bench& bench, const Config& config);

/// All taps open against one at a time: together they cost at most what they cost one by one, to 15 ns, and
/// no less than three quarters of it. `bench` as for try_trains().
[[nodiscard]] Result<Verdict> try_all_taps(Bench& bench, const Config& config);

/// A socket asks for receive time stamps while af_packet taps watch a macvlan. Passes when the run says it is
/// unfit.
[[nodiscard]] Result<Verdict> try_stale_stamps(const Config& config, Sites& sites);

}  // namespace hopcost::campaign
