// What a shell's command prints. Test support.
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace hopcost {

/// Standard output to its end, whatever the exit code.
inline std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
  pclose(pipe);
  return text;
}

}  // namespace hopcost
