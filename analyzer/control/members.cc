#include "analyzer/control/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hopcost::analyzer {

using nlohmann::json;

Result<json> objects_of(const json& request, const char* key) {
  json list = request.value(key, json::array());
  const auto is_object = [](const json& j) { return j.is_object(); };
  if (!list.is_array() || !std::ranges::all_of(list, is_object))
    return error(Exit::kUsage, fmt::format("member \"{}\": expected an array of objects", key),
                 kSeeControlDoc);
  return list;
}

Result<json> some_objects_of(const json& request, const char* key) {
  auto list = objects_of(request, key);
  if (list && list->empty())
    return error(Exit::kUsage, fmt::format("member \"{}\": expected one object at least", key),
                 kSeeControlDoc);
  return list;
}

}  // namespace hopcost::analyzer
