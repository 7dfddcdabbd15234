#include "campaign/selftest/trials.h"

#include <fmt/format.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "base/signals.h"
#include "base/units.h"
#include "campaign/contrasts.h"
#include "campaign/run.h"
#include "stats/normal.h"
#include "wire/probe.h"

namespace hopcost::campaign {
namespace {

constexpr double kToleranceNs = 10;
constexpr double kWidestNs = 20;     ///< A wider interval tells nothing of a delay of 50 ns.
constexpr unsigned kSlotsATurn = 8;  ///< of one kind, before the taps are changed.

const auto kQuietly = [](const Progress&) {};

/// Where the flow id lies in a frame.
std::uint32_t flow_at(const Config& config) {
  return config.load.size - kFcsBytes - kProbeBytes + kProbeFlowOffset;
}

/// How much longer the packets of the delayed flow were held than those of the other, on average.
class Spent {
 public:
  /// What was held up to now counts to neither.
  void skip(const Plant& plant) noexcept { last_ = now(plant); }
  /// What was held since then.
  void take(const Plant& plant, bool delayed_odd) noexcept {
    const auto now = Spent::now(plant);
    for (const bool odd : {false, true}) {
      Plant::Held& into = held_[odd == delayed_odd];
      into.packets += now[odd].packets - last_[odd].packets;
      into.ns += now[odd].ns - last_[odd].ns;
    }
    last_ = now;
  }
  [[nodiscard]] double ns() const noexcept { return mean(held_[true]) - mean(held_[false]); }

 private:
  using Both = std::array<Plant::Held, 2>;
  static Both now(const Plant& plant) noexcept { return {plant.held(false), plant.held(true)}; }
  static double mean(const Plant::Held& h) noexcept {
    return h.packets == 0 ? 0 : static_cast<double>(h.ns) / static_cast<double>(h.packets);
  }
  Both last_, held_;  // by odd; by delayed
};

/// What slots showed: by slot, how much later the delayed flow's median packet was.
struct Shown {
  std::vector<std::vector<double>> hops;
  std::vector<double> whole;
};

double median(const HdrHistogram& times) {
  return times.interpolated_quantile(0.5);
}

void note(Shown& shown, const SlotResult& delayed, const SlotResult& other) {
  if (delayed.kind == SlotKind::kEnd) {
    shown.whole.push_back(median(delayed.end_to_end) - median(other.end_to_end));
    return;
  }
  for (std::size_t h = 0; h < shown.hops.size(); ++h)
    shown.hops[h].push_back(median(delayed.hops[h].times) - median(other.hops[h].times));
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

double width_of(const Estimate& e) {
  return e.known ? e.ci95.half_width() : kInfinite;
}

Verdict judge_delay(const Path& path, const Shown& shown, std::size_t planted_hop, double planted_ns,
                    Verdict verdict) {
  std::vector<Estimate> hops;
  for (const auto& slots : shown.hops) hops.push_back(over_blocks(slots));
  const Estimate whole = over_blocks(shown.whole);
  const double widest = std::max(width_of(whole), width_of(*std::ranges::max_element(hops, {}, width_of)));
  verdict.decided = widest <= kWidestNs;
  if (!verdict.decided) {
    verdict.found = fmt::format(
        "the machine was too busy to tell: {} slots left; {:.1f} ns spent; the widest interval is +-{:.0f} "
        "ns, "
        "+-{:.0f} can be judged",
        shown.whole.size() + shown.hops.front().size(), planted_ns, widest, kWidestNs);
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
  using Clock = std::chrono::steady_clock;
  auto plant = Plant::at(site, flow_at(config));
  if (!plant) return forward(plant);
  std::mt19937_64 random(config.seed);
  Spent spent;
  const Path& path = bed.paths().front();
  Shown shown{.hops = std::vector<std::vector<double>>(path.points.size()), .whole = {}};
  const auto end = Clock::now() + std::chrono::duration<double>(config.budget_s);
  for (unsigned i = 0; Clock::now() < end && !stop_requested(); ++i) {
    const SlotKind kind = i / kSlotsATurn % 2 == 0 ? SlotKind::kEnd : SlotKind::kHop;
    if (auto r = bed.enter(kind, {0}); !r) return forward(r);
    const bool odd = random() & 1u;
    plant->set_delay(odd, ns);
    plant->set_delay(!odd, 0);
    spent.skip(*plant);
    auto pair = bed.run_pair(config, {kind, 0});
    if (!pair) return forward(pair);
    if (!pair->even.counts()) continue;
    spent.take(*plant, odd);
    note(shown, odd ? pair->odd : pair->even, odd ? pair->even : pair->odd);
  }
  Verdict verdict;
  verdict.name = ns == 0 ? "A/A: nothing planted" : fmt::format("{} ns planted at {}", ns, site.text());
  return judge_delay(path, shown, site.hop, ns == 0 ? 0 : spent.ns(), std::move(verdict));
}

Result<Verdict> try_loss(Testbed& bed, const Config& config, const PlantSite& site, std::uint64_t every) {
  auto plant = Plant::at(site, flow_at(config));
  if (!plant) return forward(plant);
  plant->set_drop_every(every);
  const Measured m = measure(bed, config, kQuietly);
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
  const std::uint64_t dropped = plant->dropped();
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
