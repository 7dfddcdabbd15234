#include "analyzer/offline/unused.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "wire/link_type.h"
#include "wire/packet_identity.h"

namespace hopcost::analyzer {
namespace {

using Interface = Capture::Interface;

constexpr const char* kReadTypes =
    "Ethernet, Linux cooked (-i any), loopback and raw IP are read: capture on a device of these";

std::string count_text(std::uint64_t packets) {
  if (packets == 0) return "none";
  return fmt::format("{} packet{}", packets, packets == 1 ? "" : "s");
}

/// The sums of the counts of those interfaces that `counts` picks.
Interface sum_of(const std::vector<Interface>& interfaces, auto&& counts) {
  Interface sum;
  for (const auto& i : interfaces) {
    if (!counts(i)) continue;
    sum.packets += i.packets;
    sum.used += i.used;
    sum.filtered += i.filtered;
    sum.timeless += i.timeless;
    sum.unread += i.unread;
    sum.cut += i.cut;
    sum.lost_to_cut += i.lost_to_cut;
    sum.most_of_cut = std::max(sum.most_of_cut, i.most_of_cut);
    if (i.unread != 0) sum.link_type = i.link_type;
  }
  return sum;
}

std::string cut_text(const Interface& sum, Match match) {
  if (match == Match::kProbe)
    return fmt::format("{} are cut to {} bytes or fewer, and a probe lies at a packet's end", sum.lost_to_cut,
                       sum.most_of_cut);
  return fmt::format("{} are cut to {} bytes or fewer, which is too little to know them by", sum.lost_to_cut,
                     sum.most_of_cut);
}

std::string cut_hint(Match match) {
  if (match == Match::kProbe) return "capture whole packets: tcpdump -s 0, dumpcap or tshark without -s";
  return fmt::format("capture more of each: tcpdump -s {}, or -s 0 for all", kIdentityBytes);
}

/// The error of a tap without a usable packet: the reason that concerns most packets, and what helps.
Result<void> none_can_be_used(const TapSpec& tap, const Capture& c, const Interface& sum, Match match) {
  const auto fault = [&](const std::string& why, const std::string& hint) {
    return error(Exit::kUsage,
                 fmt::format("tap {}: none of {} of {} can be used: {}", tap.name, count_text(sum.packets),
                             c.path(), why),
                 hint);
  };
  if (sum.filtered == sum.packets) return fault("the filter picks none", "--filter takes another expression");
  const std::uint64_t unknown = sum.packets - sum.filtered - sum.unread - sum.timeless - sum.lost_to_cut;
  if (unknown > std::max({sum.unread, sum.timeless, sum.lost_to_cut})) {
    if (match != Match::kProbe) return fault(fmt::format("{} are no IP packets", unknown), "");
    return fault(fmt::format("{} carry no probe", unknown),
                 "--match 5-tuple or payload are for traffic without probes (doc/analyzer-flows.md)");
  }
  if (sum.unread >= std::max(sum.timeless, sum.lost_to_cut))
    return fault(fmt::format("{} are of link type {}", sum.unread, link_type_text(sum.link_type)),
                 kReadTypes);
  if (sum.timeless >= sum.lost_to_cut)
    return fault(fmt::format("{} have no time (simple packet blocks)", sum.timeless),
                 "capture with a program that keeps times: tcpdump, dumpcap");
  return fault(cut_text(sum, match), cut_hint(match));
}

/// The error of a tap that got no packet at all.
Result<void> no_packet(const TapSpec& tap, const Capture& c, const std::vector<TapSpec>& taps) {
  const auto& all = c.interfaces();
  const auto fault = [&](const std::string& what) {
    return error(Exit::kUsage, what,
                 all.empty() ? "it describes no interface" : "it has " + interfaces_text(all));
  };
  if (tap.interface.empty()) return fault(fmt::format("tap {}: {} holds no packet", tap.name, c.path()));
  for (std::size_t n = 0; n < all.size(); ++n) {
    if (tap.interface != all[n].name && tap.interface != std::to_string(n)) continue;
    const TapSpec& its = taps[all[n].tap];
    if (its.name == tap.name)
      return fault(
          fmt::format("tap {}: interface {} of {} has no packet", tap.name, tap.interface, c.path()));
    return fault(fmt::format("taps {} and {} are one interface of {}", its.name, tap.name, c.path()));
  }
  return fault(fmt::format("tap {}: {} has no interface {}", tap.name, c.path(), tap.interface));
}

}  // namespace

std::string interfaces_text(const std::vector<Interface>& interfaces) {
  constexpr std::size_t kShown = 32;
  std::vector<std::string> texts;
  for (std::size_t n = 0; n < std::min(kShown, interfaces.size()); ++n) {
    const Interface& i = interfaces[n];
    texts.push_back(fmt::format("{} ({}, {}): {}", n, i.name.empty() ? "no name" : i.name,
                                link_type_text(i.link_type), count_text(i.packets)));
  }
  if (interfaces.size() > kShown) texts.push_back(fmt::format("{} more", interfaces.size() - kShown));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string list_interfaces(const std::string& path) {
  constexpr std::uint64_t kMostPackets = 1'000'000;
  auto c = path == "-" ? error(Exit::kUsage, "a pipe") : Capture::open(path);
  if (!c) return {};
  c->watch("", 0);
  for (std::uint64_t n = 0; n < kMostPackets && c->next(); ++n) {
  }
  return c->interfaces().empty() ? "" : "; it has " + interfaces_text(c->interfaces());
}

Result<void> check_taps(const Capture& c, const std::vector<TapSpec>& taps, Match match) {
  if (c.filter_fault()) return std::unexpected(*c.filter_fault());
  if (!c.fault().empty()) return {};
  for (unsigned t = 0; t < taps.size(); ++t) {
    if (taps[t].file != c.path()) continue;
    const Interface sum = sum_of(c.interfaces(), [&](const Interface& i) { return i.tap == t; });
    if (sum.packets == 0) return no_packet(taps[t], c, taps);
    if (sum.used == 0) return none_can_be_used(taps[t], c, sum, match);
  }
  return {};
}

std::vector<std::string> unused_lines(const Capture& c, Match match) {
  std::vector<std::string> lines;
  const auto line = [&](const std::string& what, const std::string& hint) {
    lines.push_back(fmt::format("{}: {}; {}", c.path(), what, hint));
  };
  std::vector<std::uint16_t> types;
  for (const auto& i : c.interfaces())
    if (i.unread != 0 && std::ranges::find(types, i.link_type) == types.end()) types.push_back(i.link_type);
  for (const std::uint16_t type : types) {
    const Interface sum = sum_of(c.interfaces(), [&](const Interface& i) { return i.link_type == type; });
    line(fmt::format("{} of link type {} were left out", count_text(sum.unread), link_type_text(type)),
         kReadTypes);
  }
  const Interface sum = sum_of(c.interfaces(), [](const Interface& i) { return i.tap != Capture::kNoTap; });
  if (sum.timeless != 0)
    line(fmt::format("{} without a time (simple packet blocks) were left out", count_text(sum.timeless)),
         "capture with a program that keeps times: tcpdump, dumpcap");
  if (sum.lost_to_cut != 0)
    line(fmt::format("of {} {}", count_text(sum.packets), cut_text(sum, match)), cut_hint(match));
  return lines;
}

bool left_out_any(const Capture& c) {
  return std::ranges::any_of(c.interfaces(),
                             [](const Interface& i) { return i.unread != 0 || i.timeless != 0; });
}

nlohmann::json capture_json(const Capture& c, const std::vector<TapSpec>& taps) {
  nlohmann::json interfaces = nlohmann::json::array();
  for (const auto& i : c.interfaces()) {
    interfaces.push_back(
        {{"name", i.name},
         {"link_type", i.link_type},
         {"tap", i.tap == Capture::kNoTap ? nlohmann::json() : nlohmann::json(taps[i.tap].name)},
         {"packets", i.packets},
         {"used", i.used},
         {"filtered", i.filtered},
         {"without_time", i.timeless},
         {"unread", i.unread},
         {"cut", i.cut},
         {"lost_to_cut", i.lost_to_cut}});
  }
  return {{"file", c.path()}, {"interfaces", interfaces}};
}

}  // namespace hopcost::analyzer
