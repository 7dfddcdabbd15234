#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "analyzer/offline/replay.h"

namespace hopcost::analyzer {
namespace {

/// Packets of a file's beginning that are remembered to find how far apart the clocks are.
constexpr std::size_t kRemembered = 200'000;
/// Packets remembered as under way between two files, once the clocks are roughly known.
constexpr std::size_t kUnderWay = std::size_t{1} << 16;

/// The first file's packets, and when it saw them. A number that two packets share is of no use.
class Seen {
 public:
  /// True when the key is new.
  bool put(std::uint64_t key, std::uint64_t ns) {
    const auto [at, fresh] = times_.try_emplace(key, ns);
    if (!fresh) at->second = kAmbiguous;
    return fresh;
  }
  [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t key) const {
    const auto at = times_.find(key);
    return at == times_.end() || at->second == kAmbiguous ? std::nullopt : std::optional(at->second);
  }
  void erase(std::uint64_t key) { times_.erase(key); }
  [[nodiscard]] std::size_t size() const { return times_.size(); }

 private:
  static constexpr std::uint64_t kAmbiguous = ~std::uint64_t{0};
  std::unordered_map<std::uint64_t, std::uint64_t> times_;
};

Result<void> rewind(ClockedCapture& c) {
  if (c.capture.rewind()) return {};
  return error(Exit::kUsage, fmt::format("{}: can't be read twice", c.capture.path()),
               "write it to a file first, or leave out --fit-clocks");
}

/// How far one clock is ahead of the first file's. While the files are read it is guessed, rather too low
/// than too high: a packet that is taken too late still finds its twin, one that is taken too early does not.
class Tracker {
 public:
  /// Two clocks drift apart by less than this: crystals by 100 ppm, plus what NTP adds when it slews a clock.
  static constexpr double kMostDrift = 300e-6;
  /// Room for packets that the first file saw later than the other: they must be known when the other's comes
  /// up.
  static constexpr double kRoomNs = 1e6;

  /// Takes in a packet that is in both files' beginnings.
  void begin(std::uint64_t first_ns, std::uint64_t other_ns) {
    const auto ahead = static_cast<std::int64_t>(other_ns - first_ns);
    if (!begun_) {
      origin_ = first_ns;
      base_ = ahead;
    }
    const double since = since_origin(first_ns);
    const double least = static_cast<double>(ahead - base_) + kMostDrift * since;
    least_ = begun_ ? std::min(least_, least) : least;
    begun_ = true;
  }
  [[nodiscard]] bool begun() const { return begun_; }
  /// A line below all differences so far, which falls as fast as the other clock may at most lose time.
  [[nodiscard]] ClockLine first_guess() const {
    return {.origin_ns = origin_, .base_ns = base_, .offset_ns = least_ - kRoomNs, .drift = -kMostDrift};
  }

  /// Takes in a packet that both files have, later on. After each stretch of time gives a better guess: the
  /// line below all differences so far, continued from here with the steepest fall.
  std::optional<ClockLine> pass(std::uint64_t first_ns, std::uint64_t other_ns) {
    constexpr double kLeastNs = 0.5e9, kMostNs = 10e9;
    fit_.add(first_ns, other_ns);
    const double since = since_origin(first_ns);
    if (since - guessed_at_ < std::clamp(since / 100, kLeastNs, kMostNs)) return std::nullopt;
    guessed_at_ = since;
    ClockLine line = fit_.line();
    line.offset_ns += line.drift * static_cast<double>(static_cast<std::int64_t>(first_ns - line.origin_ns));
    line.offset_ns -= kRoomNs;
    line.origin_ns = first_ns;
    line.drift = -kMostDrift;
    return line;
  }
  [[nodiscard]] const ClockFit& fit() const { return fit_; }

 private:
  [[nodiscard]] double since_origin(std::uint64_t ns) const {
    return static_cast<double>(static_cast<std::int64_t>(ns - origin_));
  }
  bool begun_ = false;
  std::uint64_t origin_ = 0;
  std::int64_t base_ = 0;
  double least_ = 0;
  double guessed_at_ = 0;
  ClockFit fit_;
};

Result<void> nothing_shared(const Capture& first, const Capture& other, Match match) {
  return error(Exit::kUsage,
               fmt::format("{} and {} share no {} at their beginnings", first.path(), other.path(),
                           match == Match::kProbe ? "probe" : "packet"),
               "cut both to the same time, or leave out --fit-clocks if they have the same clock");
}

/// Makes the first guess, from both files' beginnings.
Result<void> guess(Capture& first, ClockedCapture& other, Match match, Tracker& tracker) {
  Seen seen;
  while (seen.size() < kRemembered && first.next())
    if (const auto key = first.key(match)) seen.put(*key, first.ns());
  for (std::size_t n = 0; n < 2 * kRemembered && other.capture.next(); ++n) {
    const auto key = other.capture.key(match);
    if (!key) continue;
    if (const auto at = seen.find(*key)) tracker.begin(*at, other.capture.ns());
  }
  if (!tracker.begun()) return nothing_shared(first, other.capture, match);
  other.clock = tracker.first_guess();
  return {};
}

/// Reads all files side by side, in the order of their guessed clocks, and gives each clock the line below
/// all differences.
Result<void> fit(std::vector<ClockedCapture>& captures, std::vector<Tracker>& trackers, Match match) {
  Seen first;
  std::vector<std::uint64_t> order(kUnderWay);
  std::size_t next = 0;
  const auto packet = [&](std::size_t file, const Capture& c, std::uint64_t) {
    const auto key = c.key(match);
    if (!key) return;
    if (file != 0) {
      const auto at = first.find(*key);
      if (!at) return;
      if (const auto better = trackers[file].pass(*at, c.ns())) captures[file].clock = *better;
      return;
    }
    if (!first.put(*key, c.ns())) return;
    if (first.size() > kUnderWay) first.erase(order[next]);
    order[next] = *key;
    next = (next + 1) % kUnderWay;
  };
  replay(captures, packet, [] { return false; });
  for (std::size_t i = 1; i < captures.size(); ++i) {
    if (trackers[i].fit().count() == 0)
      return nothing_shared(captures[0].capture, captures[i].capture, match);
    captures[i].clock = trackers[i].fit().line();
  }
  return {};
}

}  // namespace

Result<void> fit_clocks(std::vector<ClockedCapture>& captures, Match match) {
  std::vector<Tracker> trackers(captures.size());
  for (std::size_t i = 1; i < captures.size(); ++i) {
    if (auto r = guess(captures[0].capture, captures[i], match, trackers[i]); !r) return r;
    if (auto r = rewind(captures[0]); !r) return r;
    if (auto r = rewind(captures[i]); !r) return r;
  }
  if (auto r = fit(captures, trackers, match); !r) return r;
  for (auto& c : captures)
    if (auto r = rewind(c); !r) return r;
  return {};
}

}  // namespace hopcost::analyzer
