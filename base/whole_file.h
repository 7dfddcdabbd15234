// Files that are replaced whole or not at all: a reader never sees half of one. Set-up and results only.
// Includes only base/.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace hopcost {

/// All of the text, and to the disk. Errors: write(2)'s and fsync(2)'s.
[[nodiscard]] Result<void> write_all(int fd, std::string_view text);

/// `write` gets the path of a file beside `path` to write, which is renamed over `path` when that went well
/// and removed when it did not. Errors: kPartial naming the file.
[[nodiscard]] Result<void> replace_file(
    const std::filesystem::path& path,
    const std::function<Result<void>(const std::filesystem::path& beside)>& write);

/// The file's text, to the disk. Errors: replace_file()'s.
[[nodiscard]] Result<void> replace_text(const std::filesystem::path& path, std::string_view text);

}  // namespace hopcost
