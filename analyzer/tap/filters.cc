#include "analyzer/tap/filters.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

namespace hopcost::analyzer {

namespace {

Result<void> attach(int socket, std::span<sock_filter> code) {
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return errno_error(errno, "attach a packet filter");
  }
  return {};
}

constexpr std::uint32_t kWholePacket = 0x40000;

}  // namespace

Result<void> attach_tap_filter(int socket, const TapFilter& filter) {
  const std::uint32_t taken = filter.snap_bytes == 0 ? kWholePacket : filter.snap_bytes;
  std::vector<sock_filter> code;
  if (filter.outgoing) {
    code = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0)};
  }
  // Jumps are relative, so the program can follow ours. For each packet it gives how many bytes to take.
  for (const auto& i : filter.wanted) {
    const bool takes = i.code == (BPF_RET | BPF_K) && i.k != 0;
    code.push_back({i.code, i.if_true, i.if_false, takes ? taken : i.k});
  }
  if (filter.wanted.empty()) code.push_back(BPF_STMT(BPF_RET | BPF_K, taken));
  return attach(socket, code);
}

Result<void> attach_drop_filter(int socket) {
  sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  return attach(socket, code);
}

}  // namespace hopcost::analyzer
