// Captures by hand, byte for byte: pcapng blocks and classic pcap records in either byte order, also such as
// no writer of ours makes. Header only.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/wire/frames.h"
#include "tests/wire/tshark.h"
#include "wire/pcap_reader.h"

namespace hopcost {

inline std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The numbered probe frame of 64 bytes (60 without FCS), or its packet alone, from the IP header on.
inline std::string probe_frame_text(std::uint64_t sequence, std::uint64_t tx_ns) {
  return text_of(stamped(*FrameTemplate::make(spec_v4(), 1500), sequence, tx_ns));
}
inline std::string probe_packet_text(std::uint64_t sequence, std::uint64_t tx_ns) {
  return probe_frame_text(sequence, tx_ns).substr(14);
}

/// Numbers one behind the other; `swapped`: not in this machine's byte order.
class Numbers {
 public:
  explicit Numbers(bool swapped = false) : swapped_(swapped) {}
  template <class T>
  Numbers& put(T v) {
    const auto* bytes = reinterpret_cast<const char*>(&v);
    for (std::size_t i = 0; i < sizeof v; ++i) text_ += bytes[swapped_ ? sizeof v - 1 - i : i];
    return *this;
  }
  Numbers& raw(const std::string& bytes) {
    text_ += bytes;
    return *this;
  }
  /// Zeros up to the next multiple of four.
  Numbers& pad() { return raw(std::string((4 - text_.size() % 4) % 4, '\0')); }
  [[nodiscard]] std::string take() { return std::exchange(text_, ""); }
  [[nodiscard]] bool swapped() const { return swapped_; }

 private:
  bool swapped_;
  std::string text_;
};

/// What an interface description says; a number below 0, or no text: nothing.
struct InterfaceText {
  std::uint16_t link_type = 1;
  std::uint32_t snap = 0;
  std::string name = {};
  int resolution = -1;
  std::int64_t offset = 0;
  int fcs_bits = -1;
};

class PcapngText {
 public:
  explicit PcapngText(bool swapped = false) : body_(swapped) {}
  template <class T>
  PcapngText& put(T v) {
    body_.put(v);
    return *this;
  }
  PcapngText& raw(const std::string& bytes) {
    body_.raw(bytes);
    return *this;
  }
  PcapngText& option(std::uint16_t code, const std::string& value) {
    body_.put(code).put(static_cast<std::uint16_t>(value.size())).raw(value).pad();
    return *this;
  }
  /// Closes what was put as a block of this type.
  PcapngText& block(std::uint32_t type) {
    const std::string body = body_.pad().take();
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    file_ += body_.put(type).put(length).raw(body).put(length).take();
    return *this;
  }
  PcapngText& section(std::uint16_t minor = 0) {
    body_.put(0x1a2b3c4du).put(std::uint16_t{1}).put(minor).put(~std::uint64_t{0});
    return block(0x0a0d0d0a);
  }
  PcapngText& interface(const InterfaceText& i) {
    body_.put(i.link_type).put(std::uint16_t{0}).put(i.snap);
    if (!i.name.empty()) option(2, i.name);
    if (i.resolution >= 0) option(9, {static_cast<char>(i.resolution)});
    if (i.fcs_bits >= 0) option(13, {static_cast<char>(i.fcs_bits)});
    if (i.offset != 0) option(14, Numbers(body_.swapped()).put(i.offset).take());
    if (!i.name.empty() || i.resolution >= 0 || i.fcs_bits >= 0 || i.offset != 0) put(0u);
    return block(1);
  }
  /// `resolution` below 0: none said.
  PcapngText& interface(int resolution = -1, std::int64_t offset = 0, std::uint32_t snap = 0) {
    return interface({.snap = snap, .resolution = resolution, .offset = offset});
  }
  /// `captured`, `wire` 0: as many as there are. `flags` below 0: no epb_flags.
  PcapngText& packet(std::uint32_t interface, std::uint64_t ticks, const std::string& bytes,
                     std::uint32_t captured = 0, std::uint32_t wire = 0, std::int64_t flags = -1) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    put(interface).put(static_cast<std::uint32_t>(ticks >> 32)).put(static_cast<std::uint32_t>(ticks));
    put(captured != 0 ? captured : size).put(wire != 0 ? wire : size).raw(bytes);
    body_.pad();
    if (flags >= 0) option(2, Numbers(body_.swapped()).put(static_cast<std::uint32_t>(flags)).take()).put(0u);
    return block(6);
  }
  PcapngText& simple(const std::string& bytes) {
    return put(static_cast<std::uint32_t>(bytes.size())).raw(bytes).block(3);
  }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  Numbers body_;
  std::string file_;
};

/// A classic file.
class ClassicText {
 public:
  /// `link` with the FCS bits, if any.
  explicit ClassicText(std::uint32_t link = 1, bool swapped = false, bool nano = true,
                       std::uint16_t minor = 4, std::uint32_t snap = 262144)
      : numbers_(swapped), nano_(nano) {
    file_ = numbers_.put(nano ? 0xa1b23c4du : 0xa1b2c3d4u)
                .put(std::uint16_t{2})
                .put(minor)
                .put(0u)
                .put(0u)
                .put(snap)
                .put(link)
                .take();
  }
  /// `captured` as the record says it; 0: as many as there are, `wire` alike.
  ClassicText& packet(std::uint64_t ns, const std::string& bytes, std::uint32_t captured = 0,
                      std::uint32_t wire = 0) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    file_ += numbers_.put(static_cast<std::uint32_t>(ns / 1'000'000'000))
                 .put(static_cast<std::uint32_t>(ns % 1'000'000'000 / (nano_ ? 1 : 1000)))
                 .put(captured != 0 ? captured : size)
                 .put(wire != 0 ? wire : size)
                 .raw(bytes)
                 .take();
    return *this;
  }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  Numbers numbers_;
  bool nano_;
  std::string file_;
};

/// A packet as a reader gives it; refers to the bytes.
inline PcapPacket packet_of(std::uint16_t link_type, const std::string& bytes) {
  return {.bytes = std::as_bytes(std::span(bytes)),
          .wire_bytes = static_cast<std::uint32_t>(bytes.size()),
          .ns = 0,
          .interface = 0,
          .link_type = link_type};
}

/// A file with these bytes, gone with this.
class CaptureFile {
 public:
  explicit CaptureFile(const std::string& bytes) : scratch_(".pcap") {
    std::ofstream(scratch_.path(), std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string path() const { return scratch_.path(); }

 private:
  ScratchFile scratch_;
};

/// Link layers of a packet from 02:00:00:00:00:01: cooked, as `tcpdump -i any` writes it.
inline std::string cooked_text(std::uint16_t protocol, std::uint16_t hardware = 1) {
  const auto be = [](std::uint16_t v) {
    return std::string{static_cast<char>(v >> 8), static_cast<char>(v)};
  };
  return std::string(2, '\0') + be(hardware) + be(6) + std::string("\x02\0\0\0\0\x01\0\0", 8) + be(protocol);
}
inline std::string cooked_v2_text(std::uint16_t protocol, std::uint16_t hardware = 1) {
  const auto be = [](std::uint16_t v) {
    return std::string{static_cast<char>(v >> 8), static_cast<char>(v)};
  };
  return be(protocol) + std::string("\0\0\0\0\0\2", 6) + be(hardware) + std::string("\0\6", 2) +
         std::string("\x02\0\0\0\0\x01\0\0", 8);
}

}  // namespace hopcost
