#include "analyzer/config.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

namespace hopcost::analyzer {

namespace {

/// A number from 1 to 65535, with nothing after it.
std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

namespace {

using Fault = const char*;  // what is wrong, or null

Fault take_file(std::string_view rest, TapSpec& spec) {
  const auto hash = rest.rfind('#');
  spec.file = rest.substr(0, hash);
  if (hash != std::string_view::npos) spec.interface = rest.substr(hash + 1);
  return spec.file.empty() ? "no file" : nullptr;
}

/// Takes ":POINT" off the end of `rest`, if it is there.
Fault take_point(std::string_view& rest, TapSpec& spec) {
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) return nullptr;
  auto word = rest.substr(colon + 1);
  if (const auto slash = word.find('/'); slash != std::string_view::npos) {
    spec.hook = word.substr(slash + 1);
    word = word.substr(0, slash);
    const bool known = spec.hook == "tc" || (spec.hook == "xdp" && word == "in");
    if (!known || (word != "in" && word != "out")) return "a hook is in/tc, out/tc or in/xdp";
  }
  if (word == "in" || word == "out") {
    spec.direction = word == "in" ? Direction::kIn : Direction::kOut;
  } else if (word.find('_') != std::string_view::npos) {
    spec.tracepoint = word;
  } else {
    return "after ':' comes 'in', 'out' or a tracepoint such as netif_rx";
  }
  rest = rest.substr(0, colon);
  return nullptr;
}

/// Takes ":in" or ":out" off the end. For a device that libpcap names, whose name may hold colons (nflog:5).
void take_direction(std::string_view& rest, TapSpec& spec) {
  for (const auto& [end, direction] :
       {std::pair(":in", Direction::kIn), std::pair(":out", Direction::kOut)}) {
    if (!rest.ends_with(end)) continue;
    spec.direction = direction;
    rest.remove_suffix(std::string_view(end).size());
    return;
  }
}

Fault take_device(std::string_view rest, TapSpec& spec) {
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    spec.netns = rest.substr(at + 1);
    if (spec.netns.empty()) return "no namespace after '@'";
    rest = rest.substr(0, at);
  }
  if (rest.empty()) return "no device";
  if (constexpr std::string_view kUdp = "udp/"; rest.starts_with(kUdp) && spec.kind != kLibpcapKind) {
    const auto port = port_number(rest.substr(kUdp.size()));
    if (!port) return "a port is 1 to 65535";
    if (!spec.hook.empty()) return "tc and xdp are hooks of devices";
    spec.port = *port;
    return nullptr;
  }
  if (rest.size() >= IFNAMSIZ && spec.kind != kLibpcapKind)
    return "a device's name has at most 15 characters";
  spec.device = rest;
  return nullptr;
}

Fault take_tap(std::string_view rest, TapSpec& spec) {
  if (constexpr std::string_view kPcap = "pcap:"; rest.starts_with(kPcap))
    return take_file(rest.substr(kPcap.size()), spec);
  if (constexpr std::string_view kLibpcap = "libpcap:"; rest.starts_with(kLibpcap)) {
    rest = rest.substr(kLibpcap.size());
    spec.kind = kLibpcapKind;
    take_direction(rest, spec);
  } else if (const Fault why = take_point(rest, spec); why != nullptr) {
    return why;
  }
  return take_device(rest, spec);
}

}  // namespace

Result<TapSpec> parse_tap(std::string_view text) {
  TapSpec spec;
  const auto equals = text.find('=');
  const bool named = equals != std::string_view::npos && equals != 0;
  spec.name = text.substr(0, named ? equals : 0);
  const Fault why = named ? take_tap(text.substr(equals + 1), spec) : "no name";
  if (why == nullptr) return spec;
  return error(Exit::kUsage, fmt::format("tap '{}': {}", text, why),
               "NAME=DEVICE[@NETNS][:in[/tc|/xdp]|:out[/tc]|:TRACEPOINT], NAME=udp/PORT[@NETNS], "
               "NAME=pcap:FILE[#INTERFACE] or NAME=libpcap:DEVICE[@NETNS][:in|:out], for example --tap "
               "wire=d0@dut:in");
}

