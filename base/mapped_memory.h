// A mapping with an owner: rings and frame areas. Header only; includes base/result.h.
#pragma once

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "base/result.h"

namespace hopcost {

class MappedMemory {
 public:
  MappedMemory() = default;
  /// Maps a file's memory with mmap(2): shared, readable, writable and populated.
  [[nodiscard]] static Result<MappedMemory> map(std::size_t bytes, int fd, off_t offset = 0) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
    if (at == MAP_FAILED) return errno_error(errno, "map memory");
    return MappedMemory(static_cast<std::byte*>(at), bytes);
  }
  /// Private memory, writable and populated, on a NUMA node if that has some left (mbind(2)); -1: on any.
  [[nodiscard]] static Result<MappedMemory> map_near(int node, std::size_t bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return errno_error(errno, "map memory");
    MappedMemory memory(static_cast<std::byte*>(at), bytes);
    // A wish: without it the memory only is slower.
    constexpr int kBits = 8 * sizeof(unsigned long);
    if (node >= 0 && node < kBits) {
      const unsigned long nodes = 1ul << node;
      syscall(SYS_mbind, at, bytes, MPOL_PREFERRED, &nodes, kBits + 1, 0);
    }
    constexpr std::size_t kLeastPage = 4096;
    for (std::size_t i = 0; i < bytes; i += kLeastPage) memory.data()[i] = std::byte{};
    return memory;
  }
  MappedMemory(MappedMemory&& o) noexcept
      : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
  MappedMemory& operator=(MappedMemory&& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  ~MappedMemory() { reset(); }

  /// Unmaps now; data() is null afterwards.
  void reset() noexcept {
    if (data_ != nullptr) munmap(data_, bytes_);
    data_ = nullptr;
  }
  [[nodiscard]] std::byte* data() const noexcept { return data_; }

 private:
  MappedMemory(std::byte* data, std::size_t bytes) : data_(data), bytes_(bytes) {}
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace hopcost
