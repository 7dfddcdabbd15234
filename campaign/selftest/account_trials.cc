// try_fault() and try_stale_stamps() of trials.h: what has to be counted, and what has to be noticed.
#include <fmt/format.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/units.h"
#include "campaign/figures/analysis.h"
#include "campaign/measure/run.h"
#include "campaign/selftest/trials.h"

namespace hopcost::campaign {
namespace {

constexpr int kFaultSlots = 4, kMostTries = 20;

const auto kQuietly = [](const Progress&) {};

std::uint64_t of(Fault fault, const TapCount& tap) {
  return fault == Fault::kLoss ? tap.lost : fault == Fault::kCopies ? tap.duplicates : tap.reordered;
}

std::uint64_t made_by(const Plant& plant, Fault fault) {
  return fault == Fault::kLoss ? plant.dropped() : fault == Fault::kCopies ? plant.copied() : plant.swapped();
}

const char* word(Fault fault) {
  return fault == Fault::kLoss     ? "dropped"
         : fault == Fault::kCopies ? "sent twice"
                                   : "swapped with its neighbour";
}

void plant_fault(Plant& plant, Fault fault, std::uint64_t every) {
  if (fault == Fault::kLoss) plant.set_drop_every(every);
  if (fault == Fault::kCopies) plant.set_copy_every(every);
  if (fault == Fault::kOrder) plant.set_swap_every(every);
}

/// Sums over slots: what the taps before the site counted, and what each tap after it did.
struct Counts {
  std::uint64_t before = 0;
  std::vector<std::uint64_t> behind;
  bool accounted = true;  ///< sent = received + lost at every tap.
};

void count(const SlotResult& slot, Fault fault, std::size_t site_hop, Counts& counts) {
  for (const LaneSlot& lane : slot.lanes) {
    counts.behind.resize(lane.taps.size() - std::min(site_hop, lane.taps.size()));
    for (std::size_t t = 0; t < lane.taps.size(); ++t) {
      (t < site_hop ? counts.before : counts.behind[t - site_hop]) += of(fault, lane.taps[t]);
      counts.accounted = counts.accounted && lane.taps[t].seen + lane.taps[t].lost == lane.sent;
    }
  }
}

/// Whether something else than the plant may have changed the counts. When the sender is interrupted between
/// two neighbours whose numbers are swapped, it looks as if it had started again. And the kernel's queue of
/// packets that came in is the CPU's, whatever their namespace: when others flood it, packets of ours are
/// dropped.
bool is_disturbed(const SlotResult& slot) {
  const auto restarted = [](const LaneSlot& l) { return l.restarts > 0; };
  return slot.disturbance.dropped > 0 || std::ranges::any_of(slot.lanes, restarted);
}

}  // namespace

Result<Verdict> try_fault(Bench& bench, const Config& config, const PlantSite& site, Fault fault,
                          std::uint64_t every) {
  auto plant = Plant::at(site, config.sizes.front() - kFcsBytes);
  if (!plant) return forward(plant);
  plant_fault(*plant, fault, every);
  // A copy passes the device's transmit side once more, and so the tap there.
  const std::size_t first_behind = fault == Fault::kCopies ? site.hop - 1 : site.hop;
  Counts counts;
  std::uint64_t made = 0;
  int slots = 0;
  for (int tries = 0; slots < kFaultSlots && tries < kMostTries; ++tries) {
    const std::uint64_t before = made_by(*plant, fault);
    auto slot = bench.run({0, SlotKind::kAll});
    if (!slot) return forward(slot);
    if (is_disturbed(*slot)) continue;
    count(*slot, fault, first_behind, counts);
    made += made_by(*plant, fault) - before;
    ++slots;
  }
  Verdict verdict;
  verdict.name = fmt::format("each {}th {} {} at {}", every, fault == Fault::kOrder ? "pair" : "packet",
                             fault == Fault::kOrder ? "swapped" : word(fault), site.text());
  verdict.passed = made > 0 && counts.before == 0 && counts.accounted && !counts.behind.empty();
  verdict.found = fmt::format("{} planted; taps before it count {}, those behind it", made, counts.before);
  for (const std::uint64_t n : counts.behind) {
    verdict.passed = verdict.passed && n == made;
    verdict.found += fmt::format(" {}", n);
  }
  if (!counts.accounted) verdict.found += "; sent is not received + lost";
  verdict.decided = slots == kFaultSlots;
  if (!verdict.decided)
    verdict.found +=
        fmt::format("; only {} of {} slots were undisturbed, in {} tries", slots, kFaultSlots, kMostTries);
  return verdict;
}

Result<Verdict> try_stale_stamps(const Config& asked, Sites& sites) {
  const Fd holder(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const unsigned flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  if (!holder.valid() || setsockopt(holder.get(), SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0)
    return errno_error(errno, "ask for receive time stamps");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the kernel switches it on from a work queue
  Config config = asked;
  config.modes = {"macvlan"};
  config.tap_kind = "af_packet";
  config.builds = 1;
  auto layout = campaign_layout(config);
  if (!layout) return forward(layout);
  auto bench = Bench::open(config, std::move(*layout), sites);
  if (!bench) return forward(bench);
  const Figures figures = analyse(measure(*bench, config, kQuietly), config.seed);
  Verdict verdict;
  verdict.name = "a socket asks for receive time stamps; af_packet taps on a macvlan";
  verdict.passed = figures.regime == "software" && !figures.fit;
  verdict.found =
      fmt::format("stamps: {}; the run calls itself {}", figures.regime, figures.fit ? "fit" : "unfit");
  return verdict;
}

}  // namespace hopcost::campaign
