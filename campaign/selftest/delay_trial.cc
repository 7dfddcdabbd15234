// try_delay() of trials.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/programs.h"
#include "base/signals.h"
#include "base/units.h"
#include "campaign/figures/measured.h"
#include "campaign/selftest/claims.h"
#include "campaign/selftest/trials.h"

namespace hopcost::campaign {
namespace {

constexpr unsigned kSlotsATap = 2;  ///< So many in a row, before another tap is opened.

/// By how much longer the delayed lane's packets were held than the other lane's, on average.
class Spent {
 public:
  /// Only packets that are held from now on count.
  void skip(const Plant& plant) noexcept { last_ = now(plant); }
  /// Adds what was held since then.
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
  Both last_, held_;  // index of the first: odd; of the second: delayed
};

void note(Shown& shown, std::size_t tap, const LaneSlot& delayed, const LaneSlot& other) {
  if (delayed.pairs.size() != 2 || other.pairs.size() != 2) return;
  std::vector<double> whole, at_tap, rest;
  for (std::size_t r = 0; r < std::min(delayed.pairs[0].size(), other.pairs[0].size()); ++r) {
    whole.push_back(delayed.pairs[1][r] - other.pairs[1][r]);
    at_tap.push_back(delayed.pairs[0][r] - other.pairs[0][r]);
    rest.push_back(whole.back() - at_tap.back());
  }
  const auto put = [](std::vector<double>& into, std::vector<double> differences) {
    if (const auto spread = spread_of(std::move(differences))) into.push_back(spread->value);
  };
  put(shown.whole, std::move(whole));
  if (tap == 0) put(shown.first, std::move(at_tap));
  put(shown.from_tap_to_end[tap], std::move(rest));
}

/// By hop: "tx > wire".
std::vector<std::string> hop_names(const Path& path) {
  std::vector<std::string> names;
  std::string from = "tx";
  for (const Point& p : path.points)
    names.push_back(fmt::format("{} > {}", std::exchange(from, p.name), p.name));
  return names;
}

}  // namespace

Result<Layout> two_lanes_on(const std::string& mode) {
  auto folder = find_data("topologies");
  if (!folder) return forward(folder);
  auto topology = nsglue::find_topology(mode, *folder);
  if (!topology) return forward(topology);
  return Layout{{std::move(*topology)}, {{mode, 0, Role::kMode}, {"=" + mode, 0, Role::kRepeat}}};
}

Result<Verdict> try_delay(Bench& bench, const Config& config, const PlantSite& site, std::uint64_t ns,
                          Random& draw) {
  using Clock = std::chrono::steady_clock;
  auto plant = Plant::at(site, config.sizes.front() - kFcsBytes);
  if (!plant) return forward(plant);
  Spent spent;
  const Path& path = bench.build().paths().front();
  const std::size_t taps = path.points.size() - 1;
  Shown shown{{}, {}, std::vector<std::vector<double>>(taps)};
  const auto end = Clock::now() + std::chrono::duration<double>(config.budget_s);
  for (std::size_t i = 0; Clock::now() < end && !stop_requested(); ++i) {
    const std::size_t tap = i / kSlotsATap % taps;
    const std::size_t delayed = draw.below(2);
    // Each slot takes two flow ids, so lane 0 always has an even one and lane 1 an odd one.
    plant->set_delay(delayed == 1, ns);
    plant->set_delay(delayed == 0, 0);
    spent.skip(*plant);
    auto slot = bench.run({0, SlotKind::kHop, {tap}});
    if (!slot) return forward(slot);
    if (!slot->counts()) continue;
    spent.take(*plant, delayed == 1);
    note(shown, tap, slot->lanes[delayed], slot->lanes[1 - delayed]);
  }
  Verdict verdict;
  verdict.name = ns == 0 ? "A/A: nothing planted" : fmt::format("{} ns planted at {}", ns, site.text());
  return judge_delay(hop_names(path), shown, site.hop, ns == 0 ? 0 : spent.ns(), std::move(verdict));
}

}  // namespace hopcost::campaign
