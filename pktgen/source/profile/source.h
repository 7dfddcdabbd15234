// A profile made ready to send: an image for each flow and size, and a list of what differs per packet.
// next() and send() are the hot path: no allocation, no virtual call. One owner thread. Set-up is in
// make_source.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "pktgen/io/port.h"
#include "pktgen/source/profile/profile.h"
#include "pktgen/source/profile/series.h"
#include "wire/byte_order.h"
#include "wire/checksum.h"
#include "wire/frame_encoder.h"
#include "wire/probe.h"

namespace hopcost::pktgen {

/// What the run adds to a profile.
struct ProfileContext {
  std::optional<MacAddress> dst_mac, src_mac;  ///< For flows that name none.
  std::uint32_t mtu = 1500;
  std::uint64_t seed = 1;  ///< When the profile has none.
};

/// One flow's frames. What is written per packet is kept as a list of terms: the words, then the probe, then
/// the checksums. A checksum starts from what is constant in its reach and adds the terms that lie in it: RFC
/// 1624's way, but from the constant instead of from the old checksum, so what a buffer held before does not
/// matter.
class FlowFrames {
 public:
  static constexpr std::size_t kMostSums = 8;
  static constexpr std::size_t kMostTerms = 64;

  /// Bytes written at once: 2, 4 or 8, at an even offset. The i-th word is term i.
  struct Word {
    std::uint16_t at;
    std::uint8_t bytes;
    std::uint8_t parts;  ///< Of `parts`, in order.
    std::uint64_t base;  ///< What is constant in it, as a number.
  };
  /// A series' bits in a word.
  struct Part {
    std::uint16_t series;
    bool high;  ///< Of the 128 bits, the upper 64.
    std::uint8_t right, left;
    std::uint64_t mask;  ///< Between the shifts.
  };
  /// A checksum that differs per packet.
  struct Sum {
    ChecksumPlace place;
    std::vector<std::uint8_t> terms;  ///< In its reach; other checksums among them come before it.
  };
  /// A frame of one size, to be copied and filled in.
  struct Image {
    std::vector<std::byte> bytes;
    std::uint16_t probe_at = 0;  ///< 0: none.
    std::uint8_t rotation = 0;   ///< 8 when the probe's numbers begin at an odd offset (RFC 1071 section 2B).
    std::array<std::uint64_t, kMostSums> constant{};  ///< Of each of `sums`.
  };
  using Terms = std::array<std::uint64_t, kMostTerms>;  ///< Native order, as they stand in the frame.

  /// Writes the flow's next frame; its length without FCS.
  std::uint16_t next(std::byte* frame, std::uint64_t ns) noexcept {
    const Image& image = images[pick()];
    std::memcpy(frame, image.bytes.data(), image.bytes.size());
    Terms terms;
    for (Series& s : series) s.next();
    write_words(frame, terms);
    terms[words.size()] = image.probe_at != 0 ? write_probe(frame, image, ns) : 0;
    write_sums(frame, image, terms);
    count_one(sent);
    return static_cast<std::uint16_t>(image.bytes.size());
  }

  std::string name;
  std::uint16_t id = 0;
  // Others may read these two while frames are made, by counted_now().
  std::uint64_t sent = 0;      ///< Frames.
  std::uint64_t sequence = 0;  ///< Of its next probe: frames with a probe so far.
  std::vector<Image> images;
  std::vector<std::uint16_t> order;  ///< Of images.
  bool random_order = false;
  std::uint32_t turn = 0;
  Random random{0};
  std::vector<Series> series;
  std::vector<Word> words;
  std::vector<Part> parts;
  std::vector<Sum> sums;  ///< Inner ones first.

  /// `sent` or `sequence`, read by another thread than its own.
  [[nodiscard]] static std::uint64_t counted_now(const std::uint64_t& counter) noexcept {
    return std::atomic_ref(const_cast<std::uint64_t&>(counter)).load(std::memory_order_relaxed);
  }

