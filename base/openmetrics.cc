#include "base/openmetrics.h"

#include <fmt/format.h>

namespace hopcost {
namespace {

/// A label's value, escaped (OpenMetrics 1.0.0, section ABNF: escaped-char).
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string metric_label(const char* name, std::string_view value) {
  return fmt::format("{}={}", name, quoted(value));
}

void append_family(std::string& out, const char* name, const char* type, const char* help, const char* unit) {
  out += fmt::format("# TYPE {} {}\n", name, type);
  if (unit != nullptr) out += fmt::format("# UNIT {} {}\n", name, unit);
  out += fmt::format("# HELP {} {}\n", name, help);
}

}  // namespace hopcost
