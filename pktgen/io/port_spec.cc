#include "pktgen/io/port_spec.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <utility>

#include "pktgen/io/number_list.h"

namespace hopcost::pktgen {
namespace {

constexpr std::array<std::pair<const char*, XdpMode>, 4> kModes{{{"best", XdpMode::kBest},
                                                                 {"zero-copy", XdpMode::kZeroCopy},
                                                                 {"copy", XdpMode::kCopy},
                                                                 {"skb", XdpMode::kSkb}}};

std::unexpected<Error> bad(const std::string& text, const std::string& why) {
  return error(
      Exit::kUsage, fmt::format("port '{}': {}", text, why),
      "write BACKEND:DEVICE[@NETNS][,mode=zero-copy|copy|skb][,queue=LIST][,busy-poll=US][,frames=N], like "
      "af_xdp:veth0@tester,queue=0-3; "
      "or dpdk:DEVARGS[@[NETNS][,hugepages=MiB][,limit=MBIT][,queue=LIST]], like "
      "dpdk:net_af_xdp,iface=veth0@tester");
}

/// Takes the text before `separator` off the front of `rest`.
std::string take(std::string& rest, char separator) {
  const auto at = rest.find(separator);
  std::string head = rest.substr(0, at);
  rest = at == std::string::npos ? "" : rest.substr(at + 1);
  return head;
}

bool read_number(const std::string& text, std::uint32_t& number) {
  const auto* end = text.data() + text.size();
  const auto [stop, err] = std::from_chars(text.data(), end, number);
  return err == std::errc{} && stop == end;
}

/// Applies an option after the '@' of dpdk. Gives an empty text on success, else what is wrong; so do the
/// other functions that apply options.
std::string apply_dpdk_option(PortSpec& spec, const std::string& key, const std::string& value) {
  if (key == "limit") {
    const bool fits = read_number(value, spec.limit_mbps) && spec.limit_mbps > 0;
    return fits ? "" : fmt::format("'{}' is no number of Mbit/s above 0", value);
  }
  if (key != "hugepages") return fmt::format("there is no option '{}' behind the '@' of dpdk", key);
  return read_number(value, spec.hugepages_mib)
             ? ""
             : fmt::format("'{}' is no number of MiB below 4294967296", value);
}

std::string apply_mode(PortSpec& spec, const std::string& value) {
  for (const auto& [name, mode] : kModes) {
    if (value != name) continue;
    spec.mode = mode;
    return {};
  }
  return fmt::format("there is no mode '{}'", value);
}

std::string apply_xdp_option(PortSpec& spec, const std::string& key, const std::string& value) {
  if (key == "busy-poll") {
    constexpr std::uint32_t kMost = 1'000'000;
    const bool fits = read_number(value, spec.busy_poll_us) && spec.busy_poll_us <= kMost;
    return fits ? "" : fmt::format("'{}' is no number of microseconds up to {}", value, kMost);
  }
  constexpr std::uint32_t kLeast = 64, kMost = 65536;
  const bool fits = read_number(value, spec.frames) && std::has_single_bit(spec.frames) &&
                    spec.frames >= kLeast && spec.frames <= kMost;
  return fits ? "" : fmt::format("'{}' is no power of two from {} to {}", value, kLeast, kMost);
}

std::string apply_option(PortSpec& spec, std::string option) {
  const std::string key = take(option, '=');
  if (key == "queue") {
    auto queues = parse_number_list(option, "queue");
    if (!queues) return queues.error().what;
    spec.queues = std::move(*queues);
    spec.names_queues = true;
    return {};
  }
  if (key == "carrier") {
    if (option != "any")
      return fmt::format("there is no carrier '{}': carrier=any goes on when it is lost", option);
    if (spec.backend != "af_packet" && spec.backend != "af_xdp" && spec.backend != "dpdk")
      return fmt::format("{} has no option 'carrier'; af_packet, af_xdp and dpdk have it", spec.backend);
    spec.any_carrier = true;
    return {};
  }
  if (spec.backend == "dpdk") return apply_dpdk_option(spec, key, option);
  if (key == "mode") return apply_mode(spec, option);
  if (key != "busy-poll" && key != "frames") return fmt::format("there is no option '{}'", key);
  if (spec.backend != "af_xdp") return fmt::format("{} has no option '{}'; af_xdp has it", spec.backend, key);
  return apply_xdp_option(spec, key, option);
}

/// Takes the next option off `rest`; the commas of a list of queues do not end it.
std::string take_option(std::string& rest) {
  std::string option = take(rest, ',');
  while (option.starts_with("queue=") && !rest.empty() && rest.front() >= '0' && rest.front() <= '9')
    option += "," + take(rest, ',');
  return option;
}

}  // namespace

Result<PortSpec> parse_port_spec(const std::string& text) {
  PortSpec spec;
  std::string options = text;
  if (text.starts_with("dpdk:")) {
    spec.backend = take(options, ':');
    const auto at = options.rfind('@');
    spec.device = options.substr(0, at);
    options = at == std::string::npos ? "" : options.substr(at + 1);
    spec.netns = take(options, ',');
  } else if (text.starts_with("pcap:")) {
    spec.backend = take(options, ':');
    spec.device = std::exchange(options, "");
  } else {
    std::string place = take(options, ',');
    spec.backend = take(place, ':');
    spec.device = take(place, '@');
    spec.netns = place;
  }
  if (spec.backend.empty()) return bad(text, "no backend");
  if (spec.device.empty() && spec.backend != "null") return bad(text, "no device");
  while (!options.empty()) {
    if (auto why = apply_option(spec, take_option(options)); !why.empty()) return bad(text, why);
  }
  return spec;
}

std::string to_string(const PortSpec& spec) {
  std::string text = spec.backend;
  if (!spec.device.empty()) text += ":" + spec.device;
  if (spec.backend == "pcap") return text;
  const bool ours = spec.hugepages_mib != 0 || spec.limit_mbps != 0 ||
                    (spec.backend == "dpdk" && (spec.names_queues || spec.any_carrier)) ||
                    spec.device.find('@') != std::string::npos;
  if (!spec.netns.empty() || ours) text += "@" + spec.netns;
  for (const auto& [name, mode] : kModes)
    if (mode == spec.mode && mode != XdpMode::kBest) text += fmt::format(",mode={}", name);
  if (spec.busy_poll_us != 0) text += fmt::format(",busy-poll={}", spec.busy_poll_us);
  if (spec.frames != 0) text += fmt::format(",frames={}", spec.frames);
  if (spec.hugepages_mib != 0) text += fmt::format(",hugepages={}", spec.hugepages_mib);
  if (spec.limit_mbps != 0) text += fmt::format(",limit={}", spec.limit_mbps);
  if (spec.names_queues) text += fmt::format(",queue={}", to_string(spec.queues));
  if (spec.any_carrier) text += ",carrier=any";
  return text;
}

}  // namespace hopcost::pktgen
