// Joins the page's sources with the data. Pure; includes nothing of ours but the embedded sources.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// JSON that is safe inside a <script> element whatever its strings hold: '<', '>', '&', U+2028 and U+2029
/// are escaped (HTML Living Standard, 4.12.1.3 "Restrictions for contents of script elements"). Bytes that
/// are not UTF-8 become U+FFFD.
[[nodiscard]] std::string script_safe_json(const nlohmann::json& data);

/// The whole page. `data`: {"result", "environment", "series", "notes"}.
[[nodiscard]] std::string make_page(const nlohmann::json& data);

}  // namespace hopcost::campaign
