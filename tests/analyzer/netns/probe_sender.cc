#include "tests/analyzer/netns/probe_sender.h"

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "base/netns.h"

namespace hopcost::analyzer {

namespace {

constexpr std::size_t kIp = 14, kUdp = 34, kProbe = 42;

std::uint64_t realtime_ns() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

}  // namespace

ProbeSender::ProbeSender(const std::string& netns, const std::string& device, int source, int destination) {
  const auto s = static_cast<std::uint64_t>(source), d = static_cast<std::uint64_t>(destination);
  auto scope = NetnsScope::enter(netns);
  const auto index = scope ? interface_index(device) : Result<unsigned>(0u);
  socket_ = Fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = index ? static_cast<int>(*index) : -1;
  good_ = bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  put(0, 6, 0x020000000000 + d);
  put(6, 6, 0x020000000000 + s);
  put(12, 2, 0x0800);
  put(kIp, 4, 0x4500'0000 + 46);
  put(kIp + 8, 2, 64 << 8 | 17);
  put(kIp + 12, 4, 0xc612'0000 + s);
  put(kIp + 16, 4, 0xc612'0000 + d);
  std::uint32_t sum = 0;
  for (std::size_t i = kIp; i < kUdp; i += 2)
    sum += std::to_integer<unsigned>(frame_[i]) << 8 | std::to_integer<unsigned>(frame_[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  put(kIp + 10, 2, ~sum & 0xffff);
  put(kUdp, 4, 9 << 16 | 9);
  put(kUdp + 4, 4, 26u << 16);  // no checksum
}

void ProbeSender::put(std::size_t at, std::size_t bytes, std::uint64_t value) {
  for (std::size_t i = 0; i < bytes; ++i)
    frame_[at + i] = static_cast<std::byte>(value >> (8 * (bytes - 1 - i)));
}

void ProbeSender::transmit(std::size_t bytes) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (::send(socket_.get(), frame_.data(), bytes, 0) == static_cast<ssize_t>(bytes)) return;
    if (errno != ENOBUFS && errno != EAGAIN) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  good_ = false;
}

void ProbeSender::write_probe(std::uint16_t flow, std::uint64_t sequence) {
  put(kProbe, 2, 0x4c71);
  put(kProbe + 2, 2, flow);
  put(kProbe + 4, 6, sequence);
  put(kProbe + 10, 8, realtime_ns());
}

void ProbeSender::send(std::uint16_t flow, std::uint64_t sequence) {
  write_probe(flow, sequence);
  transmit();
}

void ProbeSender::send_tagged_icmp_error(std::uint16_t flow, std::uint64_t sequence, std::uint16_t vlan) {
  make_icmp_error(true);
  send_tagged(flow, sequence, vlan);
  make_icmp_error(false);
}

void ProbeSender::send_ipv6(std::uint16_t flow, std::uint64_t sequence, std::uint8_t next_header,
                            const std::array<std::uint8_t, 8>& header) {
  constexpr std::size_t kIpv6Bytes = 40, kProbeBytes = kFrameBytes - kProbe;
  write_probe(flow, sequence);
  std::vector<std::byte> frame(frame_.begin(), frame_.begin() + kIp);
  frame[12] = std::byte{0x86}, frame[13] = std::byte{0xdd};
  frame.resize(kIp + kIpv6Bytes);
  frame[kIp] = std::byte{0x60};
  frame[kIp + 5] = static_cast<std::byte>(header.size() + kProbeBytes);
  frame[kIp + 6] = std::byte{next_header}, frame[kIp + 7] = std::byte{64};
  for (const std::uint8_t b : header) frame.push_back(std::byte{b});
  frame.insert(frame.end(), &frame_[kProbe], &frame_[kFrameBytes]);
  good_ = good_ && ::send(socket_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
}

void ProbeSender::send_tagged(std::uint16_t flow, std::uint64_t sequence, std::uint16_t vlan) {
  constexpr std::size_t kTagAt = 12, kTagBytes = 4;
  write_probe(flow, sequence);
  std::copy_backward(&frame_[kTagAt], &frame_[kFrameBytes], &frame_[kFrameBytes + kTagBytes]);
  put(kTagAt, kTagBytes, std::uint64_t{0x8100} << 16 | vlan);
  transmit(kFrameBytes + kTagBytes);
  std::copy(&frame_[kTagAt + kTagBytes], &frame_[kFrameBytes + kTagBytes], &frame_[kTagAt]);
}

void ProbeSender::send_reflected(std::uint16_t flow, std::uint64_t sequence, std::uint64_t residence_ns) {
  constexpr int kTimeBits = 35;
  write_probe(flow, sequence);
  put(kProbe, 2, 0x4c72);
  put(kProbe + 10, 8, residence_ns << kTimeBits | (realtime_ns() & ((std::uint64_t{1} << kTimeBits) - 1)));
  transmit();
}

void ProbeSender::send_padded(std::uint16_t flow, std::uint64_t sequence) {
  write_probe(flow, sequence);
  transmit(kFrameBytes + kPadding);
}

void ProbeSender::send_long(std::uint16_t flow, std::uint64_t sequence, std::size_t bytes) {
  put(kIp + 2, 2, bytes - kIp);
  put(kUdp + 4, 2, bytes - kUdp);
  write_probe(flow, sequence);
  std::vector<std::byte> frame(bytes);
  std::copy_n(frame_.begin(), kProbe, frame.begin());
  std::copy_n(&frame_[kProbe], kFrameBytes - kProbe, frame.end() - (kFrameBytes - kProbe));
  good_ = good_ && ::send(socket_.get(), frame.data(), bytes, 0) == static_cast<ssize_t>(bytes);
  put(kIp + 2, 2, kFrameBytes - kIp);
  put(kUdp + 4, 2, kFrameBytes - kUdp);
}

void ProbeSender::send_stale_padding(std::uint16_t flow, std::uint64_t sequence) {
  constexpr std::size_t kEmptyDatagram = 28;
  write_probe(flow, sequence);
  put(kIp + 2, 2,
      kEmptyDatagram);  // the probe is behind the packet now; nobody checks the checksum on the way
  transmit();
  put(kIp + 2, 2, kFrameBytes - kIp);
}

void ProbeSender::send_icmp_error(std::uint16_t flow, std::uint64_t sequence) {
  make_icmp_error(true);
  send(flow, sequence);
  make_icmp_error(false);
}

/// Destination unreachable; or UDP again.
void ProbeSender::make_icmp_error(bool wanted) {
  frame_[kIp + 9] = std::byte{wanted ? std::uint8_t{1} : std::uint8_t{17}};
  frame_[kUdp] = std::byte{wanted ? std::uint8_t{3} : std::uint8_t{0}};
}

void ProbeSender::send_many(std::uint16_t flow, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    send(flow, first + i);
    if (i % 64 == 63) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

void ProbeSender::send_foreign() {
  for (std::size_t i = kProbe; i < kFrameBytes; ++i) frame_[i] = std::byte{0};
  transmit();
}

}  // namespace hopcost::analyzer
