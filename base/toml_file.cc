#include "base/toml_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

namespace hopcost {
namespace {

std::string place(const std::string& file, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", file, source.begin.line, source.begin.column);
}

}  // namespace

TomlTable::TomlTable(std::string file, const toml::table& table) : file_(std::move(file)), table_(&table) {}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : *table_) keys.emplace_back(key.str());
  return keys;
}

std::string TomlTable::where(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return place(file_, node != nullptr ? node->source() : table_->source());
}

std::unexpected<Error> TomlTable::fault(std::string_view key, std::string message) const {
  return error(Exit::kUsage, fmt::format("{}: {}", where(key), message));
}

Result<std::optional<std::string>> TomlTable::optional_text(std::string_view key) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  const auto scalar = [](const toml::node& n) -> std::optional<std::string> {
    if (const auto number = n.value_exact<std::int64_t>()) return std::to_string(*number);
    return n.value_exact<std::string>();
  };
  std::vector<std::string> words;
  const toml::array* array = node->as_array();
  for (std::size_t i = 0; i < (array != nullptr ? array->size() : 1); ++i) {
    const auto word = scalar(array != nullptr ? *array->get(i) : *node);
    if (!word)
      return fault(key, fmt::format("'{}' must be a whole number, a string or an array of these", key));
    words.push_back(*word);
  }
  if (words.empty()) return fault(key, fmt::format("'{}' is empty", key));
  return fmt::format("{}", fmt::join(words, "|"));
}

Result<std::optional<std::string>> TomlTable::optional_string(std::string_view key) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::string>();
  if (!value) return fault(key, fmt::format("'{}' must be a string", key));
  return *value;
}

Result<std::string> TomlTable::string(std::string_view key) {
  auto value = optional_string(key);
  if (!value) return forward(value);
  if (!*value) return fault(key, fmt::format("'{}' is missing", key));
  return **value;
}

Result<std::optional<std::int64_t>> TomlTable::optional_int(std::string_view key, std::int64_t min,
                                                            std::int64_t max) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < min || *value > max) {
    return fault(key, fmt::format("'{}' must be a whole number from {} to {}", key, min, max));
  }
  return *value;
}

Result<std::optional<double>> TomlTable::optional_number(std::string_view key, double min, double max) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value || !(*value >= min && *value <= max)) {
    return fault(key, fmt::format("'{}' must be a number from {} to {}", key, min, max));
  }
  return *value;
}

Result<std::optional<bool>> TomlTable::optional_bool(std::string_view key) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) return fault(key, fmt::format("'{}' must be true or false", key));
  return *value;
}

Result<std::vector<std::string>> TomlTable::strings(std::string_view key) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::vector<std::string>{};
  const toml::array* array = node->as_array();
  if (array == nullptr) return fault(key, fmt::format("'{}' must be an array of strings", key));
  std::vector<std::string> values;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<std::string>();
    if (!value)
      return error(Exit::kUsage,
                   fmt::format("{}: '{}' must hold strings only", place(file_, item.source()), key));
    values.push_back(*value);
  }
  return values;
}

Result<std::optional<TomlTable>> TomlTable::table(std::string_view key) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  if (node->as_table() == nullptr) return fault(key, fmt::format("'{}' must be a table", key));
  return TomlTable(file_, *node->as_table());
}

Result<std::vector<TomlTable>> TomlTable::tables(std::string_view key) {
  asked_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::vector<TomlTable>{};
  const toml::array* array = node->as_array();
  if (array == nullptr) return fault(key, fmt::format("'{}' must be an array of tables: [[{}]]", key, key));
  std::vector<TomlTable> values;
  for (const toml::node& item : *array) {
    if (item.as_table() == nullptr) {
      return error(Exit::kUsage, fmt::format("{}: '{}' must hold tables only: [[{}]]",
                                             place(file_, item.source()), key, key));
    }
    values.emplace_back(file_, *item.as_table());
  }
  return values;
}

Result<void> TomlTable::finish() const {
  for (const auto& [key, node] : *table_) {
    if (std::find(asked_.begin(), asked_.end(), key.str()) != asked_.end()) continue;
    return error(Exit::kUsage, fmt::format("{}: unknown key '{}'", place(file_, key.source()), key.str()),
                 asked_.empty() ? "" : fmt::format("keys here: {}", fmt::join(asked_, ", ")));
  }
  return {};
}

TomlFile::TomlFile(std::string name, std::string text, std::unique_ptr<toml::table> table)
    : name_(std::move(name)), text_(std::move(text)), table_(std::move(table)) {}
TomlFile::TomlFile(TomlFile&&) noexcept = default;
TomlFile::~TomlFile() = default;

TomlTable TomlFile::root() const {
  return {name_, *table_};
}

Result<TomlFile> TomlFile::parse(std::string_view text, const std::string& name) {
  try {
    return TomlFile(name, std::string(text), std::make_unique<toml::table>(toml::parse(text, name)));
  } catch (const toml::parse_error& e) {
    return error(Exit::kUsage, fmt::format("{}: {}", place(name, e.source()), e.description()));
  }
}

Result<TomlFile> TomlFile::read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || std::filesystem::is_directory(path) || !(text << in.rdbuf())) {
    return errno_error(errno != 0 ? errno : EIO, fmt::format("read {}", path.string()));
  }
  return parse(text.str(), path.string());
}

}  // namespace hopcost
