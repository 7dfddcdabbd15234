// The kinds of tap this build has, as one type. Adding a kind: its folder, and one word in tap/meson.build.
#pragma once

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/tap/kinds.h"
#include "analyzer/tap/tap.h"

namespace hopcost::analyzer {

/// Between two drains of open taps. A timer and not the socket wakes the reader, so that no packet pays for a
/// wake-up.
inline constexpr std::chrono::milliseconds kReadEvery{4};

/// A tap of any kind: dispatched once per drain, not once per packet.
class AnyTap {
 public:
  /// Enters the tap's namespace during the call. Errors: kUsage for an unknown kind, kMissing for
  /// one not built, else the kind's own.
  [[nodiscard]] static Result<AnyTap> open(const TapSpec& spec, const TapOptions& options);

  /// Opens all of them side by side, since each waits for the kernel. All or none. Of several at one point
  /// the kernel serves the first named first.
  [[nodiscard]] static Result<std::vector<AnyTap>> open_all(const std::vector<TapSpec>& specs,
                                                            const TapOptions& options);

  /// Takes them out of the packets' path, side by side: one grace period of the kernel's.
  static void detach_all(std::vector<AnyTap>& taps);

  /// Closes them side by side; when this returns nothing of theirs is left in the kernel.
  static void close_all(std::vector<AnyTap> taps);

  template <TapSink S>
  std::size_t drain(S& sink, std::size_t most = kAllEvents) noexcept {
    return std::visit([&](auto& t) noexcept { return t.drain(sink, most); }, tap_);
  }
  /// As frames; 0 for a kind that has none.
  template <FrameSink S>
  std::size_t drain_frames(S& sink, std::size_t most) noexcept {
    return std::visit(
        [&](auto& t) noexcept -> std::size_t {
          if constexpr (requires { t.drain_frames(sink, most); }) {
            return t.drain_frames(sink, most);
          } else {
            return 0;
          }
        },
        tap_);
  }
  [[nodiscard]] std::uint64_t take_drops() noexcept {
    return std::visit([](auto& t) noexcept { return t.take_drops(); }, tap_);
  }
  [[nodiscard]] unsigned settle_ms() const noexcept {
    return std::visit([](const auto& t) noexcept { return t.settle_ms(); }, tap_);
  }
  [[nodiscard]] bool inherits_stamp() const noexcept {
    return std::visit([](const auto& t) noexcept { return t.inherits_stamp(); }, tap_);
  }
  /// T::kSees of its kind.
  [[nodiscard]] std::string_view sees() const noexcept {
    return std::visit([](const auto& t) { return std::string_view(t.kSees); }, tap_);
  }
  /// With the kind that was opened, never "auto".
  [[nodiscard]] const TapSpec& spec() const noexcept { return spec_; }

 private:
  AnyTap(TapSpec spec, TapKinds tap) : spec_(std::move(spec)), tap_(std::move(tap)) {}
  TapSpec spec_;
  TapKinds tap_;
};

/// A kind of tap of the source tree.
struct TapKindEntry {
  std::string name;
  std::string why_not;  ///< Why it is not built or not usable here; empty when it is.
};
/// The best first. Built kinds are tried.
[[nodiscard]] std::vector<TapKindEntry> list_tap_kinds();
/// Points of a device that some built kind can watch, besides "in" and "out".
[[nodiscard]] std::vector<std::string> list_tap_points();
/// The first usable one; tried once a process.
[[nodiscard]] const std::string& best_tap_kind();

}  // namespace hopcost::analyzer
