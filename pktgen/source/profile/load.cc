#include "pktgen/source/profile/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/programs.h"
#include "base/toml_file.h"
#include "pktgen/source/profile/read_short.h"
#include "pktgen/source/profile/read_toml.h"

namespace hopcost::pktgen {
namespace {

constexpr const char* kFolder = "profiles";
constexpr const char* kEnding = ".toml";

}  // namespace

std::vector<std::string> shipped_profiles() {
  std::vector<std::string> names;
  const auto folder = find_data(kFolder);
  std::error_code ignored;
  if (!folder) return names;
  for (const auto& entry : std::filesystem::directory_iterator(*folder, ignored))
    if (entry.path().extension() == kEnding) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<Profile> load_profile(const std::string& text) {
  if (is_short_profile(text)) return read_short_profile(text);
  std::filesystem::path path = text;
  if (text.find('/') == std::string::npos && !text.ends_with(kEnding)) {
    auto folder = find_data(kFolder);
    if (!folder) return forward(folder);
    path = *folder / (text + kEnding);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return error(Exit::kMissing, fmt::format("there is no profile '{}'", text),
                   fmt::format("shipped: {}; or name a .toml file, or write one: eth/ipv4/udp",
                               fmt::join(shipped_profiles(), ", ")));
    }
  }
  auto file = TomlFile::read(path);
  if (!file) return forward(file);
  return read_profile(*file, path.stem().string());
}

}  // namespace hopcost::pktgen
