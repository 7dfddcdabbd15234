#include "nsglue/kernel/ovs_database.h"

#include <fmt/format.h>

#include "nsglue/kernel/daemons.h"

namespace hopcost::nsglue {

using nlohmann::json;

Result<JsonRpc> open_database(const std::string& netns) {
  return JsonRpc::connect(daemon_folder(netns) + "/db.sock");
}

json select_rows(const char* table, json where, std::vector<std::string> columns) {
  return {{"op", "select"}, {"table", table}, {"where", std::move(where)}, {"columns", std::move(columns)}};
}

Result<json> transact(JsonRpc& database, const json& operations) {
  json params = json::array({"Open_vSwitch"});
  params.insert(params.end(), operations.begin(), operations.end());
  auto results = database.call("transact", std::move(params));
  if (!results) return results;
  if (!results->is_array() || results->size() < operations.size())
    return error(Exit::kFailure, "Open vSwitch's database answers otherwise than RFC 7047 has it");
  for (const json& r : *results) {
    if (r.is_object() && r.contains("error"))
      return error(Exit::kFailure, fmt::format("Open vSwitch's database: {}", fault_words(r)));
  }
  return results;
}

}  // namespace hopcost::nsglue
