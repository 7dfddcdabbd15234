// Reads JSON of unknown shape: what is absent or of another type is null, 0 or empty. Header only; any
// thread. Includes nothing of ours.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace hopcost {

/// A member of `object`; null if there is none or it is no object.
[[nodiscard]] inline const nlohmann::json& look(const nlohmann::json& object, const std::string& key) {
  static const nlohmann::json none;
  if (!object.is_object()) return none;
  const auto at = object.find(key);
  return at == object.end() ? none : *at;
}

/// 0 when the value is no number.
[[nodiscard]] inline double look_number(const nlohmann::json& value) {
  return value.is_number() ? value.get<double>() : 0;
}

/// A string as it is, null as empty text, anything else as JSON.
[[nodiscard]] inline std::string look_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

}  // namespace hopcost