Result<UdpEnd> parse_sink(std::string_view text) {
  const auto at = text.find('@');
  const auto port = text.substr(0, at);
  const auto number = port_number(port);
  const bool named = at == std::string_view::npos || at + 1 < text.size();
  if (!number || !named)
    return error(Exit::kUsage, fmt::format("sink '{}'", text), "PORT[@NETNS] with a port of 1 to 65535");
  UdpEnd spec;
  spec.port = *number;
  if (at != std::string_view::npos) spec.netns = text.substr(at + 1);
  return spec;
}

Result<void> validate_taps(const std::vector<TapSpec>& taps) {
  if (taps.size() > kMaxTaps) {
    return error(Exit::kUsage, fmt::format("{} taps on one path", taps.size()),
                 fmt::format("at most {}", kMaxTaps));
  }
  std::set<std::string_view> names;
  for (const auto& tap : taps) {
    if (tap.name.empty() || (tap.device.empty() && tap.port == 0 && tap.file.empty()))
      return error(Exit::kUsage, "a tap without a name, or without a device, port or file");
    if (!names.insert(tap.name).second)
      return error(Exit::kUsage, fmt::format("two taps are named '{}'", tap.name));
  }
  return {};
}

namespace {

Result<void> validate_offline(const Config& config) {
  const auto of_file = [](const TapSpec& t) { return !t.file.empty(); };
  const bool offline = is_offline(config);
  if (std::ranges::any_of(config.taps, of_file) != std::ranges::all_of(config.taps, of_file))
    return error(Exit::kUsage, "live taps and capture files on one path",
                 "read the files in a run of their own");
  if (offline && (config.duration || !config.sinks.empty()))
    return error(Exit::kUsage, "--duration and --sink don't go with capture files", "they are for live taps");
  if (offline && (config.metrics || config.live.value_or(false)))
    return error(Exit::kUsage, "--metrics and --live don't go with capture files", "they are for live taps");
  if (needs_frames(config) && std::ranges::any_of(config.taps, [](const TapSpec& t) {
        return t.file.empty() && t.kind != kFrameKind && t.kind != kLibpcapKind;
      }))
    return error(Exit::kUsage, "--match, --write and --filter need a kind of tap that keeps frames",
                 "leave out --tap-kind, or choose af_packet");
  if (config.fit_clocks && !offline)
    return error(Exit::kUsage, "--fit-clocks does not go with live taps",
                 "it is for capture files: --tap NAME=pcap:FILE");
  return {};
}

Result<void> validate_sizes(const Config& config) {
  if (config.window < 1024 || config.window > (std::size_t{1} << 26)) {
    return error(Exit::kUsage, fmt::format("a window of {} probes", config.window), "1024 to 67108864");
  }
  if (const std::size_t bytes = config.tap_options.ring_bytes;
      bytes < kMinRingBytes || bytes > kMaxRingBytes) {
    return error(Exit::kUsage, fmt::format("a ring of {} bytes", bytes),
                 fmt::format("give {} to {} bytes: --ring-bytes", kMinRingBytes, kMaxRingBytes));
  }
  return {};
}

}  // namespace

Result<void> validate(const Config& config) {
  if (config.list_taps) return {};
  if (config.control && config.metrics) {
    return error(Exit::kUsage, "--control does not go with --metrics", "ask for collect over the channel");
  }
  if (config.control && needs_frames(config)) {
    return error(Exit::kUsage, "--control does not go with --match, --write or --filter",
                 "over the channel probes alone are accounted");
  }
  if (config.control) {
    if (config.taps.empty() && config.sinks.empty()) return validate_sizes(config);
    return error(Exit::kUsage, "--control does not go with --tap or --sink",
                 "taps are armed over the channel: doc/control-protocol.md");
  }
  if (config.live.value_or(false) && (config.json || config.quiet)) {
    return error(Exit::kUsage, "--live does not go with --json or --quiet",
                 "both would write to standard output: leave one out");
  }
  if (config.taps.empty()) {
    return error(Exit::kUsage, "no tap",
                 "give one per point, in the packets' order: --tap wire=d0@dut:in --tap end=eth0@c1");
  }
  if (config.write_every == 0) return error(Exit::kUsage, "--write-every 0", "1 writes all, 10 each tenth");
  if (config.write == "-") return error(Exit::kUsage, "--write -", "standard output has the results");
  if (auto r = validate_sizes(config); !r) return r;
  if (auto r = validate_offline(config); !r) return r;
  return validate_taps(config.taps);
}

}  // namespace hopcost::analyzer
