#include "nsglue/kernel/ovs_database.h"

#include <fmt/format.h>

#include <algorithm>

#include "nsglue/kernel/daemons.h"

namespace hopcost::nsglue {

using nlohmann::json;

Result<JsonRpc> open_database(const std::string& netns) {
  return JsonRpc::connect(daemon_folder(netns) + "/db.sock");
}

json select_rows(const char* table, json where, std::vector<std::string> columns) {
  return {{"op", "select"}, {"table", table}, {"where", std::move(where)}, {"columns", std::move(columns)}};
}

std::unexpected<Error> no_rfc_7047() {
  return error(Exit::kFailure, "Open vSwitch's database answers otherwise than RFC 7047 has it");
}

Result<json> transact(JsonRpc& database, const json& operations) {
  json params = json::array({"Open_vSwitch"});
  params.insert(params.end(), operations.begin(), operations.end());
  auto results = database.call("transact", std::move(params));
  if (!results) return results;
  const auto is_object = [](const json& r) { return r.is_object(); };
  if (!results->is_array() || results->size() < operations.size() ||
      !std::ranges::all_of(*results, is_object))
    return no_rfc_7047();
  for (const json& r : *results) {
    if (r.contains("error"))
      return error(Exit::kFailure, fmt::format("Open vSwitch's database: {}", fault_words(r)));
  }
  return results;
}

}  // namespace hopcost::nsglue
