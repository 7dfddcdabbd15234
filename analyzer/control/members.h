// Members of a request that are lists of objects. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace hopcost::analyzer {

/// The hint of an error about a request's form.
inline constexpr const char* kSeeControlDoc = "see doc/control-protocol.md";

/// The array of objects in member `key`; an empty one when it is absent. Errors: kUsage naming the member.
[[nodiscard]] Result<nlohmann::json> objects_of(const nlohmann::json& request, const char* key);
/// The same, with one object at least. Errors: kUsage naming the member, also when it is absent.
[[nodiscard]] Result<nlohmann::json> some_objects_of(const nlohmann::json& request, const char* key);

}  // namespace hopcost::analyzer