 private:
  static void count_one(std::uint64_t& counter) noexcept {
    std::atomic_ref(counter).store(counter + 1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t pick() noexcept {
    if (random_order) return order[(random.bits() >> 32) * order.size() >> 32];
    const std::size_t at = turn;
    if (++turn == order.size()) turn = 0;
    return order[at];
  }
  template <class T>
  [[nodiscard]] static std::uint64_t store(std::byte* at, std::uint64_t value) noexcept {
    const T word = big_endian(static_cast<T>(value));
    std::memcpy(at, &word, sizeof word);
    return word;
  }
  void write_words(std::byte* frame, Terms& terms) noexcept {
    const Part* part = parts.data();
    std::size_t term = 0;
    for (const Word& w : words) {
      std::uint64_t value = w.base;
      for (const Part* end = part + w.parts; part != end; ++part) {
        const FieldBits& now = series[part->series].now();
        value |= ((part->high ? now.high : now.low) >> part->right & part->mask) << part->left;
      }
      std::byte* at = frame + w.at;
      terms[term++] = w.bytes == 8   ? store<std::uint64_t>(at, value)
                      : w.bytes == 4 ? store<std::uint32_t>(at, value)
                                     : store<std::uint16_t>(at, value);
    }
  }
  /// The probe as a term.
  [[nodiscard]] std::uint64_t write_probe(std::byte* frame, const Image& image, std::uint64_t ns) noexcept {
    std::byte* at = frame + image.probe_at + kProbeFlowOffset;
    const std::uint64_t number =
        store<std::uint64_t>(at, std::uint64_t{id} << 48 | (sequence & kProbeSequenceMask));
    count_one(sequence);
    const std::uint64_t time = store<std::uint64_t>(at + sizeof number, ns);
    return std::rotl(ones_add(number, time), image.rotation);
  }
  void write_sums(std::byte* frame, const Image& image, Terms& terms) noexcept {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Sum& s = sums[i];
      std::uint64_t sum = image.constant[i];
      for (const std::uint8_t term : s.terms) sum = ones_add(sum, terms[term]);
      const std::uint16_t value = field_for(s.place, sum);
      std::memcpy(frame + s.place.at, &value, sizeof value);
      terms[words.size() + 1 + i] = value;
    }
  }
};

/// A FrameSource (pktgen/source/frame_source.h). Its flows number their own probes, each from 0.
class ProfileSource {
 public:
  /// Errors: kUsage with the flow's place when a size does not hold the headers, the probe it must or is
  /// above the MTU, or a flow names no destination MAC and the context neither.
  [[nodiscard]] static Result<ProfileSource> make(const Profile& profile, const ProfileContext& context);

  [[nodiscard]] std::span<const std::byte> first_frame() const noexcept { return longest_; }
  [[nodiscard]] std::uint64_t available(std::uint64_t n) const noexcept { return n; }
  template <SizedTxPort P>
  std::uint64_t send(P& port, std::span<std::byte* const> frames, std::uint64_t, std::uint64_t ns) noexcept {
    std::array<std::uint16_t, kMaxBatch> lengths;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) bytes += lengths[i] = next(frames[i], ns);
    port.send(std::span<const std::uint16_t>(lengths.data(), frames.size()));
    return bytes;
  }

  /// Writes the next frame; its length without FCS.
  std::uint16_t next(std::byte* frame, std::uint64_t ns) noexcept {
    const std::size_t flow = order_[turn_];
    if (++turn_ == order_.size()) turn_ = 0;
    return flows_[flow].next(frame, ns);
  }

  [[nodiscard]] const std::vector<FlowFrames>& flows() const noexcept { return flows_; }
  /// Of a whole round of flows and sizes, with FCS.
  [[nodiscard]] double mean_size() const noexcept { return mean_size_; }
  /// What the flows' own rates sum to; 0 when they have none.
  [[nodiscard]] double pps() const noexcept { return pps_; }

 private:
  std::vector<FlowFrames> flows_;
  std::vector<std::uint16_t> order_;
  std::size_t turn_ = 0;
  std::vector<std::byte> longest_;
  double mean_size_ = 0, pps_ = 0;
};

}  // namespace hopcost::pktgen
