// Describes a load (a level) of result.json in words, for tables and pages. Pure. Includes only base/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// What to write after a load's rate and sizes: "; 8 containers of each mode, packets spread over all". Empty
/// for a load without many containers, and for anything that is no load.
[[nodiscard]] std::string containers_words(const nlohmann::json& load);

}  // namespace hopcost::campaign
