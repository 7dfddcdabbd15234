// A file read forward through one buffer: any size of file in a fixed amount of memory, pipes too. One owner
// thread.
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
  /// From where the descriptor stands.
  explicit ByteStream(Fd fd, std::size_t buffer = kDefaultBuffer) : fd_(std::move(fd)), buffer_(buffer) {}

  /// The next `n` bytes, contiguous, valid until the next call; null when the file ends before, reading
  /// failed (failed() is then not 0) or memory is out. The buffer grows to what is asked for.
  [[nodiscard]] const std::byte* peek(std::size_t n) noexcept {
    return end_ - at_ >= n ? buffer_.data() + at_ : fill(n);
  }
  /// Goes past `n` bytes that were peeked at.
  void skip(std::size_t n) noexcept { at_ += n; }
  /// Bytes that are left, as far as they are in the buffer.
  [[nodiscard]] std::size_t at_hand() const noexcept { return end_ - at_; }
  /// Of the next byte in the file.
  [[nodiscard]] std::uint64_t offset() const noexcept { return before_ + at_; }
  /// The errno of a failed read, or 0.
  [[nodiscard]] int failed() const noexcept { return failed_; }
  /// Back to the first byte. False for what can't (a pipe).
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
