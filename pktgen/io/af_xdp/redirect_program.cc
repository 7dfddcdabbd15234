#include "pktgen/io/af_xdp/redirect_program.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include <cerrno>
#include <cstddef>
#include <iterator>

#include "pktgen/io/bpf_insn.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kMaxQueues = 64;

/// return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS), by hand: six instructions need no compiler
/// for BPF.
Fd load(int map) {
  const bpf_insn program[] = {
      make_insn(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, rx_queue_index), 0),
      make_insn(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
      make_insn(0, 0, 0, 0, 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, XDP_PASS),
      make_insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map),
      make_insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  return Fd(
      bpf_prog_load(BPF_PROG_TYPE_XDP, "hopcost_rx", "Dual BSD/GPL", program, std::size(program), nullptr));
}

}  // namespace

Result<RedirectProgram> RedirectProgram::attach(unsigned ifindex, bool skb) {
  Fd map(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "hopcost_xsk", sizeof(std::uint32_t), sizeof(int), kMaxQueues,
                        nullptr));
  if (!map.valid())
    return errno_error(errno, "create an XSKMAP", errno == EPERM ? "needs CAP_BPF: run with sudo" : "");
  const Fd program = load(map.get());
  if (!program.valid()) return errno_error(errno, "load the XDP program");
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = skb ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
  Fd link(bpf_link_create(program.get(), static_cast<int>(ifindex), BPF_XDP, &options));
  if (!link.valid()) {
    return errno_error(errno, "attach the XDP program",
                       errno == EBUSY ? "another XDP program is attached: see ip link, and detach it" : "");
  }
  return RedirectProgram(std::move(map), std::move(link));
}

Result<void> RedirectProgram::add(std::uint32_t queue, int socket) const {
  if (queue >= kMaxQueues)
    return error(Exit::kUsage, fmt::format("queue {} is above {}", queue, kMaxQueues - 1));
  if (bpf_map_update_elem(map_.get(), &queue, &socket, BPF_ANY) != 0)
    return errno_error(errno, "enter the socket in the map");
  return {};
}

}  // namespace hopcost::pktgen
