// A load as its file declares it (doc/loads.md has the keys). Pure, except that it reads the file. Includes
// base.
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
  /// By parameter and value: the words that the value stands for in a command.
  using Words = std::map<std::string, std::map<std::string, std::string>>;

  std::string name, summary;
  std::string kind;  ///< "rr", "coap", "capacity", "packets" or "tool".
  double quantum_s = 0.5;
  bool whole_seconds = false;  ///< The quanta must take whole seconds.
  std::string no_ipv6;         ///< Why it is not measured over IPv6; empty: it is.
  std::string install;         ///< How its programs are installed; may be empty.
  std::uint16_t port = 0;
  std::vector<std::string> server, client;  ///< Commands, as words.
  Parameters parameters;
  Words words;
  nlohmann::json figures = nlohmann::json::array();
};

/// Reads a load's file. `use`: a name in `folder`, or a path. Errors: kMissing, with the names there are;
/// kUsage ("FILE:LINE:COLUMN: ...").
[[nodiscard]] Result<LoadFile> read_load_file(const std::string& use, const std::filesystem::path& folder);

}  // namespace hopcost::campaign
