// A load as its file declares it (doc/loads.md has the keys). Pure but for reading the file. Includes base.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

struct LoadFile {
  /// Values by parameter.
  using Parameters = std::map<std::string, std::vector<std::string>>;
  /// What a value stands for in a command: by parameter and value.
  using Words = std::map<std::string, std::map<std::string, std::string>>;

  std::string name, summary;
  std::string kind;  ///< rr, coap, capacity or tool.
  double quantum_s = 0.5;
  bool whole_seconds = false;  ///< Its quanta have to be such.
  std::string no_ipv6;         ///< Why it is not measured over IPv6, or empty.
  std::uint16_t port = 0;
  std::vector<std::string> server, client;  ///< Commands.
  Parameters parameters;
  Words words;
  nlohmann::json figures = nlohmann::json::array();
};

/// `use`: a name below `folder`, or a path. Errors: kMissing naming what there is; kUsage
/// ("FILE:LINE:COLUMN: ...").
[[nodiscard]] Result<LoadFile> read_load_file(const std::string& use, const std::filesystem::path& folder);

}  // namespace hopcost::campaign
