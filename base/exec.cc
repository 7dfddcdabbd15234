#include "base/exec.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hopcost {

void exec_words(const std::vector<std::string>& words) {
  std::vector<char*> args;
  for (const auto& w : words) args.push_back(const_cast<char*>(w.c_str()));
  args.push_back(nullptr);
  execvp(args[0], args.data());
  const std::string text = fmt::format("{}: {}\n", words[0], std::strerror(errno));
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  _exit(127);
}

}  // namespace hopcost
