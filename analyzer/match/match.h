// How packets are told apart and found again at the next tap.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "wire/packet_identity.h"

namespace hopcost::analyzer {

enum class Match : std::uint8_t {
  kProbe,      ///< The probe a packet carries.
  kFiveTuple,  ///< Its 5-tuple and what of it does not change on the way (wire/packet_identity.h).
  kPayload,    ///< The same without addresses and ports, which NAT rewrites.
};

/// "probe", "5-tuple", "payload".
[[nodiscard]] std::string_view name_of(Match match) noexcept;
/// What identifies a packet that is matched without a probe.
[[nodiscard]] constexpr IdentityOf identity_of(Match match) noexcept {
  return match == Match::kPayload ? IdentityOf::kPayload : IdentityOf::kFiveTuple;
}
/// Errors: kUsage, naming those there are.
[[nodiscard]] Result<Match> parse_match(std::string_view text);

}  // namespace hopcost::analyzer
