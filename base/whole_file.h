// Replaces files atomically: a reader never sees half of one. Set-up and results only. Includes only base/.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace hopcost {

/// Writes all of the text and syncs it to the disk. Errors: write(2)'s and fsync(2)'s.
[[nodiscard]] Result<void> write_all(int fd, std::string_view text);

/// Calls `write` with the path of a new file next to `path`. If that succeeds the new file is renamed to
/// `path`, else removed. Errors: kPartial naming the file.
[[nodiscard]] Result<void> replace_file(
    const std::filesystem::path& path,
    const std::function<Result<void>(const std::filesystem::path& beside)>& write);

/// Replaces the file's text and syncs it to the disk. Errors: replace_file()'s.
[[nodiscard]] Result<void> replace_text(const std::filesystem::path& path, std::string_view text);

}  // namespace hopcost
