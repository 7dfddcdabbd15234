#include "wire/pcapng_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "wire/pcapng_format.h"

namespace hopcost {
namespace {

constexpr std::size_t kMostText = 255;

constexpr std::size_t padded(std::size_t n) noexcept {
  return (n + 3) / 4 * 4;
}

/// Writes numbers and bytes one after the other.
class Cursor {
 public:
  explicit Cursor(std::byte* at) : at_(at) {}
  template <class T>
  Cursor& put(T v) noexcept {
    std::memcpy(at_, &v, sizeof v);
    at_ += sizeof v;
    return *this;
  }
  /// Writes bytes, padded with zeros to a multiple of four.
  Cursor& put_padded(const void* bytes, std::size_t n) noexcept {
    std::memcpy(at_, bytes, n);
    std::memset(at_ + n, 0, padded(n) - n);
    at_ += padded(n);
    return *this;
  }
  Cursor& put_option(std::uint16_t code, const void* bytes, std::size_t n) noexcept {
    return put(code).put(static_cast<std::uint16_t>(n)).put_padded(bytes, n);
  }

 private:
  std::byte* at_;
};

constexpr std::size_t option_bytes(std::size_t n) noexcept {
  return 4 + padded(n);
}

}  // namespace

Result<PcapngWriter> PcapngWriter::create(const std::string& path, const std::string& program) {
  Fd fd(path == "-" ? dup(STDOUT_FILENO)
                    : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return errno_error(errno, fmt::format("write {}", path));
  PcapngWriter writer(std::move(fd), path);
  writer.write_section(program);
  return writer;
}

PcapngWriter::~PcapngWriter() {
  if (fd_.valid()) empty_buffer();
}

void PcapngWriter::write_section(const std::string& program) noexcept {
  const std::size_t text = std::min(program.size(), kMostText);
  const auto length = static_cast<std::uint32_t>(28 + option_bytes(text) + option_bytes(0));
  std::byte* at = room(length);
  if (at == nullptr) return;
  Cursor c(at);
  c.put(pcapng::kSection)
      .put(length)
      .put(pcapng::kByteOrderMagic)
      .put(std::uint16_t{1})
      .put(std::uint16_t{0});
  c.put(~std::uint64_t{0});  // the section's length is not known
  c.put_option(pcapng::kOptionApplication, program.data(), text).put(std::uint32_t{0}).put(length);
}

std::uint32_t PcapngWriter::add_interface(const std::string& name) noexcept {
  const std::size_t text = std::min(name.size(), kMostText);
  const auto length = static_cast<std::uint32_t>(20 + option_bytes(text) + option_bytes(1) + option_bytes(0));
  if (std::byte* at = room(length); at != nullptr) {
    Cursor c(at);
    c.put(pcapng::kInterface).put(length).put(pcapng::kEthernet).put(std::uint16_t{0}).put(std::uint32_t{0});
    c.put_option(pcapng::kOptionName, name.data(), text)
        .put_option(pcapng::kOptionResolution, &pcapng::kNanoseconds, 1);
    c.put(std::uint32_t{0}).put(length);
  }
  return interfaces_++;
}

void PcapngWriter::write(std::uint32_t interface, std::span<const std::byte> bytes,
                         std::uint64_t ns) noexcept {
  write(interface, bytes, ns, static_cast<std::uint32_t>(bytes.size()), {});
}

void PcapngWriter::write(std::uint32_t interface, std::span<const std::byte> bytes, std::uint64_t ns,
                         std::uint32_t wire_bytes, std::string_view comment) noexcept {
  comment = comment.substr(0, kMostText);
  const std::size_t options = comment.empty() ? 0 : option_bytes(comment.size()) + option_bytes(0);
  const auto length = static_cast<std::uint32_t>(32 + padded(bytes.size()) + options);
  std::byte* at = room(length);
  if (at == nullptr) {
    ++lost_;
    return;
  }
  const auto size = static_cast<std::uint32_t>(bytes.size());
  Cursor c(at);
  c.put(pcapng::kEnhancedPacket).put(length).put(interface);
  c.put(static_cast<std::uint32_t>(ns >> 32)).put(static_cast<std::uint32_t>(ns)).put(size).put(wire_bytes);
  c.put_padded(bytes.data(), bytes.size());
  if (options != 0)
    c.put_option(pcapng::kOptionComment, comment.data(), comment.size()).put(std::uint32_t{0});
  c.put(length);
  ++written_;
}

void PcapngWriter::write_statistics(std::uint32_t interface, const Statistics& s, std::uint64_t ns,
                                    std::string_view comment) noexcept {
  comment = comment.substr(0, kMostText);
  const auto length =
      static_cast<std::uint32_t>(24 + option_bytes(comment.size()) + 3 * option_bytes(8) + option_bytes(0));
  std::byte* at = room(length);
  if (at == nullptr) return;
  Cursor c(at);
  c.put(pcapng::kStatistics).put(length).put(interface);
  c.put(static_cast<std::uint32_t>(ns >> 32)).put(static_cast<std::uint32_t>(ns));
  c.put_option(pcapng::kOptionComment, comment.data(), comment.size());
  c.put_option(pcapng::kOptionReceived, &s.received, 8).put_option(pcapng::kOptionDropped, &s.dropped, 8);
  c.put_option(pcapng::kOptionDelivered, &s.written, 8).put(std::uint32_t{0}).put(length);
}

std::byte* PcapngWriter::room(std::size_t n) noexcept {
  if (used_ + n > buffer_.size()) empty_buffer();
  if (failed_ != 0 || n > buffer_.size()) return nullptr;
  used_ += n;
  return buffer_.data() + used_ - n;
}

void PcapngWriter::empty_buffer() noexcept {
  for (std::size_t done = 0; done < used_ && failed_ == 0;) {
    const ssize_t n = ::write(fd_.get(), buffer_.data() + done, used_ - done);
    if (n < 0 && errno != EINTR) failed_ = errno;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  used_ = 0;
}

Result<void> PcapngWriter::flush() {
  empty_buffer();
  if (failed_ == 0) return {};
  auto e = errno_error(failed_, fmt::format("write {}", path_));
  e.error().code = Exit::kPartial;
  return e;
}

}  // namespace hopcost
