#include "base/device_counters.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "base/netns.h"

namespace hopcost {

Result<DeviceCounters> DeviceCounters::open(std::string device, const std::string& netns) {
  auto inside = NetnsScope::enter(netns);
  if (!inside) return forward(inside);
  Fd file(::open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno_error(errno, "open the device counters of the namespace");
  return DeviceCounters(std::move(device), std::move(file));
}

DeviceCounters::Reading DeviceCounters::read() const noexcept {
  std::string text;
  std::array<char, 8192> buffer;
  for (;;) {
    const ssize_t n = pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return parse_device_counters(text, device_);
}

DeviceCounters::Reading parse_device_counters(const std::string& text, const std::string& device) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    const auto word = line.find_first_not_of(' ');
    if (colon == std::string::npos || line.substr(word, colon - word) != device) continue;
    std::istringstream columns(line.substr(colon + 1));
    std::array<std::uint64_t, 12> c{};  // eight received, then bytes, packets, errs, drop transmitted
    for (auto& value : c) columns >> value;
    return {.received = c[1],
            .received_bytes = c[0],
            .packets = c[9],
            .bytes = c[8],
            .dropped = c[10] + c[11],
            .there = true};
  }
  return {};
}

}  // namespace hopcost
