#include "analyzer/tap/filters.h"

#include <linux/filter.h>
#include <linux/if_packet.h>

#include "base/socket_filter.h"

namespace hopcost::analyzer {

namespace {

constexpr std::uint32_t kWholePacket = 0x40000;

}  // namespace

Result<void> attach_tap_filter(int socket, const TapFilter& filter) {
  const std::uint32_t taken = filter.snap_bytes == 0 ? kWholePacket : filter.snap_bytes;
  std::vector<sock_filter> code;
  if (filter.outgoing) {
    code = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0)};
  }
  // The filter's jumps are relative, so its code can follow ours. What it returns is the number of bytes to
  // take.
  for (const auto& i : filter.wanted) {
    const bool takes = i.code == (BPF_RET | BPF_K) && i.k != 0;
    code.push_back({i.code, i.if_true, i.if_false, takes ? taken : i.k});
  }
  if (filter.wanted.empty()) code.push_back(BPF_STMT(BPF_RET | BPF_K, taken));
  return attach_socket_filter(socket, code);
}

}  // namespace hopcost::analyzer
