#include "campaign/selftest/trials.h"

#include <fmt/format.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "campaign/block_table.h"
#include "campaign/contrasts.h"
#include "campaign/run.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kPlain = 0, kPlanted = 1;  // paths: the mode and its repeat
constexpr double kToleranceNs = 10;
constexpr double kWidestNs = 60;  ///< A wider interval tells nothing of delays of 100 ns.

const auto kQuietly = [](const Progress&) {};

/// What the program did to packets of either path.
class Toggle {
 public:
  Toggle(Plant& plant, std::uint64_t ns) : plant_(plant), ns_(ns) {}
  void before_slot(std::size_t path) {
    settle();
    planted_ = path == kPlanted;
    plant_.set_delay(planted_ ? ns_ : 0);
  }
  /// Mean delay of the planted path's packets less that of the other's.
  [[nodiscard]] double planted_ns() {
    settle();
    return mean(on_) - mean(off_);
  }

 private:
  void settle() {
    const Plant::Counts now = plant_.counts();
    Plant::Counts& into = planted_ ? on_ : off_;
    into.spun += now.spun - last_.spun;
    into.spun_ns += now.spun_ns - last_.spun_ns;
    last_ = now;
  }
  static double mean(const Plant::Counts& c) {
    return c.spun == 0 ? 0 : static_cast<double>(c.spun_ns) / static_cast<double>(c.spun);
  }
  Plant& plant_;
  std::uint64_t ns_;
  bool planted_ = false;
  Plant::Counts on_, off_, last_;
};

BlockTable::Statistic hop_median(std::size_t hop) {
  return [hop](const SlotResult& s) { return s.hops[hop].times.interpolated_quantile(0.5); };
}

/// How far an estimate may be from the truth.
bool agrees(const Estimate& e, double truth) {
  return std::abs(e.value - truth) <= kToleranceNs + e.ci95.half_width();
}

std::string text_of(const Estimate& e) {
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}] ns", e.value, e.ci95.lo, e.ci95.hi);
}

std::string hop_name(const Path& path, std::size_t hop) {
  return fmt::format("{} > {}", hop == 0 ? "tx" : path.points[hop - 1].name, path.points[hop].name);
}

double widest_of(const std::vector<Estimate>& hops) {
  double widest = 0;
  for (const Estimate& e : hops)
    widest = std::max(widest, e.known ? e.ci95.half_width() : std::numeric_limits<double>::infinity());
  return widest;
}

Verdict judge_delay(const Path& path, const std::vector<SlotResult>& slots, std::size_t planted_hop,
                    double planted_ns, Verdict verdict) {
  const BlockTable table(slots);
  std::vector<Estimate> hops;
  for (std::size_t h = 0; h < path.points.size(); ++h)
    hops.push_back(over_blocks(table.differences(kPlanted, kPlain, SlotKind::kHop, hop_median(h))));
  const Estimate whole = over_blocks(table.differences(kPlanted, kPlain, SlotKind::kEnd, median_of));
  verdict.decided = whole.known && whole.ci95.half_width() <= kWidestNs;
  for (const Estimate& e : hops)
    verdict.decided = verdict.decided && e.known && e.ci95.half_width() <= kWidestNs;
  if (!verdict.decided) {
    verdict.found = fmt::format(
        "the machine was too busy to tell: {}, {} spent; widest of a hop +-{:.0f} ns, +-{:.0f} can be judged",
        whole.known ? "end to end " + text_of(whole) : "hardly a block was left",
        fmt::format("{:.1f} ns", planted_ns), widest_of(hops), kWidestNs);
    return verdict;
  }
  const auto most =
      static_cast<std::size_t>(std::ranges::max_element(hops, {}, &Estimate::value) - hops.begin());
  double others = 0;
  verdict.passed = agrees(whole, planted_ns);
  for (std::size_t h = 0; h < hops.size(); ++h) {
    verdict.passed = verdict.passed && agrees(hops[h], h == planted_hop ? planted_ns : 0);
    if (h != most) others = std::max(others, std::abs(hops[h].value));
  }
  verdict.found =
      planted_ns < 1
          ? fmt::format("end to end {}; every hop within {:.1f} ns", text_of(whole),
                        std::max(others, std::abs(hops[most].value)))
          : fmt::format("{} in {}, where {:.1f} ns were spent; other hops within {:.1f} ns; end to end {}",
                        text_of(hops[most]), hop_name(path, most), planted_ns, others, text_of(whole));
  return verdict;
}

}  // namespace

