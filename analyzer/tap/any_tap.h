// The kinds of tap this build has, as one type. Adding a kind: its folder, one word in the variant, one line
// in any_tap.cc.
#pragma once

#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/tap/af_packet/af_packet_tap.h"
#include "analyzer/tap/tap.h"

namespace hopcost::analyzer {

/// A tap of any kind: dispatched once per drain, not once per packet.
class AnyTap {
 public:
  using Kinds = std::variant<AfPacketTap>;

  /// Enters the tap's namespace for the time of the call. Errors: kUsage for an unknown kind, else the kind's
  /// own.
  [[nodiscard]] static Result<AnyTap> open(const TapSpec& spec, const TapOptions& options);

  /// Opens all of them side by side, since each waits for the kernel. All or none.
  [[nodiscard]] static Result<std::vector<AnyTap>> open_all(const std::vector<TapSpec>& specs,
                                                            const TapOptions& options);

  /// Takes them out of the packets' path, side by side: one grace period of the kernel's.
  static void detach_all(std::vector<AnyTap>& taps);

  /// Closes them side by side; when this returns nothing of theirs is left in the kernel.
  static void close_all(std::vector<AnyTap> taps);

  template <TapSink S>
  std::size_t drain(S& sink) noexcept {
    return std::visit([&](auto& t) noexcept { return t.drain(sink); }, tap_);
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
  [[nodiscard]] std::string_view sees() const noexcept {
    return std::visit([](const auto& t) { return std::string_view(t.kSees); }, tap_);
  }
  [[nodiscard]] const TapSpec& spec() const noexcept { return spec_; }

 private:
  AnyTap(TapSpec spec, Kinds tap) : spec_(std::move(spec)), tap_(std::move(tap)) {}
  TapSpec spec_;
  Kinds tap_;
};

/// Names of the kinds, for messages.
[[nodiscard]] std::string tap_kinds();

}  // namespace hopcost::analyzer
