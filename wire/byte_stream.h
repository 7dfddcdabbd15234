// Reads a file or a pipe forward through one buffer, so that any size takes a fixed amount of memory. One
// owner thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// "-" is standard input. Errors: as open(2).
[[nodiscard]] Result<Fd> open_to_read(const std::string& path);

class ByteStream {
 public:
  static constexpr std::size_t kDefaultBuffer = 256 << 10;

  /// "-" is standard input. Errors: as open(2).
  [[nodiscard]] static Result<ByteStream> open(const std::string& path, std::size_t buffer = kDefaultBuffer);
  /// Reads from the descriptor's present position.
  explicit ByteStream(Fd fd, std::size_t buffer = kDefaultBuffer) : fd_(std::move(fd)), buffer_(buffer) {}

  /// The next `n` bytes, contiguous, valid until the next call. Null when the file ends before that, reading
  /// failed (failed() is then not 0) or memory ran out. The buffer grows to `n` if needed.
  [[nodiscard]] const std::byte* peek(std::size_t n) noexcept {
    return end_ - at_ >= n ? buffer_.data() + at_ : fill(n);
  }
  /// Moves past `n` bytes that peek() gave.
  void skip(std::size_t n) noexcept { at_ += n; }
  /// Bytes in the buffer that are not skipped yet.
  [[nodiscard]] std::size_t at_hand() const noexcept { return end_ - at_; }
  /// Position of the next byte in the file.
  [[nodiscard]] std::uint64_t offset() const noexcept { return before_ + at_; }
  /// The errno of a failed read, or 0.
  [[nodiscard]] int failed() const noexcept { return failed_; }
  /// Goes back to the first byte. False when that is not possible (a pipe).
  [[nodiscard]] bool rewind() noexcept;

 private:
  const std::byte* fill(std::size_t n) noexcept;
  [[nodiscard]] bool grow(std::size_t most) noexcept;

  Fd fd_;
  std::vector<std::byte> buffer_;
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t before_ = 0;  // file offset of the buffer's first byte
  int failed_ = 0;
};

}  // namespace hopcost
