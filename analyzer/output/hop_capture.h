// What the taps saw as one pcapng file: an interface a tap, and beside each frame a comment with the time it
// took from the tap before. Two threads: the taps' reader calls take(), put() into a buffer and nothing more;
// a writer of its own brings the frames into the order of their times, comments and writes them. The reader
// never waits for the disk; what there is no room for is left out and counted.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/output/hop_comments.h"
#include "analyzer/output/summary.h"
#include "analyzer/tap/tap.h"
#include "wire/pcapng_writer.h"

namespace hopcost::analyzer {

class HopCapture {
 public:
  /// What is written, and where.
  struct Options {
    std::string path;
    std::uint64_t every = 1;  ///< Packets whose number is a multiple of it; the same ones at every tap.
    std::vector<std::string> taps = {};
    Match match = Match::kProbe;
    bool patient = false;  ///< The reader waits for the writer: for frames that wait themselves, in files.
  };
  /// Makes or empties the file. Errors: as open(2).
  [[nodiscard]] static Result<std::unique_ptr<HopCapture>> create(Options options);
  ~HopCapture();
  HopCapture(const HopCapture&) = delete;

  /// Starts the writer. Before anything else, by a thread that has given up what privilege it can.
  void start() {
    thread_ = std::thread([this] { work(); });
  }
  /// The reader's: a packet passed a tap.
  void take(const Sight& sight, const Frame& frame) noexcept;
  /// The reader's, now and then: hands what was taken to the writer.
  void hand_over() noexcept;

  /// Writes all that was taken, and per tap what it received and its ring dropped. Errors: as write(2).
  [[nodiscard]] Result<WrittenFile> close(const std::vector<TapSummary>& taps);

 private:
  struct Held {
    Sight sight;
    std::uint32_t wire_bytes = 0;
    std::vector<std::byte> bytes;
  };
  HopCapture(Options options, PcapngWriter writer);
  void hand_over(bool wait) noexcept;
  void work();
  void read_batch();
  void write_until(std::uint64_t horizon_ns);

  Options options_;
  std::uint64_t skipped_ = 0;            // the reader's
  std::vector<std::uint64_t> left_out_;  // by tap, the reader's

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::byte> filling_, batch_;  // the reader's, and the writer's while `full_`
  std::size_t filled_ = 0, batch_bytes_ = 0;
  bool full_ = false, over_ = false;

  PcapngWriter writer_;  // from here on the writer's
  HopComments comments_;
  std::vector<Held> held_;
  std::vector<std::uint64_t> written_;
  std::size_t held_bytes_ = 0;
  std::uint64_t newest_ns_ = 0;
  std::thread thread_;
};

/// As the command line asks for; null when it does not. Errors: HopCapture::create()'s.
[[nodiscard]] Result<std::unique_ptr<HopCapture>> open_hop_capture(const Config& config, bool patient);

}  // namespace hopcost::analyzer
