#include "campaign/report/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/fd.h"

namespace hopcost::campaign {
namespace {

constexpr const char* kFormatHint = "see doc/result-format.md";
constexpr const char* kOldSchema = "hopcost.result/1";

std::unexpected<Error> not_our_format(const std::filesystem::path& file, const std::string& what) {
  return error(Exit::kUsage, fmt::format("{}: {}", file.string(), what), kFormatHint);
}

/// Checks that `level` has a list of modes with names. `where`: the prefix that names `level` within the
/// file; "" for the file's own object.
Result<void> check_modes(const std::filesystem::path& file, const nlohmann::json& level,
                         const std::string& where) {
  const auto modes = level.find("modes");
  if (modes == level.end() || !modes->is_array())
    return not_our_format(file, fmt::format("\"{}modes\" is not a list", where));
  for (std::size_t i = 0; i < modes->size(); ++i) {
    const nlohmann::json& mode = (*modes)[i];
    const bool named = mode.is_object() && mode.contains("name") && mode["name"].is_string();
    if (!named) return not_our_format(file, fmt::format("{}modes[{}] has no \"name\"", where, i));
  }
  return {};
}

Result<void> check_levels(const std::filesystem::path& file, const nlohmann::json& result) {
  if (auto ok = check_modes(file, result, ""); !ok) return ok;
  const auto levels = result.find("further_levels");
  if (levels == result.end() || levels->is_null()) return {};
  if (!levels->is_array()) return not_our_format(file, "\"further_levels\" is not a list");
  for (std::size_t i = 0; i < levels->size(); ++i) {
    const std::string where = fmt::format("further_levels[{}].", i);
    if (!(*levels)[i].is_object())
      return not_our_format(file, fmt::format("further_levels[{}] is not an object", i));
    if (auto ok = check_modes(file, (*levels)[i], where); !ok) return ok;
  }
  return {};
}

Result<void> check_schema(const std::filesystem::path& file, const nlohmann::json& result) {
  const auto schema = result.find("schema");
  if (schema != result.end() && *schema == kResultSchema) return {};
  if (schema != result.end() && *schema == kOldSchema)
    return error(Exit::kUsage,
                 fmt::format("{}: schema {}, written by an older hopcost: run again with this version, "
                             "or draw this folder with that older hopcost",
                             file.string(), kOldSchema));
  const std::string found = schema == result.end() ? "none" : schema->dump(-1, ' ', true);
  return not_our_format(file, fmt::format("schema is {}, this program reads \"{}\"", found, kResultSchema));
}

}  // namespace

Result<std::string> read_text(const std::filesystem::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "open " + file.string());
  struct stat info {};
  if (::fstat(fd.get(), &info) == 0 && !S_ISREG(info.st_mode))
    return error(Exit::kMissing, file.string() + " is not a regular file");
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(errno, "read " + file.string());
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

Result<nlohmann::json> read_json(const std::filesystem::path& file) {
  auto text = read_text(file);
  if (!text) return forward(text);
  try {
    return nlohmann::json::parse(*text);
  } catch (const nlohmann::json::parse_error& e) {
    const std::size_t byte = std::min<std::size_t>(e.byte, text->size());
    const auto line = 1 + std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    return error(Exit::kUsage, fmt::format("{}: byte {} (line {}): not JSON", file.string(), e.byte, line),
                 e.what());
  }
}

Result<nlohmann::json> read_result(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return error(Exit::kMissing, folder.string() + ": no such result folder",
                 "name a folder that `hopcost run --out` wrote");
  const auto file = folder / "result.json";
  auto result = read_json(file);
  if (!result) return result;
  if (!result->is_object()) return not_our_format(file, "not a JSON object");
  if (result->value("schema", nlohmann::json()) == kLoadsSchema) return result;
  if (auto ok = check_schema(file, *result); !ok) return forward(ok);
  if (auto ok = check_levels(file, *result); !ok) return forward(ok);
  return result;
}

std::optional<std::filesystem::path> inside(const std::filesystem::path& folder, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos)
    return std::nullopt;
  return folder / name;
}

}  // namespace hopcost::campaign
