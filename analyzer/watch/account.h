// What becomes of the packets of one path: probes go to their lane's correlator, packets without one to the
// matcher, as was asked for. The same for live taps and for capture files. One owner thread at a time.
#pragma once

#include <optional>
#include <span>

#include "analyzer/correlate/tallies.h"
#include "analyzer/match/match.h"
#include "analyzer/match/packet_matcher.h"
#include "analyzer/output/hop_capture.h"
#include "analyzer/output/summary.h"
#include "analyzer/watch/lanes.h"

namespace hopcost::analyzer {

class Account {
 public:
  /// What is accounted, and how much of it is remembered.
  struct Options {
    std::size_t window = std::size_t{1} << 16;  ///< Packets under way at once that are remembered.
    std::size_t max_flows = 1;                  ///< Of probes.
    Match match = Match::kProbe;
  };

  /// 1 to 16 taps.
  Account(std::size_t taps, Options options);

  /// From here on frames that are accounted go into `capture` as well, or nowhere when it is null.
  void record_into(HopCapture* capture) noexcept { capture_ = capture; }
  /// Whether packets are to be given as frames.
  [[nodiscard]] bool wants_frames() const noexcept { return matcher_ || capture_ != nullptr; }
  /// Accounts a frame. False when it carries nothing by which to know it.
  bool frame(unsigned tap, const Frame& f) noexcept;
  /// Null when packets are matched.
  [[nodiscard]] Lanes* lanes() noexcept { return lanes_ ? &*lanes_ : nullptr; }

  // The following do what the functions of these names do in Correlator and PacketMatcher.
  /// Accounts everything from here on.
  void listen();
  /// Once each tap has been drained after all were open: forgets what was seen.
  void begin();
  /// What is sent from here on does not count.
  void last_call() noexcept;
  /// Ends it: what is still under way is lost where it was.
  void close() noexcept;
  /// Counts and writes what has waited long enough; `now_ns` on the clock of the stamps.
  void settle(std::uint64_t now_ns) noexcept;

  /// A copy of what was counted since begin().
  [[nodiscard]] Tallies tallies() const;
  /// Summary of everything since begin(). Points into this Account.
  [[nodiscard]] Summary total(std::span<const TapFacts> taps) const;
  /// Summary of an interval. Points into `passed`.
  [[nodiscard]] Summary interval(const Tallies& passed, std::span<const TapFacts> taps) const;

 private:
  bool probe_frame(unsigned tap, const Frame& f) noexcept;

  Match match_;
  HopCapture* capture_ = nullptr;
  std::uint64_t handed_over_ns_ = 0;
  std::optional<Lanes> lanes_;
  std::optional<PacketMatcher> matcher_;
};

}  // namespace hopcost::analyzer
