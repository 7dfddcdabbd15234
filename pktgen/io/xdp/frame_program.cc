#include "pktgen/io/xdp/frame_program.h"

#include <bit>
#include <cstring>

#include "pktgen/io/bpf/assembler.h"
#include "wire/byte_order.h"

namespace hopcost::pktgen {
namespace {

using namespace layout;

constexpr int kTaiHelper = 208;  // bpf_ktime_get_tai_ns(), Linux 6.1; newer than some headers

// What each register holds; registers 0 to 5 do not survive a call.
constexpr int kResult = BPF_REG_0, kA = BPF_REG_1, kB = BPF_REG_2, kC = BPF_REG_3;
constexpr int kFrame = BPF_REG_6, kNumber = BPF_REG_7, kTime = BPF_REG_8, kState = BPF_REG_9;

/// Offsets in a probe frame, and the constant part of its checksum.
struct Shape {
  int size, checksum_at, number_at, time_at, probe_at;
  bool odd;                   // the probe begins at an odd distance from the UDP header
  std::uint64_t flow_number;  // native: flow in the top 16 bits
  std::uint32_t rest;         // folded sum of all but number and time
};

Result<Shape> shape_of(const FrameTemplate& t) {
  const std::byte* f = t.bytes().data();
  const auto type = load_be<std::uint16_t>(f + kEthType);
  const bool v6 = type == kTypeIpv6;
  const std::size_t udp_at = kEthBytes + (v6 ? kIpv6Bytes : kIpv4Bytes);
  const std::size_t protocol_at = kEthBytes + (v6 ? kIpv6NextHeader : kIpv4Protocol);
  const std::size_t probe_at = t.size() - kProbeBytes;
  if ((!v6 && type != kTypeIpv4) || probe_at < udp_at + kUdpBytes ||
      f[protocol_at] != std::byte{kProtocolUdp} || (!v6 && f[kEthBytes] != std::byte{0x45}))
    return error(Exit::kUsage, "xdp makes UDP probes over IPv4 or IPv6 alone", "use af_xdp for other frames");
  std::uint16_t checksum;
  std::uint64_t number, time;
  std::memcpy(&checksum, f + udp_at + kUdpChecksum, sizeof checksum);
  std::memcpy(&number, f + probe_at + kProbeFlowOffset, sizeof number);
  std::memcpy(&time, f + probe_at + kProbeTimeOffset, sizeof time);
  const bool odd = (probe_at - udp_at) % 2 != 0;
  // The sum of everything is the checksum's complement; adding their complement removes number and time.
  const std::uint16_t probe = ones_fold(std::rotl(ones_add(number, time), odd ? 8 : 0));
  const auto whole = static_cast<std::uint16_t>(~checksum);
  return Shape{.size = static_cast<int>(t.size()),
               .checksum_at = static_cast<int>(udp_at + kUdpChecksum),
               .number_at = static_cast<int>(probe_at + kProbeFlowOffset),
               .time_at = static_cast<int>(probe_at + kProbeTimeOffset),
               .probe_at = static_cast<int>(probe_at),
               .odd = odd,
               .flow_number = std::uint64_t{t.flow()} << 48,
               .rest = ones_fold(ones_add(whole, static_cast<std::uint16_t>(~probe)))};
}

/// Copies bytes [from, to) of the template into the frame.
void write_bytes(Assembler& a, const FrameTemplate& t, int from, int to) {
  for (int at = from; at < to;) {
    const int left = to - at;
    const int bytes = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    std::uint64_t word = 0;
    if (bytes == 8) {
      std::memcpy(&word, t.bytes().data() + at, 8);
    } else if (bytes == 4) {
      std::uint32_t w;
      std::memcpy(&w, t.bytes().data() + at, 4);
      word = w;
    } else {
      std::uint16_t w = static_cast<std::uint8_t>(t.bytes()[static_cast<std::size_t>(at)]);
      if (bytes == 2) std::memcpy(&w, t.bytes().data() + at, 2);
      word = w;
    }
    a.constant(kA, word);
    a.store(kFrame, at, kA, bytes);
    at += bytes;
  }
}

/// dst = its low 32 bits plus its high 32 bits.
void fold_to_33_bits(Assembler& a, int dst, int scratch) {
  a.move(scratch, dst);
  a.compute_with(BPF_RSH, scratch, 32);
  a.move_low32(dst, dst);
  a.compute(BPF_ADD, dst, scratch);
}

void fold_by_16(Assembler& a, int dst, int scratch) {
  a.move(scratch, dst);
  a.compute_with(BPF_RSH, scratch, 16);
  a.compute_with(BPF_AND, dst, 0xffff);
  a.compute(BPF_ADD, dst, scratch);
}

void write_time(Assembler& a, const Shape& s, const FrameProgramRequest& r) {
  if (r.stamp) {
    a.call(kTaiHelper);
    a.constant(kA, r.tai_offset_ns);
    a.compute(BPF_SUB, kResult, kA);
    a.move(kTime, kResult);
    a.swap_to_big(kTime, 64);
  } else {
    a.constant(kTime, 0);
  }
  a.store(kFrame, s.time_at, kTime, 8);
}

void write_number(Assembler& a, const Shape& s) {
  a.load64(kNumber, kState, offsetof(FrameState, next));
  a.move(kA, kNumber);
  a.compute_with(BPF_ADD, kA, 1);
  a.store(kState, offsetof(FrameState, next), kA, 8);
  a.compute_with(BPF_LSH, kNumber, 16);  // 48 bits stay
  a.compute_with(BPF_RSH, kNumber, 16);
  a.constant(kA, s.flow_number);
  a.compute(BPF_OR, kNumber, kA);
  a.swap_to_big(kNumber, 64);
  a.store(kFrame, s.number_at, kNumber, 8);
}

/// As FrameTemplate::stamp() does: adds number and time to the constant sum, folds and complements it; never
/// 0.
void write_checksum(Assembler& a, const Shape& s, bool stamp) {
  a.move(kA, kNumber);
  fold_to_33_bits(a, kA, kC);
  if (stamp) {
    a.move(kB, kTime);
    fold_to_33_bits(a, kB, kC);
    a.compute(BPF_ADD, kA, kB);
  }
  for (int i = 0; i < 3; ++i) fold_by_16(a, kA, kC);
  if (s.odd) {  // each byte is in the other half of its word (RFC 1071 section 2B)
    a.move(kB, kA);
    a.compute_with(BPF_RSH, kB, 8);
    a.compute_with(BPF_LSH, kA, 8);
    a.compute(BPF_OR, kA, kB);
    a.compute_with(BPF_AND, kA, 0xffff);
  }
  a.compute_with(BPF_ADD, kA, static_cast<std::int32_t>(s.rest));
  fold_by_16(a, kA, kC);
  a.compute_with(BPF_XOR, kA, 0xffff);
  const auto other = a.jump_if(BPF_JNE, kA, 0);
  a.compute_with(BPF_OR, kA, 0xffff);
  a.land(other);
  a.store(kFrame, s.checksum_at, kA, 2);
}

}  // namespace

Result<std::vector<bpf_insn>> frame_program(const FrameTemplate& t, const FrameProgramRequest& r) {
  auto shape = shape_of(t);
  if (!shape) return forward(shape);
  Assembler a;
  a.load32(kFrame, BPF_REG_1, offsetof(xdp_md, data));
  a.load32(kB, BPF_REG_1, offsetof(xdp_md, data_end));
  a.move(kC, kFrame);
  a.compute_with(BPF_ADD, kC, shape->size);
  const auto too_short = a.jump_if_registers(BPF_JGT, kC, kB);
  a.map_value(kState, r.state_map);
  write_time(a, *shape, r);
  write_number(a, *shape);
  write_checksum(a, *shape, r.stamp);
  write_bytes(a, t, 0, shape->checksum_at);
  write_bytes(a, t, shape->probe_at, shape->number_at);
  a.map(BPF_REG_1, r.device_map);
  a.constant(BPF_REG_2, 0);
  a.constant(BPF_REG_3, XDP_ABORTED);  // the result when there is no device at key 0 any more
  a.call(BPF_FUNC_redirect_map);
  const auto redirected = a.jump_if(BPF_JEQ, kResult, XDP_REDIRECT);
  a.load64(kA, kState, offsetof(FrameState, refused));
  a.compute_with(BPF_ADD, kA, 1);
  a.store(kState, offsetof(FrameState, refused), kA, 8);
  a.land(too_short);
  a.constant(kResult, XDP_ABORTED);
  a.land(redirected);
  a.exit();
  return a.take();
}

}  // namespace hopcost::pktgen