Result<Verdict> try_delay(Testbed& bed, const Config& config, const PlantSite& site, std::uint64_t ns) {
  auto plant = Plant::at(site);
  if (!plant) return forward(plant);
  Toggle toggle(*plant, ns);
  const Measured m =
      measure(bed, config, kQuietly,
              {.before_slot = [&](std::size_t path) { toggle.before_slot(path); }, .explain_repeat = true});
  if (!m.partial_reason.empty()) return error(Exit::kPartial, m.partial_reason);
  Verdict verdict;
  verdict.name = ns == 0 ? "A/A: nothing planted" : fmt::format("{} ns planted at {}", ns, site.text());
  return judge_delay(bed.paths()[kPlain], m.slots, site.hop, ns == 0 ? 0 : toggle.planted_ns(),
                     std::move(verdict));
}

Result<Verdict> try_loss(Testbed& bed, const Config& config, const PlantSite& site, std::uint64_t every) {
  auto plant = Plant::at(site);
  if (!plant) return forward(plant);
  plant->set_drop_every(every);
  const Measured m = measure(bed, config, kQuietly, {.explain_repeat = true});
  if (!m.partial_reason.empty()) return error(Exit::kPartial, m.partial_reason);
  std::uint64_t missed = 0;
  bool before_see_all = true, behind_miss_alike = true;
  for (const SlotResult& s : m.slots) {
    const std::uint64_t lost = s.taps.back().lost;
    missed += lost;
    if (s.kind != SlotKind::kHop) continue;
    for (std::size_t t = 0; t < s.taps.size(); ++t) {
      before_see_all = before_see_all && (t >= site.hop || s.taps[t].lost == 0);
      behind_miss_alike = behind_miss_alike && (t < site.hop || s.taps[t].lost == lost);
    }
  }
  const std::uint64_t dropped = plant->counts().dropped;
  Verdict verdict;
  verdict.name = fmt::format("each {}th packet dropped at {}", every, site.text());
  verdict.passed = dropped > 0 && missed == dropped && before_see_all && behind_miss_alike;
  verdict.found = fmt::format("{} dropped, {} missed{}{}", dropped, missed,
                              before_see_all ? "" : "; taps before it miss some",
                              behind_miss_alike ? "" : "; taps behind it disagree");
  return verdict;
}

Result<Verdict> try_stale_stamps(const Config& asked) {
  const Fd holder(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const unsigned flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  if (!holder.valid() || setsockopt(holder.get(), SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0)
    return errno_error(errno, "ask for receive time stamps");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the kernel switches it on from a work queue
  Config config = asked;
  config.modes = {"macvlan"};
  config.twin_of = "";
  config.tap_kind = "af_packet";
  config.max_blocks = 2;
  auto bed = Testbed::open(config);
  if (!bed) return forward(bed);
  const Measured m = measure(*bed, config, kQuietly);
  const Figures figures = analyse(m.paths, m.slots, config.gates, config.seed);
  Verdict verdict;
  verdict.name = "a socket asks for receive time stamps; af_packet taps on a macvlan";
  verdict.passed = figures.regime == "software" && !figures.fit;
  verdict.found =
      fmt::format("stamps: {}; the run calls itself {}", figures.regime, figures.fit ? "fit" : "unfit");
  return verdict;
}

}  // namespace hopcost::campaign
