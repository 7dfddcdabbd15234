#include "analyzer/watch/path.h"

#include <algorithm>
#include <ctime>

namespace hopcost::analyzer {

namespace {

/// Feeds one tap's probes to the path's lanes.
struct TapFeed {
  Lanes& lanes;
  unsigned tap;
  std::uint64_t& others;
  void probe(const Probe& p, std::uint64_t ns, StampKind kind, unsigned cpu) noexcept {
    lanes.of(p.flow).probe(tap, p, ns, kind, cpu);
  }
  void foreign(std::uint64_t frames) noexcept {
    lanes.first().foreign(frames);
    others += frames;
  }
};

/// Feeds one tap's whole frames to the account.
struct FrameFeed {
  Account& account;
  unsigned tap;
  std::uint64_t& others;
  void frame(const Frame& f) noexcept { others += account.frame(tap, f) ? 0 : 1; }
};

std::uint64_t realtime_ns() noexcept {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

}  // namespace

std::vector<AnyTap> Path::set_taps(std::vector<AnyTap> taps) {
  std::swap(taps_, taps);
  account_.reset();
  if (!taps_.empty()) account_.emplace(taps_.size(), options_);
  drops_.assign(taps_.size(), 0);
  others_.assign(taps_.size(), 0);
  return taps;
}

/// Drains some packets of each tap. Whether a tap may hold more.
bool Path::drain_some(std::size_t most) noexcept {
  bool more = false;
  for (unsigned i = 0; i < taps_.size(); ++i) {
    if (account_->wants_frames()) {
      FrameFeed feed{*account_, i, others_[i]};
      more |= taps_[i].drain_frames(feed, most) >= most;
    } else {
      TapFeed feed{*account_->lanes(), i, others_[i]};
      more |= taps_[i].drain(feed, most) >= most;
    }
  }
  return more;
}

// Drains the taps in turns of at most a quarter of the window each. After a stall the rings hold more packets
// than the window remembers: if one tap were drained whole, its own packets would push each other out before
// the next tap's came.
void Path::drain() noexcept {
  constexpr int kMostTurns = 256;  // so that a flood can't keep us here
  const std::size_t most = std::max<std::size_t>(options_.window / 4, 256);
  for (int turn = 0; turn < kMostTurns && drain_some(most); ++turn) {
  }
  if (account_) account_->settle(realtime_ns());
}

void Path::discard() noexcept {
  DiscardSink sink;
  for (auto& tap : taps_) {
    tap.drain(sink);
    (void)tap.take_drops();
  }
  std::ranges::fill(drops_, 0);
  std::ranges::fill(others_, 0);
}

std::vector<TapFacts> Path::facts() {
  std::vector<TapFacts> facts;
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    drops_[i] += taps_[i].take_drops();
    const TapSpec& spec = taps_[i].spec();
    facts.push_back({spec.name, taps_[i].inherits_stamp(), drops_[i],
                     spec.device.empty() ? "" : spec.device + "@" + spec.netns, spec.tracepoint});
  }
  return facts;
}

unsigned Path::settle_ms() const noexcept {
  unsigned longest = 0;
  for (const auto& tap : taps_) longest = std::max(longest, tap.settle_ms());
  return longest;
}

}  // namespace hopcost::analyzer
