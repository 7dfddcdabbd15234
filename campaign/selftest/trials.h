// The self-test's trials. Each runs blocks on a testbed and judges what they show.
#pragma once

#include "campaign/selftest/plant.h"
#include "campaign/selftest/selftest.h"
#include "campaign/testbed.h"

namespace hopcost::campaign {

/// Two flows in turn, one of them delayed by `ns` at `site`; 0 is the A/A trial. Which one it is changes from
/// slot to slot at random. Passes when every hop of the first path of `bed` differs between them by what was
/// planted there, to 10 ns and its interval.
[[nodiscard]] Result<Verdict> try_delay(Testbed& bed, const Config& config, const PlantSite& site,
                                        std::uint64_t ns);

/// Each `every`-th packet is dropped at `site`. Passes when the taps behind it miss exactly what the program
/// dropped, and those before it nothing.
[[nodiscard]] Result<Verdict> try_loss(Testbed& bed, const Config& config, const PlantSite& site,
                                       std::uint64_t every);

/// A socket asks for receive time stamps while af_packet taps watch a macvlan. Passes when the run says it is
/// unfit.
[[nodiscard]] Result<Verdict> try_stale_stamps(const Config& config);

}  // namespace hopcost::campaign
