#include "analyzer/output/hop_capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "analyzer/match/packet_matcher.h"

namespace hopcost::analyzer {

namespace {

/// Size of each of the two buffers. The reader may fill one before the writer has finished with the other.
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
/// When held frames take more room than this, they are written early.
constexpr std::size_t kHeldBytes = std::size_t{24} << 20;
/// Frames are held this long. After that no tap can show an earlier frame or the same packet any more.
constexpr std::uint64_t kHoldNs = PacketMatcher::kHoldNs;

/// Precedes each frame's bytes in a batch.
struct Header {
  Sight sight;
  std::uint32_t bytes = 0, wire_bytes = 0;
};
static_assert(std::is_trivially_copyable_v<Header>);

}  // namespace

Result<std::unique_ptr<HopCapture>> HopCapture::create(Options options) {
  auto writer = PcapngWriter::create(options.path, "analyzer " HOPCOST_VERSION);
  if (!writer) return forward(writer);
  for (const auto& tap : options.taps) writer->add_interface(tap);
  return std::unique_ptr<HopCapture>(new HopCapture(std::move(options), std::move(*writer)));
}

Result<std::unique_ptr<HopCapture>> open_hop_capture(const Config& config, bool patient) {
  if (config.write.empty()) return std::unique_ptr<HopCapture>();
  HopCapture::Options options{
      .path = config.write, .every = config.write_every, .match = config.match, .patient = patient};
  for (const auto& tap : config.taps) options.taps.push_back(tap.name);
  return HopCapture::create(std::move(options));
}

HopCapture::HopCapture(Options options, PcapngWriter writer)
    : options_(std::move(options)),
      left_out_(options_.taps.size()),
      filling_(kBatchBytes),
      batch_(kBatchBytes),
      writer_(std::move(writer)),
      comments_(options_.match, options_.taps),
      written_(options_.taps.size()) {}

HopCapture::~HopCapture() {
  if (thread_.joinable()) (void)close({});
}

void HopCapture::take(const Sight& sight, const Frame& frame) noexcept {
  if (sight.number % options_.every != 0) {
    ++skipped_;
    return;
  }
  const std::size_t bytes = sizeof(Header) + frame.bytes.size();
  if (kBatchBytes - filled_ < bytes) hand_over();
  if (kBatchBytes - filled_ < bytes) {
    ++left_out_[sight.tap];
    return;
  }
  const Header header{sight, static_cast<std::uint32_t>(frame.bytes.size()), frame.wire_bytes};
  std::memcpy(&filling_[filled_], &header, sizeof header);
  std::memcpy(&filling_[filled_ + sizeof header], frame.bytes.data(), frame.bytes.size());
  filled_ += bytes;
}

void HopCapture::hand_over() noexcept {
  hand_over(options_.patient);
}

void HopCapture::hand_over(bool wait) noexcept {
  if (filled_ == 0) return;
  {
    std::unique_lock lock(mutex_);
    if (full_ && !wait) return;
    changed_.wait(lock, [this] { return !full_; });
    std::swap(filling_, batch_);
    batch_bytes_ = std::exchange(filled_, 0);
    full_ = true;
  }
  changed_.notify_all();
}

void HopCapture::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return full_ || over_; });
    if (!full_) break;
    lock.unlock();
    read_batch();
    lock.lock();
    full_ = false;
    changed_.notify_all();
    lock.unlock();
    std::ranges::stable_sort(held_, {}, [](const Held& h) { return h.sight.ns; });
    write_until(newest_ns_ - std::min(newest_ns_, kHoldNs));
    lock.lock();
  }
  write_until(~std::uint64_t{0});
}

void HopCapture::read_batch() {
  for (std::size_t at = 0; at < batch_bytes_;) {
    Header header;
    std::memcpy(&header, &batch_[at], sizeof header);
    const std::byte* const bytes = &batch_[at] + sizeof header;
    at += sizeof header + header.bytes;
    comments_.remember(header.sight);
    newest_ns_ = std::max(newest_ns_, header.sight.ns);
    held_bytes_ += sizeof(Held) + header.bytes;
    held_.push_back({header.sight, header.wire_bytes, {bytes, bytes + header.bytes}});
  }
}

/// Writes the held frames up to the horizon, and later ones while more than kHeldBytes are held.
void HopCapture::write_until(std::uint64_t horizon_ns) {
  std::size_t n = 0;
  for (; n < held_.size() && (held_[n].sight.ns <= horizon_ns || held_bytes_ > kHeldBytes); ++n) {
    const Held& h = held_[n];
    writer_.write(h.sight.tap, h.bytes, h.sight.ns, h.wire_bytes, comments_.comment(h.sight));
    ++written_[h.sight.tap];
    held_bytes_ -= sizeof(Held) + h.bytes.size();
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(n));
}

Result<WrittenFile> HopCapture::close(const std::vector<TapSummary>& taps) {
  hand_over(true);
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
  WrittenFile result{options_.path, options_.every, writer_.written(), skipped_, writer_.lost()};
  for (const std::uint64_t n : left_out_) result.left_out += n;
  for (std::uint32_t i = 0; i < taps.size(); ++i) {
    const TapTally& t = *taps[i].tally;
    const std::string comment =
        fmt::format("packets whose number is a multiple of {}; {} frames left out for lack of room",
                    options_.every, left_out_[i]);
    writer_.write_statistics(
        i, {t.seen + t.duplicates + t.ambiguous + taps[i].ring_drops, taps[i].ring_drops, written_[i]},
        newest_ns_, comment);
  }
  if (auto flushed = writer_.flush(); !flushed) return forward(flushed);
  return result;
}

}  // namespace hopcost::analyzer
