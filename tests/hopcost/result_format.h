// doc/result-format.md as a check: every field, with its type. Test support.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hopcost::campaign {

/// Fails the running test where result.json lacks a member of the document, has it with another type, or has
/// one that is in no document.
void expect_format(const nlohmann::json& result);

}  // namespace hopcost::campaign
