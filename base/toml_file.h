// Reading the TOML that people write, with errors that point at the place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace toml {
inline namespace v3 {  // toml++ has no forward header of its own
class table;
}
}  // namespace toml

namespace hopcost {

/// One table of a file. Typed getters check the value's type and range. finish() refuses keys that no getter
/// asked for, so that a misspelt key is an error and not a silent default. All errors are kUsage,
/// "FILE:LINE:COLUMN: ...".
class TomlTable {
 public:
  /// `file` is the file's name in errors; `table` must outlive this.
  TomlTable(std::string file, const toml::table& table);

  /// Errors: also when the key is absent.
  [[nodiscard]] Result<std::string> string(std::string_view key);
  /// Nothing when the key is absent.
  [[nodiscard]] Result<std::optional<std::string>> optional_string(std::string_view key);
  /// Nothing when the key is absent. `min` and `max` are allowed.
  [[nodiscard]] Result<std::optional<std::int64_t>> optional_int(std::string_view key, std::int64_t min,
                                                                 std::int64_t max);
  /// Nothing when the key is absent. The value may be a whole number. `min` and `max` are allowed.
  [[nodiscard]] Result<std::optional<double>> optional_number(std::string_view key, double min, double max);
  /// Nothing when the key is absent.
  [[nodiscard]] Result<std::optional<bool>> optional_bool(std::string_view key);
  /// An array of strings; empty when the key is absent.
  [[nodiscard]] Result<std::vector<std::string>> strings(std::string_view key);
  /// A whole number or a string, as text, or an array of these, joined by '|'. Nothing when the key is
  /// absent.
  [[nodiscard]] Result<std::optional<std::string>> optional_text(std::string_view key);
  /// A [key] table; nothing when the key is absent.
  [[nodiscard]] Result<std::optional<TomlTable>> table(std::string_view key);
  /// An array of tables ([[key]]); empty when the key is absent.
  [[nodiscard]] Result<std::vector<TomlTable>> tables(std::string_view key);

  /// The table's keys, sorted; for tables whose keys a person chooses.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// "FILE:LINE:COLUMN" of `key` (or of the table, when the key is absent).
  [[nodiscard]] std::string where(std::string_view key) const;
  /// An error that points at `key` (or at the table, when the key is absent).
  [[nodiscard]] std::unexpected<Error> fault(std::string_view key, std::string message) const;
  /// Errors: the first key that no getter asked for.
  [[nodiscard]] Result<void> finish() const;

 private:
  std::string file_;
  const toml::table* table_;
  std::vector<std::string> asked_;
};

/// A parsed file. It must outlive the tables that are read from it.
class TomlFile {
 public:
  /// Errors: kMissing when it can't be read, kUsage with line and column when it is not TOML.
  [[nodiscard]] static Result<TomlFile> read(const std::filesystem::path& path);
  /// The same from text; `name` stands for the file in errors.
  [[nodiscard]] static Result<TomlFile> parse(std::string_view text, const std::string& name);
  TomlFile(TomlFile&&) noexcept;
  ~TomlFile();

  /// The table of the whole file; this must outlive it.
  [[nodiscard]] TomlTable root() const;
  /// The file's text.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  TomlFile(std::string name, std::string text, std::unique_ptr<toml::table> table);
  std::string name_, text_;
  std::unique_ptr<toml::table> table_;
};

}  // namespace hopcost
