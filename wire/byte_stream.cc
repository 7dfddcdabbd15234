#include "wire/byte_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace hopcost {

Result<Fd> open_to_read(const std::string& path) {
  Fd fd(path == "-" ? dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, fmt::format("open {}", path));
  if (path != "-") posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return fd;
}

Result<ByteStream> ByteStream::open(const std::string& path, std::size_t buffer) {
  auto fd = open_to_read(path);
  if (!fd) return forward(fd);
  return ByteStream(std::move(*fd), buffer);
}

// Grows by doubling and not at once: a broken file may claim any length, but must not take memory that it
// does not fill.
bool ByteStream::grow(std::size_t most) noexcept {
  try {
    buffer_.resize(std::min(most, std::max<std::size_t>(2 * buffer_.size(), 64)));
    return true;
  } catch (const std::bad_alloc&) {
    failed_ = ENOMEM;
    return false;
  }
}

const std::byte* ByteStream::fill(std::size_t n) noexcept {
  if (failed_ != 0) return nullptr;
  std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
  before_ += at_;
  end_ -= at_;
  at_ = 0;
  while (end_ < n) {
    if (end_ == buffer_.size() && !grow(n)) return nullptr;
    const ssize_t got = ::read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failed_ = errno;
    if (got <= 0) return nullptr;
    end_ += static_cast<std::size_t>(got);
  }
  return buffer_.data();
}

bool ByteStream::rewind() noexcept {
  if (lseek(fd_.get(), 0, SEEK_SET) != 0) return false;
  at_ = end_ = 0;
  before_ = 0;
  return true;
}

}  // namespace hopcost
