// Messages to people, on standard error. Standard output belongs to results.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

namespace hopcost {

/// How much a message matters. kError: the person's task fails. kWarn: a result may suffer. kInfo: what
/// happens. kDebug: for the program's developers.
enum class LogLevel { kError, kWarn, kInfo, kDebug };

/// Messages above this level are not printed. Default kInfo. Set once, in main.
void set_log_level(LogLevel level) noexcept;

/// The name printed before each message ("pktgen"). Set once, in main.
void set_log_program(std::string_view name);

/// Prints one message with the program's name, unless its level is not printed. Any thread.
void log_line(LogLevel level, std::string_view text);

/// Writes to a stream and flushes it. False when that fails (a lost terminal, a closed pipe, a full disk).
bool print_to(std::FILE* to, std::string_view text) noexcept;

/// The message as fmt::format() makes it.
template <class... A>
void log_error(fmt::format_string<A...> f, A&&... a) {
  log_line(LogLevel::kError, fmt::format(f, std::forward<A>(a)...));
}
/// The message as fmt::format() makes it.
template <class... A>
void log_warn(fmt::format_string<A...> f, A&&... a) {
  log_line(LogLevel::kWarn, fmt::format(f, std::forward<A>(a)...));
}
/// The message as fmt::format() makes it.
template <class... A>
void log_info(fmt::format_string<A...> f, A&&... a) {
  log_line(LogLevel::kInfo, fmt::format(f, std::forward<A>(a)...));
}
/// The message as fmt::format() makes it.
template <class... A>
void log_debug(fmt::format_string<A...> f, A&&... a) {
  log_line(LogLevel::kDebug, fmt::format(f, std::forward<A>(a)...));
}

}  // namespace hopcost
