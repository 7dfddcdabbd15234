// Writes captures as pcapng with nanosecond stamps (draft-ietf-opsawg-pcapng), in the host's byte order. One
// owner thread; write() allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

class PcapngWriter {
 public:
  /// Creates or empties the file; "-" is standard output. `program` is noted as the writing program. Errors:
  /// as open(2).
  [[nodiscard]] static Result<PcapngWriter> create(const std::string& path, const std::string& program);
  PcapngWriter(PcapngWriter&&) = default;
  PcapngWriter& operator=(PcapngWriter&&) = default;
  ~PcapngWriter();  ///< Flushes, without telling whether that worked.

  /// Adds an Ethernet interface and gives its number for write(). Possible at any time.
  std::uint32_t add_interface(const std::string& name) noexcept;
  /// Writes one whole packet, stamped in ns since 1970-01-01. A packet that can't be written counts in
  /// lost(); failed() says why.
  void write(std::uint32_t interface, std::span<const std::byte> bytes, std::uint64_t ns) noexcept;
  /// Writes the first bytes of a packet that had `wire_bytes`, with a comment (opt_comment) unless that is
  /// empty.
  void write(std::uint32_t interface, std::span<const std::byte> bytes, std::uint64_t ns,
             std::uint32_t wire_bytes, std::string_view comment) noexcept;
  /// What became of an interface's packets (Interface Statistics Block).
  struct Statistics {
    std::uint64_t received = 0;  ///< By the interface.
    std::uint64_t dropped = 0;   ///< By the capture.
    std::uint64_t written = 0;   ///< Here.
  };
  /// Writes the statistics as of `ns` as a block.
  void write_statistics(std::uint32_t interface, const Statistics& statistics, std::uint64_t ns,
                        std::string_view comment) noexcept;
  /// Writes everything out. Errors: kPartial with write(2)'s errno, also for earlier writes.
  [[nodiscard]] Result<void> flush();

  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }  ///< Packets.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }        ///< Packets, after a fault.
  [[nodiscard]] int failed() const noexcept { return failed_; }              ///< errno, or 0.

 private:
  static constexpr std::size_t kBuffer = 256 << 10;
  PcapngWriter(Fd fd, std::string path) : path_(std::move(path)), fd_(std::move(fd)), buffer_(kBuffer) {}
  /// Room for `n` more bytes; null when there can be none.
  [[nodiscard]] std::byte* room(std::size_t n) noexcept;
  void empty_buffer() noexcept;
  void write_section(const std::string& program) noexcept;

  std::string path_;
  Fd fd_;
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
  std::uint32_t interfaces_ = 0;
  std::uint64_t written_ = 0, lost_ = 0;
  int failed_ = 0;
};

}  // namespace hopcost
