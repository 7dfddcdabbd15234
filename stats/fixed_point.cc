#include "stats/fixed_point.h"

#include <charconv>
#include <limits>

namespace hopcost {

std::string fixed_half_up(double value, int places) {
  char buffer[std::numeric_limits<double>::max_exponent10 + 400];  // room for the smallest subnormal
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  std::string digits(buffer, end);
  std::size_t point = digits.find('.');
  if (point == std::string::npos) {
    point = digits.size();
    digits += '.';
  }
  const std::size_t length = point + 1 + static_cast<std::size_t>(places);
  const bool up = digits.size() > length && digits[length] >= '5';
  digits.resize(length, '0');
  if (up) {
    std::size_t i = digits.size();
    const std::size_t first = digits[0] == '-' ? 1 : 0;
    while (i > first) {
      char& c = digits[--i];
      if (c == '.') continue;
      if (c != '9') {
        ++c;
        break;
      }
      c = '0';
      if (i == first) digits.insert(first, 1, '1');
    }
  }
  if (places == 0) digits.pop_back();
  return digits;
}

}  // namespace hopcost
