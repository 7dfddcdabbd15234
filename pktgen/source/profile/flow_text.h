// What the readers of both forms of a profile (TOML and short) share: they put one word at a time into a
// flow. Errors are kUsage, without the place in the text, which the caller adds.
#pragma once

#include <string>

#include "base/result.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// Adds a layer on top. Errors: there is no such layer, or it can't be on this one.
[[nodiscard]] Result<void> add_layer(ProfileFlow& flow, const std::string& name);

/// Sets a field of the topmost layer, its checksum ("right", "wrong", "none"), or the data of a layer that
/// has data: "data" as hex digits, "room" as a number of zero bytes.
[[nodiscard]] Result<void> set_field(ProfileFlow& flow, const std::string& name, const std::string& text);

/// Checks the topmost layer as a whole. Errors: its options are longer than the header allows.
[[nodiscard]] Result<void> finish_layer(const ProfileFlow& flow);

/// "size", "payload" ("fill", "none"), "fill" (0..255), "probe" ("yes", "no", "auto"), "weight", "rate",
/// "id", "name".
[[nodiscard]] Result<void> set_property(ProfileFlow& flow, const std::string& name, const std::string& text);

/// Gives ids to flows without one and checks the whole profile. Errors: no flows, an id used twice, rates for
/// some flows only.
[[nodiscard]] Result<void> finish_profile(Profile& profile);

}  // namespace hopcost::pktgen
