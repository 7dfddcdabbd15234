// What both ways of writing a profile (TOML and the short form) have in common: one word at a time into a
// flow. Errors are kUsage and have no place; the caller knows it.
#pragma once

#include <string>

#include "base/result.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// Puts a layer on top. Errors: no such layer, or it can't stand there.
[[nodiscard]] Result<void> add_layer(ProfileFlow& flow, const std::string& name);

/// Sets a field of the topmost layer, its checksum ("right", "wrong", "none"), or the data of a layer that
/// has some
/// ("data" as hex digits, "room" as so many zero bytes).
[[nodiscard]] Result<void> set_field(ProfileFlow& flow, const std::string& name, const std::string& text);

/// What is wrong with the topmost layer as a whole: options that are more than their header holds.
[[nodiscard]] Result<void> finish_layer(const ProfileFlow& flow);

/// "size", "payload" ("fill", "none"), "fill" (0..255), "probe" ("yes", "no", "auto"), "weight", "rate",
/// "id", "name".
[[nodiscard]] Result<void> set_property(ProfileFlow& flow, const std::string& name, const std::string& text);

/// What is wrong with the whole: no flows, ids twice, rates for some flows only. Gives ids to flows without.
[[nodiscard]] Result<void> finish_profile(Profile& profile);

}  // namespace hopcost::pktgen
