#include "pktgen/io/default_route.h"

#include <fstream>
#include <sstream>

namespace hopcost::pktgen {
namespace {

constexpr unsigned kRejected = 0x0200;  // RTF_REJECT, linux/route.h

// thread-self, for /proc/net is the main thread's namespace.
std::string slurp(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask ... (net/ipv4/fib_trie.c).
bool ipv4_default(const std::string& line, std::string_view device) {
  std::istringstream columns(line);
  std::string name, destination, gateway, refs, use, metric, mask;
  unsigned flags = 0;
  columns >> name >> destination >> gateway >> std::hex >> flags >> refs >> use >> metric >> mask;
  return columns && name == device && destination == "00000000" && mask == "00000000" &&
         (flags & kRejected) == 0;
}

/// Columns: destination, its length, source, its length, next hop, metric, refs, use, flags, device
/// (net/ipv6/route.c).
bool ipv6_default(const std::string& line, std::string_view device) {
  std::istringstream columns(line);
  std::string destination, length, source, source_length, next_hop, metric, refs, use, name;
  unsigned flags = 0;
  columns >> destination >> length >> source >> source_length >> next_hop >> metric >> refs >> use >>
      std::hex >> flags >> name;
  return columns && name == device && length == "00" && (flags & kRejected) == 0;
}

template <class F>
bool any_line(const std::string& text, F&& matches) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (matches(line)) return true;
  return false;
}

}  // namespace

bool has_default_route(std::string_view device, const std::string& route, const std::string& ipv6_route) {
  return any_line(route, [&](const auto& l) { return ipv4_default(l, device); }) ||
         any_line(ipv6_route, [&](const auto& l) { return ipv6_default(l, device); });
}

bool has_default_route(std::string_view device) {
  return has_default_route(device, slurp("/proc/thread-self/net/route"),
                           slurp("/proc/thread-self/net/ipv6_route"));
}

}  // namespace hopcost::pktgen
