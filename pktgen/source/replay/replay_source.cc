#include "pktgen/source/replay/replay_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "wire/frame_template.h"
#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

// Small reads, so that none takes long in the middle of a run.
constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kMostBytes = 65535;  // what a port's lengths hold

}  // namespace

ReplaySource::ReplaySource(PcapReader reader, const ReplayOptions& o)
    : reader_(std::move(reader)),
      options_(o),
      blank_(std::min(kMostBytes, frame_bytes(max_frame_size(o.mtu)) + layout::kVlanBytes)),
      stage_(kMaxBatch) {
  for (auto& s : stage_) s.bytes.resize(blank_.size());
}

Result<ReplaySource> ReplaySource::open(const ReplayOptions& o) {
  auto reader = PcapReader::open(o.file, kReadBytes);
  if (!reader) return forward(reader);
  ReplaySource source(std::move(*reader), o);
  if (source.available(1) == 0) {
    if (auto fault = source.fault()) return std::unexpected(std::move(*fault));
    return error(Exit::kUsage,
                 fmt::format("{} holds no Ethernet frame that an MTU of {} lets through", o.file, o.mtu));
  }
  return source;
}

std::optional<Error> ReplaySource::fault() const {
  if (!faulty_) return std::nullopt;
  return reader_.error();
}

bool ReplaySource::fits(const PcapPacket& p) noexcept {
  if (p.link_type != kLinkTypeEthernet || p.bytes.size() < layout::kEthBytes) {
    ++counts_.not_ethernet;
    return false;
  }
  if (p.bytes.size() > blank_.size()) {
    ++counts_.too_long;
    return false;
  }
  counts_.cut += p.bytes.size() < p.wire_bytes ? 1 : 0;
  return true;
}

double ReplaySource::due_of(std::uint64_t ns) noexcept {
  if (!first_ns_) first_ns_ = ns;
  const double since = ns > *first_ns_ ? static_cast<double>(ns - *first_ns_) : 0;
  latest_ns_ = std::max(latest_ns_, round_ns_ + since / options_.speed);
  return latest_ns_;
}

/// The file from its begin; the first frame comes one mean gap after the last one.
bool ReplaySource::next_round() noexcept {
  ++counts_.loops;
  if (in_round_ == 0 || (options_.loops != 0 && counts_.loops >= options_.loops) || !reader_.rewind())
    return false;
  const double gap = in_round_ > 1 ? (latest_ns_ - round_ns_) / static_cast<double>(in_round_ - 1) : 0;
  round_ns_ = latest_ns_ + gap;
  first_ns_.reset();
  in_round_ = 0;
  return true;
}

bool ReplaySource::stage_one() noexcept {
  PcapPacket p;
  while (!over_) {
    const auto next = reader_.next(p);
    if (next == PcapReader::Next::kPacket) {
      if (!fits(p)) continue;
      Staged& s = stage_[(head_ + staged_) % kMaxBatch];
      std::memcpy(s.bytes.data(), p.bytes.data(), p.bytes.size());
      s.length = static_cast<std::uint16_t>(p.bytes.size());
      s.due_ns = due_of(p.ns);
      ++in_round_;
      ++staged_;
      return true;
    }
    faulty_ = next == PcapReader::Next::kError;
    over_ = faulty_ || !next_round();
  }
  return false;
}

}  // namespace hopcost::pktgen
