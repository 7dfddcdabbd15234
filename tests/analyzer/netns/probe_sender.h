// Sends real probes by an AF_PACKET socket. Builds its frames itself, apart from wire/, so that both can be
// wrong.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/fd.h"

namespace hopcost::analyzer {

class ProbeSender {
 public:
  /// On `device` of `netns`, from `source` to `destination`, the last bytes of 02:00:00:00:00:xx and
  /// 198.18.0.xx.
  ProbeSender(const std::string& netns, const std::string& device, int source = 1, int destination = 2);

  /// One 60-byte UDP/IPv4 frame with a probe, stamped now. Gives up after a second of full queues.
  void send(std::uint16_t flow, std::uint64_t sequence);
  /// The same in a VLAN, with its tag in the frame.
  void send_tagged(std::uint16_t flow, std::uint64_t sequence, std::uint16_t vlan);
  /// The same as a reflector sends it back, stamped now.
  void send_reflected(std::uint16_t flow, std::uint64_t sequence, std::uint64_t residence_ns);
  /// The same with ten bytes of padding behind the IP packet, as a switch leaves when it takes off a tag.
  void send_padded(std::uint16_t flow, std::uint64_t sequence);
  /// A datagram without a probe, and behind it, as padding, one of those an earlier frame held.
  void send_stale_padding(std::uint16_t flow, std::uint64_t sequence);
  /// An ICMP error that ends as the probe's packet does.
  void send_icmp_error(std::uint16_t flow, std::uint64_t sequence);
  /// The same in a VLAN.
  void send_tagged_icmp_error(std::uint16_t flow, std::uint64_t sequence, std::uint16_t vlan);
  /// An IPv6 packet that ends with a probe. Its header is followed by eight bytes of what `next_header` says.
  void send_ipv6(std::uint16_t flow, std::uint64_t sequence, std::uint8_t next_header,
                 const std::array<std::uint8_t, 8>& header);
  /// Sequences first .. first + count - 1, some microseconds apart.
  void send_many(std::uint16_t flow, std::uint64_t first, std::uint64_t count);
  /// A frame of so many bytes, its probe at the end.
  void send_long(std::uint16_t flow, std::uint64_t sequence, std::size_t bytes);
  /// A frame of the same headers without a probe.
  void send_foreign();

  [[nodiscard]] bool good() const { return good_; }

 private:
  void put(std::size_t at, std::size_t bytes, std::uint64_t value);
  void make_icmp_error(bool wanted);
  void write_probe(std::uint16_t flow, std::uint64_t sequence);
  void transmit(std::size_t bytes = kFrameBytes);

  Fd socket_;
  static constexpr std::size_t kFrameBytes = 60, kPadding = 10;
  std::array<std::byte, kFrameBytes + kPadding> frame_{};
  bool good_ = true;
};

}  // namespace hopcost::analyzer
