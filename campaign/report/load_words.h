// What a load (a level) of result.json is, in words for tables and pages. Pure. Includes only base/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// Behind a load's rate and sizes: "; 8 containers of each mode, packets spread over all". Empty for a load
/// without many, and for what is no load.
[[nodiscard]] std::string containers_words(const nlohmann::json& load);

}  // namespace hopcost::campaign
