#include "nsglue/prove/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nsglue/show/path.h"

namespace hopcost::nsglue {
namespace {

constexpr std::size_t kSettingsTold = 3;

}  // namespace

void PathJudge::judge(const char* family, std::uint32_t arrived, bool timed) {
  const std::size_t lost = first_lost();
  const bool all_seen = lost == view_.taps.size();
  if (!all_seen) {
    faults_.push_back(fmt::format("{} probes are lost {}{}", family, between(lost), unquiet_at(lost)));
  } else if (arrived != kProbes) {
    const std::string& end = view_.ends_in_machine() ? view_.sender.node : view_.target.node;
    faults_.push_back(fmt::format("the socket in {} got {} of {} {} probes that passed every tap", end,
                                  arrived, kProbes, family));
  }
  judge_counts(family);
  judge_strangers(family);
  if (timed && all_seen) judge_order(family);
}

const std::vector<Sight>& PathJudge::at(const DeviceRef& device) const {
  return seen_[static_cast<std::size_t>(whole_.find(device) - whole_.devices.data())];
}

std::size_t PathJudge::count(const Tap& tap, std::uint32_t probe) const {
  return static_cast<std::size_t>(std::ranges::count_if(at(tap.at), [&](const Sight& s) {
    return s.sequence == base_ + probe && s.out == (tap.direction == "out");
  }));
}

std::int64_t PathJudge::time_at(const Tap& tap, std::uint32_t probe) const {
  for (const Sight& s : at(tap.at)) {
    if (s.sequence == base_ + probe && s.out == (tap.direction == "out")) return s.time_ns;
  }
  return 0;
}

/// The first tap that missed a probe; the number of taps when none did.
std::size_t PathJudge::first_lost() const {
  for (std::size_t i = 0; i < view_.taps.size(); ++i) {
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
      if (count(view_.taps[i], probe) == 0) return i;
    }
  }
  return view_.taps.size();
}

std::string PathJudge::between(std::size_t tap) const {
  const auto& taps = view_.taps;
  const std::string here = fmt::format("tap {} ({})", taps[tap].name, taps[tap].at.text());
  if (tap == 0) return fmt::format("between the sender {} and {}", view_.sender.text(), here);
  return fmt::format("between tap {} ({}) and {}", taps[tap - 1].name, taps[tap - 1].at.text(), here);
}

/// Settings that are not quiet in the nodes on both sides, as these may be the reason.
std::string PathJudge::unquiet_at(std::size_t tap) const {
  const std::string& before = tap == 0 ? view_.sender.node : view_.taps[tap - 1].at.node;
  std::vector<std::string> told;
  for (const Unquiet& u : unquiet_()) {
    const std::string node = u.where.substr(0, u.where.find('/'));
    if (node != before && node != view_.taps[tap].at.node) continue;
    if (told.size() < kSettingsTold) told.push_back(fmt::format("{} {} = {}", u.where, u.setting, u.value));
  }
  return told.empty() ? "" : fmt::format("; not quiet there: {}", fmt::join(told, ", "));
}

void PathJudge::judge_counts(const char* family) {
  for (const Tap& tap : view_.taps) {
    std::size_t most = 0;
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) most = std::max(most, count(tap, probe));
    if (most > 1)
      faults_.push_back(
          fmt::format("tap {} ({}) sees an {} probe {} times", tap.name, tap.at.text(), family, most));
  }
}

void PathJudge::judge_order(const char* family) {
  for (std::size_t i = 1; i < view_.taps.size(); ++i) {
    const Tap &before = view_.taps[i - 1], &after = view_.taps[i];
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
      if (time_at(after, probe) >= time_at(before, probe)) continue;
      return faults_.push_back(fmt::format("an {} probe passes tap {} ({}) before tap {} ({})", family,
                                           after.name, after.at.text(), before.name, before.at.text()));
    }
  }
}

/// Reports devices off the path that saw probes. Another container's devices count as well.
void PathJudge::judge_strangers(const char* family) {
  std::vector<DeviceRef> on_path;
  for (const Hop& hop : path_of(view_)) {
    if (hop.by == Way::kUnknown) return;  // the devices in between are not declared
    on_path.push_back(hop.at);
  }
  const auto is_own = [&](const Sight& s) { return s.sequence >= base_ && s.sequence < base_ + kProbes; };
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const DeviceRef& at = whole_.devices[i].at;
    if (std::ranges::none_of(seen_[i], is_own) || std::ranges::find(on_path, at) != on_path.end()) continue;
    faults_.push_back(fmt::format("{} probes pass {}, which is not on the path", family, at.text()));
  }
}

}  // namespace hopcost::nsglue
