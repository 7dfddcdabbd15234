#include "hopload/machine/packets.h"

#include <fstream>
#include <sstream>

#include "base/netns.h"

namespace hopcost::hopload {

Packets packets_of(const std::string& netns, const std::string& device) {
  Packets found;
  auto inside = NetnsScope::enter(netns);
  if (!inside) return found;
  std::ifstream in("/proc/thread-self/net/dev");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    const auto name = line.find_first_not_of(' ');
    if (colon == std::string::npos || line.substr(name, colon - name) != device) continue;
    std::istringstream words(line.substr(colon + 1));
    std::uint64_t column[10]{};  // receive: bytes, packets, ... 8 of them; transmit: bytes, packets
    for (std::uint64_t& c : column) words >> c;
    found = {.packets = column[1] + column[9], .bytes = column[0] + column[8]};
  }
  return found;
}

}  // namespace hopcost::hopload
