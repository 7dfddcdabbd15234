#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "analyzer/offline/replay.h"

namespace hopcost::analyzer {
namespace {

/// Probes of a file's beginning that are remembered to find out how far the clocks are apart.
constexpr std::size_t kRemembered = 200'000;
/// Probes under way between two files at once, once the clocks are roughly told.
constexpr std::size_t kUnderWay = std::size_t{1} << 16;

std::uint64_t key_of(const Probe& p) {
  return std::uint64_t{p.flow} << 48 | p.sequence;
}

Result<void> rewind(ClockedCapture& c) {
  if (c.capture.rewind()) return {};
  return error(Exit::kUsage, fmt::format("{}: can't be read twice", c.capture.path()),
               "write it to a file first, or leave out --fit-clocks");
}

/// The least difference between the clocks among the probes at both files' beginnings.
Result<void> fit_roughly(Capture& first, ClockedCapture& other) {
  std::unordered_map<std::uint64_t, std::uint64_t> seen;
  while (seen.size() < kRemembered && first.next())
    if (const auto p = first.probe()) seen.try_emplace(key_of(*p), first.ns());
  ClockFit fit;
  for (std::size_t n = 0; n < 2 * kRemembered && other.capture.next(); ++n) {
    const auto p = other.capture.probe();
    if (!p) continue;
    if (const auto at = seen.find(key_of(*p)); at != seen.end()) fit.add(at->second, other.capture.ns());
  }
  if (fit.count() == 0) {
    return error(
        Exit::kUsage,
        fmt::format("{} and {} share no probe at their beginnings", first.path(), other.capture.path()),
        "cut both to the same time, or leave out --fit-clocks when their clocks are one");
  }
  other.clock = fit.line();
  other.clock.drift = 0;  // over a beginning it is noise
  return {};
}

/// Both files side by side: the line under all differences.
void fit_finely(std::vector<ClockedCapture>& captures) {
  std::unordered_map<std::uint64_t, std::uint64_t> first;
  std::vector<ClockFit> fits(captures.size());
  std::vector<std::uint64_t> order(kUnderWay);
  std::size_t next = 0;
  const auto probe = [&](std::size_t file, unsigned, const Probe& p, std::uint64_t) {
    const std::uint64_t key = key_of(p), ns = captures[file].capture.ns();
    if (file != 0) {
      if (const auto at = first.find(key); at != first.end()) fits[file].add(at->second, ns);
      return;
    }
    if (!first.try_emplace(key, ns).second) return;
    if (first.size() > kUnderWay) first.erase(order[next]);
    order[next] = key;
    next = (next + 1) % kUnderWay;
  };
  replay(
      captures, probe, [] {}, [] { return false; });
  for (std::size_t i = 1; i < captures.size(); ++i)
    if (fits[i].count() > 0) captures[i].clock = fits[i].line();
}

}  // namespace

Result<void> fit_clocks(std::vector<ClockedCapture>& captures) {
  for (std::size_t i = 1; i < captures.size(); ++i) {
    if (auto r = fit_roughly(captures[0].capture, captures[i]); !r) return r;
    if (auto r = rewind(captures[0]); !r) return r;
    if (auto r = rewind(captures[i]); !r) return r;
    // A probe that the first file saw later than the other must be there when the other's comes up.
    captures[i].clock.base_ns -= 1'000'000;
  }
  fit_finely(captures);
  for (auto& c : captures)
    if (auto r = rewind(c); !r) return r;
  return {};
}

}  // namespace hopcost::analyzer
