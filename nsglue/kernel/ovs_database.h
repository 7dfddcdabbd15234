// What the parts of ovs.h share: Open vSwitch's database of a namespace (RFC 7047), asked and told. One
// thread at a time. Includes base/, json_rpc.h and ovs.h.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/kernel/json_rpc.h"
#include "nsglue/kernel/ovs.h"

namespace hopcost::nsglue {

/// Errors: JsonRpc::connect()'s, where no ovsdb-server runs.
[[nodiscard]] Result<JsonRpc> open_database(const std::string& netns);

/// The operation that gives these columns of a table's rows; an empty `where` (an array) is all of them.
[[nodiscard]] nlohmann::json select_rows(const char* table, nlohmann::json where,
                                         std::vector<std::string> columns);

/// kFailure: the database's answer is not what RFC 7047 has.
[[nodiscard]] std::unexpected<Error> no_rfc_7047();

/// All operations or none. Gives an object for each. Errors: kFailure in the database's own words, or
/// no_rfc_7047().
[[nodiscard]] Result<nlohmann::json> transact(JsonRpc& database, const nlohmann::json& operations);

/// A bridge as the database has it: without its forwarding entries.
struct OvsBridgeRow {
  OvsBridgeState state;
  std::map<int, std::string> by_number;  ///< OpenFlow's number of a port -> device.
};
/// By name. Errors: those of transact().
[[nodiscard]] Result<std::map<std::string, OvsBridgeRow>> read_ovs_bridges(JsonRpc& database);

}  // namespace hopcost::nsglue
