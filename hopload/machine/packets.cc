#include "hopload/machine/packets.h"

#include <fstream>
#include <sstream>

#include "base/netns.h"

namespace hopcost::hopload {

Packets packets_of(const std::string& netns) {
  Packets all;
  auto inside = NetnsScope::enter(netns);
  if (!inside) return all;
  std::ifstream in("/proc/thread-self/net/dev");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || line.substr(0, colon).ends_with(" lo")) continue;
    std::istringstream words(line.substr(colon + 1));
    std::uint64_t column[10]{};  // receive: bytes, packets, ... 8 of them; transmit: bytes, packets
    for (std::uint64_t& c : column) words >> c;
    all.bytes += column[0] + column[8];
    all.packets += column[1] + column[9];
  }
  return all;
}

}  // namespace hopcost::hopload
