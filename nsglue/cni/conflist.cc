#include "nsglue/cni/conflist.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kFolders = "/usr/lib/cni:/opt/cni/bin";

bool is_plugin(const json& plugin) {
  return plugin.is_object() && plugin.contains("type") && plugin["type"].is_string() &&
         plugin["type"].get_ref<const std::string&>().find('/') == std::string::npos;
}

std::unexpected<Error> bad_conflist(const fs::path& file, const std::string& what) {
  return error(Exit::kUsage, fmt::format("{}: {}", file.string(), what),
               "it holds \"cniVersion\", \"name\" and \"plugins\", as /etc/cni/net.d has them");
}

}  // namespace

Result<ConfList> read_conflist(const fs::path& file) {
  std::ifstream in(file);
  if (!in) return errno_error(errno, fmt::format("read {}", file.string()));
  std::ostringstream text;
  text << in.rdbuf();
  const json j = json::parse(text.str(), nullptr, false);
  if (!j.is_object()) return bad_conflist(file, "this is no JSON object");
  for (const char* key : {"name", "cniVersion"}) {
    if (!j.contains(key) || !j[key].is_string() || j[key].get_ref<const std::string&>().empty())
      return bad_conflist(file, fmt::format("\"{}\" is missing", key));
  }
  ConfList list{j["name"], j["cniVersion"], {}};
  if (j.contains("plugins") && j["plugins"].is_array()) {
    list.plugins = j["plugins"].get<std::vector<json>>();
  } else {
    list.plugins = {j};
  }
  if (list.plugins.empty()) return bad_conflist(file, "\"plugins\" is empty");
  for (const json& plugin : list.plugins) {
    if (!is_plugin(plugin)) return bad_conflist(file, "a plugin without its \"type\"");
  }
  return list;
}

std::string plugin_folders() {
  const char* path = std::getenv("CNI_PATH");
  return path != nullptr ? path : kFolders;
}

Result<fs::path> find_plugin(const std::string& type) {
  const std::string folders = plugin_folders();
  for (const std::string& folder : split(folders, ':')) {
    fs::path program = fs::path(folder) / type;
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return error(Exit::kMissing, fmt::format("there is no CNI plugin {} in {}", type, folders),
               "install them: apt-get install containernetworking-plugins; CNI_PATH names other folders");
}

}  // namespace hopcost::nsglue
