#include "base/programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace hopcost {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::string variable_for(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return "HOPCOST_" + name;
}

Result<fs::path> first_of(const std::string& name, const std::vector<fs::path>& places) {
  std::error_code ignored;
  if (const char* chosen = std::getenv(variable_for(name).c_str())) return fs::path(chosen);
  std::string tried;
  for (const auto& p : places) {
    if (fs::exists(p, ignored)) return fs::weakly_canonical(p, ignored);
    tried += " " + p.string();
  }
  return error(Exit::kMissing, fmt::format("can't find {} (looked at{})", name, tried),
               fmt::format("build it with ./dev build, or set {}", variable_for(name)));
}

}  // namespace

Result<fs::path> find_program(const std::string& name) {
  const fs::path here = own_folder();
  return first_of(name, {here.parent_path() / name / name, here / name});
}

Result<fs::path> find_data(const std::string& name, const fs::path& chosen) {
  if (!chosen.empty()) return chosen;
  const fs::path here = own_folder();
  return first_of(name, {here / ".." / "share" / "hopcost" / name, here / ".." / ".." / name,
                         here / ".." / ".." / ".." / name, fs::path(HOPCOST_DATADIR) / name});
}

}  // namespace hopcost
