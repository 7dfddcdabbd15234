// The last step of a child that was forked: to become another program. Includes nothing of ours.
#pragma once

#include <string>
#include <vector>

namespace hopcost {

/// Becomes words[0], looked up in PATH, with these words. When that can't be done says why on stderr and ends
/// with exit code 127, as a shell does.
[[noreturn]] void exec_words(const std::vector<std::string>& words);

}  // namespace hopcost
