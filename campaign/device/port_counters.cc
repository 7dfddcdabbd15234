#include "campaign/device/port_counters.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "base/netns.h"

namespace hopcost::campaign {

FrameCounts parse_frame_counts(const std::string& text, const std::string& device) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    const auto word = line.find_first_not_of(' ');
    if (colon == std::string::npos || line.substr(word, colon - word) != device) continue;
    std::istringstream columns(line.substr(colon + 1));
    std::array<std::uint64_t, 10>
        c{};  // bytes, packets and six more received, then bytes, packets transmitted
    for (auto& value : c) columns >> value;
    return {.in = c[1], .out = c[9]};
  }
  return {};
}

Result<PortCounters> PortCounters::open(const std::string& netns, const std::string& device) {
  auto scope = NetnsScope::enter(netns);
  if (!scope) return forward(scope);
  Fd file(::open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno_error(errno, "open the device counters of the namespace");
  return PortCounters(device, std::move(file));
}

Result<PortCounters> PortCounters::of_spec(const std::string& spec) {
  const auto colon = spec.find(':');
  const std::string backend = spec.substr(0, colon);
  if (colon == std::string::npos || (backend != "af_packet" && backend != "af_xdp" && backend != "xdp"))
    return error(Exit::kMissing, fmt::format("{} is no kernel device by name", spec));
  const std::string rest = spec.substr(colon + 1, spec.find(',') - colon - 1);
  const auto at = rest.find('@');
  return open(at == std::string::npos ? "" : rest.substr(at + 1), rest.substr(0, at));
}

FrameCounts PortCounters::read() const {
  std::string text;
  std::array<char, 8192> buffer;
  for (ssize_t n;
       (n = ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()))) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  return parse_frame_counts(text, device_);
}

}  // namespace hopcost::campaign
