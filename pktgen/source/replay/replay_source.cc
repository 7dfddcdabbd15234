#include "pktgen/source/replay/replay_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>

#include "base/units.h"
#include "wire/frame_template.h"
#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

// Small reads, so that none takes long in the middle of a run.
constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kMostBytes = 65535;  // what a port's lengths hold
/// Captures have their packets a little out of order. A time further back than this means that the clock was
/// set.
constexpr double kOutOfOrderNs = 1e9;

/// The file from its begin, whoever read it before.
Result<PcapReader> open_capture(const ReplayOptions& o) {
  if (o.descriptor < 0) return PcapReader::open(o.file, kReadBytes);
  Fd fd(fcntl(o.descriptor, F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(errno, fmt::format("open {}", o.file));
  (void)lseek(fd.get(), 0, SEEK_SET);
  return PcapReader::open(o.file, ByteStream(std::move(fd), kReadBytes));
}

}  // namespace

ReplaySource::ReplaySource(PcapReader reader, const ReplayOptions& o, std::optional<LinkFilter> filter)
    : reader_(std::move(reader)),
      options_(o),
      filter_(std::move(filter)),
      ethernet_(o.dst_mac, o.src_mac),
      blank_(std::min(kMostBytes, frame_bytes(max_frame_size(o.mtu)) + layout::kVlanBytes)),
      stage_(kMaxBatch) {
  for (auto& s : stage_) s.bytes.resize(blank_.size());
}

Result<ReplaySource> ReplaySource::open(const ReplayOptions& o) {
  auto reader = open_capture(o);
  if (!reader) return forward(reader);
  std::optional<LinkFilter> filter;
  if (!o.filter.empty()) {
    auto compiled = LinkFilter::compile(o.filter);
    if (!compiled) return forward(compiled);
    filter.emplace(std::move(*compiled));
  }
  ReplaySource source(std::move(*reader), o, std::move(filter));
  if (auto ok = source.begin(); !ok) return forward(ok);
  return source;
}

/// Reads on until it is known whether there is a frame, and a time if times are asked for.
Result<void> ReplaySource::begin() {
  if (available(1) == 0) {
    if (auto why = fault()) return std::unexpected(std::move(*why));
    return std::unexpected(nothing_to_send());
  }
  if (!options_.recorded) return {};
  while (counts_.timeless == staged_ && staged_ < kMaxBatch && stage_one()) {
  }
  if (counts_.timeless < staged_) return {};
  return error(Exit::kUsage,
               fmt::format("{}: its packets have no times (simple packet blocks)", options_.file),
               "--rate R sends them at a rate");
}

Error ReplaySource::nothing_to_send() const {
  std::vector<std::string> reasons;
  const std::string type =
      counts_.link_type ? "of link type " + link_type_text(*counts_.link_type) : "too short";
  if (counts_.no_packet > 0)
    reasons.push_back(fmt::format("{} {} without an IP packet", counts_.no_packet, type));
  if (counts_.no_mac > 0)
    reasons.push_back(fmt::format("{} {} without an Ethernet header", counts_.no_mac, type));
  if (counts_.filtered > 0)
    reasons.push_back(fmt::format("{} that the filter does not pick", counts_.filtered));
  if (counts_.too_long > 0)
    reasons.push_back(fmt::format("{} above the MTU of {}", counts_.too_long, options_.mtu));
  return {
      .what = fmt::format("{} holds no frame to send: {}", options_.file,
                          reasons.empty() ? "no packet at all" : fmt::format("{}", fmt::join(reasons, ", "))),
      .hint = counts_.no_mac > 0 ? "--dst-mac says where those go whose header is made" : "",
      .code = Exit::kUsage};
}

std::optional<Error> ReplaySource::fault() const {
  if (refused_by_filter_) return filter_->why_not(*refused_by_filter_);
  if (!faulty_) return std::nullopt;
  return reader_.error();
}

void ReplaySource::leave_out(std::uint64_t& count, const PcapPacket& p) noexcept {
  ++count;
  if (p.link_type != kLinkTypeEthernet) counts_.link_type = p.link_type;
}

/// A link type that does not take the expression ends the file.
bool ReplaySource::is_wanted(const PcapPacket& p) noexcept {
  if (!filter_) return true;
  const auto picked = filter_->matches(p);
  if (!picked) {
    refused_by_filter_ = p.link_type;
    over_ = true;
    return false;
  }
  counts_.filtered += !*picked;
  return *picked;
}

std::optional<EthernetFrame> ReplaySource::frame_of(const PcapPacket& p) noexcept {
  const auto frame = ethernet_.of(p);
  const bool made = p.link_type != kLinkTypeEthernet;
  if (!frame || frame->bytes.size() < layout::kEthBytes || (made && !carries_ip(*frame))) {
    leave_out(counts_.no_packet, p);
    return std::nullopt;
  }
  if (!is_wanted(p)) return std::nullopt;
  if (made && options_.dst_mac.is_zero()) {
    leave_out(counts_.no_mac, p);
    return std::nullopt;
  }
  if (frame->bytes.size() > blank_.size()) {
    ++counts_.too_long;
    return std::nullopt;
  }
  return frame;
}

double ReplaySource::due_of(const PcapPacket& p) noexcept {
  if (!p.timed) {
    ++counts_.timeless;
    return latest_ns_;
  }
  if (!base_ns_) {
    base_ns_ = p.ns;
    base_due_ = latest_ns_;
  }
  const double since = static_cast<double>(static_cast<std::int64_t>(p.ns - *base_ns_));
  double due = base_due_ + since / options_.speed;
  const bool back = (latest_ns_ - due) * options_.speed > kOutOfOrderNs;
  const bool far = due - latest_ns_ > options_.max_gap_ns;
  if (back || far) {  // time counts anew from here on
    due = latest_ns_ + (far ? options_.max_gap_ns : 0);
    base_ns_ = p.ns;
    base_due_ = due;
    ++(far ? counts_.shortened : counts_.steps_back);
  }
  latest_ns_ = std::max(latest_ns_, due);
  return latest_ns_;
}

/// The file from its begin; the first frame comes one mean gap after the last one.
bool ReplaySource::next_round() noexcept {
  ++counts_.loops;
  if (in_round_ == 0 || (options_.loops != 0 && counts_.loops >= options_.loops) || !reader_.rewind())
    return false;
  const double gap = in_round_ > 1 ? (latest_ns_ - round_ns_) / static_cast<double>(in_round_ - 1) : 0;
  latest_ns_ += gap;
  round_ns_ = latest_ns_;
  base_ns_.reset();
  in_round_ = 0;
  return true;
}

bool ReplaySource::stage_one() noexcept {
  PcapPacket p;
  while (!over_) {
    const auto next = reader_.next(p);
    if (next == PcapReader::Next::kPacket) {
      const auto frame = frame_of(p);
      if (!frame) continue;
      counts_.cut += frame->bytes.size() < frame->wire_bytes ? 1 : 0;
      Staged& s = stage_[(head_ + staged_) % kMaxBatch];
      std::memcpy(s.bytes.data(), frame->bytes.data(), frame->bytes.size());
      s.length = static_cast<std::uint16_t>(frame->bytes.size());
      s.due_ns = due_of(p);
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
