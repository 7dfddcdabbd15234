#include "campaign/report/load_words.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/look.h"

namespace hopcost::campaign {

std::string containers_words(const nlohmann::json& load) {
  const nlohmann::json &deal = look(load, "deal"), &containers = look(load, "containers");
  if (!deal.is_string() || !containers.is_number_integer()) return "";
  const char* words = deal == "spread"  ? "packets spread over all"
                      : deal == "aimed" ? "one of them measured, the others as background"
                                        : "one of them measured, the others idle";
  return fmt::format("; {} containers of each mode, {}", containers.get<int>(), words);
}

}  // namespace hopcost::campaign
