#include "stats/fixed_point.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace hopcost {
namespace {

// The shortest digits of a number that is not negative, with a point among them.
std::string shortest(double value) {
  char buffer[40] = "";  // zeroed, because to_chars writes no terminator
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string digits(buffer, std::find(buffer, end, 'e'));
  const int exponent = std::atoi(buffer + digits.size() + 1);
  std::erase(digits, '.');
  if (exponent < 0) return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole) digits.resize(whole, '0');
  return digits.insert(whole, 1, '.');
}

// One more in the last place.
void increment(std::string& digits) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (digits[i] == '.') continue;
    if (digits[i] != '9') {
      ++digits[i];
      return;
    }
    digits[i] = '0';
  }
  digits.insert(0, 1, '1');
}

}  // namespace

std::string fixed_half_up(double value, int places) {
  std::string digits = shortest(std::abs(value));
  const std::size_t length = digits.find('.') + 1 + static_cast<std::size_t>(places);
  const bool up = digits.size() > length && digits[length] >= '5';
  digits.resize(length, '0');
  if (up) increment(digits);
  if (places == 0) digits.pop_back();
  return std::signbit(value) ? "-" + digits : digits;
}

}  // namespace hopcost
