#include "pktgen/report/show.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "base/units.h"
#include "pktgen/source/profile/load.h"
#include "pktgen/source/profile/source.h"
#include "wire/dissect.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kApartNs = 1000;

Result<ProfileContext> context_of(const Config& c) {
  auto dst = parse_mac(c.dst_mac.empty() ? "02:00:00:00:00:02" : c.dst_mac);
  if (!dst) return forward(dst);
  auto src = parse_mac(c.src_mac.empty() ? "02:00:00:00:00:01" : c.src_mac);
  if (!src) return forward(src);
  // Without a device there is no MTU, so any size is allowed.
  return ProfileContext{.dst_mac = *dst, .src_mac = *src, .mtu = 65535, .seed = c.seed.value_or(1)};
}

Result<std::optional<PcapngWriter>> writer_of(const Config& c) {
  if (c.show.pcap.empty()) return std::nullopt;
  auto writer = PcapngWriter::create(c.show.pcap, "pktgen " HOPCOST_VERSION);
  if (!writer) return forward(writer);
  writer->add_interface(c.profile);
  return std::optional(std::move(*writer));
}

void print_flows(const Profile& profile, const ProfileSource& source) {
  fmt::print("{}{}{}\n", profile.name, profile.description.empty() ? "" : ": ", profile.description);
  for (std::size_t i = 0; i < profile.flows.size(); ++i) {
    const auto& f = profile.flows[i];
    std::string layers;
    for (const auto& l : f.stack.layers)
      layers += fmt::format("{}{}", layers.empty() ? "" : "/", format_of(l.kind).name);
    fmt::print("  flow {} ({}): {}, {} varying field{}\n", *f.id, f.name, layers, f.varying.size(),
               f.varying.size() == 1 ? "" : "s");
  }
  fmt::print("  {:.1f} bytes on average, with FCS\n\n", source.mean_size());
}

}  // namespace

Result<void> show_profile(const Config& c) {
  auto profile = load_profile(c.profile);
  if (!profile) return forward(profile);
  auto context = context_of(c);
  if (!context) return forward(context);
  auto source = ProfileSource::make(*profile, *context);
  if (!source) return forward(source);
  auto writer = writer_of(c);
  if (!writer) return forward(writer);
  const bool quiet = c.show.pcap == "-";
  if (!quiet) print_flows(*profile, *source);
  std::vector<std::byte> room(source->first_frame().size());
  std::array<std::byte*, 1> frame{room.data()};
  for (std::uint64_t i = 0; i < c.count.value_or(10); ++i) {
    source->prepare(frame);
    source->stamp(frame, i * kApartNs);
    const auto bytes = std::span<const std::byte>(room).first(source->lengths()[0]);
    if (*writer) (*writer)->write(0, bytes, i * kApartNs);
    if (quiet) continue;
    fmt::print("{:>5} {}\n", i + 1, summary_line(bytes));
    if (c.show.verbose) fmt::print("{}", layer_lines(bytes));
  }
  return *writer ? (*writer)->flush() : Result<void>{};
}

}  // namespace hopcost::pktgen
