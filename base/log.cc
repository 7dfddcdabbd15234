#include "base/log.h"

#include <string>

namespace hopcost {
namespace {

LogLevel g_level = LogLevel::kInfo;
std::string g_program = "hopcost";

const char* word(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error: ";
    case LogLevel::kWarn:
      return "warning: ";
    case LogLevel::kInfo:
      return "";
    case LogLevel::kDebug:
      return "debug: ";
  }
  return "";
}

}  // namespace

void set_log_level(LogLevel level) noexcept {
  g_level = level;
}
void set_log_program(std::string_view name) {
  g_program = name;
}

void log_line(LogLevel level, std::string_view text) {
  if (level > g_level) return;
  const std::string line = fmt::format("{}: {}{}\n", g_program, word(level), text);
  print_to(stderr, line);
}

bool print_to(std::FILE* to, std::string_view text) noexcept {
  // cppcheck-suppress invalidLifetime // log_line()'s text outlives the call
  return std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
}

}  // namespace hopcost
