#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "analyzer/offline/replay.h"

namespace hopcost::analyzer {
namespace {

/// Packets of a file's beginning that are remembered to find out how far the clocks are apart.
constexpr std::size_t kRemembered = 200'000;
/// Packets under way between two files at once, once the clocks are roughly told.
constexpr std::size_t kUnderWay = std::size_t{1} << 16;

/// The first file's packets and when it saw them. A number that two packets have tells nothing.
class Seen {
 public:
  /// True when it was not there.
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

/// The least difference between the clocks among the packets at both files' beginnings.
Result<void> fit_roughly(Capture& first, ClockedCapture& other, Match match) {
  Seen seen;
  while (seen.size() < kRemembered && first.next())
    if (const auto key = first.key(match)) seen.put(*key, first.ns());
  ClockFit fit;
  for (std::size_t n = 0; n < 2 * kRemembered && other.capture.next(); ++n) {
    const auto key = other.capture.key(match);
    if (!key) continue;
    if (const auto at = seen.find(*key)) fit.add(*at, other.capture.ns());
  }
  if (fit.count() == 0) {
    return error(Exit::kUsage,
                 fmt::format("{} and {} share no {} at their beginnings", first.path(), other.capture.path(),
                             match == Match::kProbe ? "probe" : "packet"),
                 "cut both to the same time, or leave out --fit-clocks when their clocks are one");
  }
  other.clock = fit.line();
  other.clock.drift = 0;  // over a beginning it is noise
  return {};
}

/// Both files side by side: the line under all differences.
void fit_finely(std::vector<ClockedCapture>& captures, Match match) {
  Seen first;
  std::vector<ClockFit> fits(captures.size());
  std::vector<std::uint64_t> order(kUnderWay);
  std::size_t next = 0;
  const auto packet = [&](std::size_t file, const Capture& c, std::uint64_t) {
    const auto key = c.key(match);
    if (!key) return;
    if (file != 0) {
      if (const auto at = first.find(*key)) fits[file].add(*at, c.ns());
      return;
    }
    if (!first.put(*key, c.ns())) return;
    if (first.size() > kUnderWay) first.erase(order[next]);
    order[next] = *key;
    next = (next + 1) % kUnderWay;
  };
  replay(captures, packet, [] { return false; });
  for (std::size_t i = 1; i < captures.size(); ++i)
    if (fits[i].count() > 0) captures[i].clock = fits[i].line();
}

}  // namespace

Result<void> fit_clocks(std::vector<ClockedCapture>& captures, Match match) {
  for (std::size_t i = 1; i < captures.size(); ++i) {
    if (auto r = fit_roughly(captures[0].capture, captures[i], match); !r) return r;
    if (auto r = rewind(captures[0]); !r) return r;
    if (auto r = rewind(captures[i]); !r) return r;
    // A packet that the first file saw later than the other must be there when the other's comes up.
    captures[i].clock.base_ns -= 1'000'000;
  }
  fit_finely(captures, match);
  for (auto& c : captures)
    if (auto r = rewind(c); !r) return r;
  return {};
}

}  // namespace hopcost::analyzer
