// The last step of a forked child: becoming another program. Includes nothing of ours.
#pragma once

#include <string>
#include <vector>

namespace hopcost {

/// Executes words[0], looked up in PATH, with `words` as its arguments. If that fails, says why on stderr and
/// ends with exit code 127, as a shell does.
[[noreturn]] void exec_words(const std::vector<std::string>& words);

}  // namespace hopcost
