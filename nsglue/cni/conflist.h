// A CNI network configuration (containernetworking.github.io, SPEC 1.0): its file, and the plugins it names.
// Any thread. Includes base/.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::nsglue {

/// A list of plugins, in the order they are run.
struct ConfList {
  std::string name, version;            ///< the network's name; the specification's version, "1.0.0".
  std::vector<nlohmann::json> plugins;  ///< each an object with the plugin's `type`.
};

/// Reads a .conflist, or a .conf of one plugin. Errors: kMissing when it can't be read; kUsage, naming the
/// file, for what is no such configuration.
[[nodiscard]] Result<ConfList> read_conflist(const std::filesystem::path& file);

/// The folders that hold plugins, separated by ':': CNI_PATH, else where Debian and others install them.
[[nodiscard]] std::string plugin_folders();

/// The plugin's program: in the first of plugin_folders() that has it. Errors: kMissing, with the package.
[[nodiscard]] Result<std::filesystem::path> find_plugin(const std::string& type);

}  // namespace hopcost::nsglue
