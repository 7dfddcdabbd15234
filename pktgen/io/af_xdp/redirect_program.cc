#include "pktgen/io/af_xdp/redirect_program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <vector>

#include "pktgen/io/bpf/bpf_insn.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kMaxQueues = 1024;

// Since Linux 6.3 (linux/bpf.h): the program only runs on the device it was loaded for, and may ask the
// driver for a frame's metadata.
constexpr std::uint32_t kDeviceBoundOnly = 1u << 6;
constexpr std::uint32_t kHasFrags = 1u << 5;  // BPF_F_XDP_HAS_FRAGS, since Linux 5.18

/// bpf_xdp_metadata_rx_timestamp() of net/core/xdp.c in the kernel's type information; 0 when it has none.
int stamp_function() {
  btf* kernel = btf__load_vmlinux_btf();
  if (libbpf_get_error(kernel) != 0) return 0;
  const int id = btf__find_by_name_kind(kernel, "bpf_xdp_metadata_rx_timestamp", BTF_KIND_FUNC);
  btf__free(kernel);
  return std::max(id, 0);
}

/// Puts the driver's receive stamp, or 0, into 8 bytes before the frame, when there is room; keeps ctx in r6
/// and gives it in r1 to what follows.
std::vector<bpf_insn> put_stamp(int function) {
  constexpr int kStampBytes = 8;
  return {
      // NOLINTBEGIN(misc-redundant-expression): BPF_ADD and BPF_K are both 0
      make_insn(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, -kStampBytes),
      make_insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_xdp_adjust_meta),
      make_insn(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 12, 0),
      make_insn(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_7, BPF_REG_6, offsetof(xdp_md, data_meta), 0),
      make_insn(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_6, offsetof(xdp_md, data), 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_7, 0, 0),
      make_insn(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, kStampBytes),
      make_insn(BPF_JMP | BPF_JGT | BPF_X, BPF_REG_1, BPF_REG_2, 7, 0),
      make_insn(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
      make_insn(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -8),
      make_insn(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, function),
      make_insn(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, -8, 0),
      make_insn(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_1, 0, 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0),
      // NOLINTEND(misc-redundant-expression)
  };
}

/// return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS), assembled by hand: so few instructions need
/// no BPF compiler. `bound_to`: index of the device whose driver is asked for stamps; 0: none.
Fd load(int map, unsigned bound_to, bool multi_buffer) {
  std::vector<bpf_insn> program;
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.prog_flags = multi_buffer ? kHasFrags : 0;
  if (bound_to != 0) {
    const int function = stamp_function();
    if (function == 0) return {};
    program = put_stamp(function);
    options.prog_flags |= kDeviceBoundOnly;
    options.prog_ifindex = bound_to;
  }
  const bpf_insn redirect[] = {
      make_insn(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, rx_queue_index), 0),
      make_insn(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
      make_insn(0, 0, 0, 0, 0),
      make_insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, XDP_PASS),
      make_insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map),
      make_insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  program.insert(program.end(), std::begin(redirect), std::end(redirect));
  return Fd(bpf_prog_load(BPF_PROG_TYPE_XDP, "hopcost_rx", "Dual BSD/GPL", program.data(), program.size(),
                          &options));
}

Fd link_to(const Fd& program, unsigned ifindex, bool skb) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = skb ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
  return Fd(bpf_link_create(program.get(), static_cast<int>(ifindex), BPF_XDP, &options));
}

}  // namespace

Result<RedirectProgram> RedirectProgram::attach(unsigned ifindex, const Wishes& wishes) {
  Fd map(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "hopcost_xsk", sizeof(std::uint32_t), sizeof(int), kMaxQueues,
                        nullptr));
  if (!map.valid())
    return errno_error(errno, "create an XSKMAP", errno == EPERM ? "needs CAP_BPF: run with sudo" : "");
  if (wishes.stamps && !wishes.skb) {
    const Fd program = load(map.get(), ifindex, wishes.multi_buffer);
    Fd link = program.valid() ? link_to(program, ifindex, wishes.skb) : Fd();
    if (link.valid()) return RedirectProgram(std::move(map), std::move(link), true);
  }
  const Fd program = load(map.get(), 0, wishes.multi_buffer);
  if (!program.valid()) return errno_error(errno, "load the XDP program");
  Fd link = link_to(program, ifindex, wishes.skb);
  if (!link.valid()) {
    return errno_error(errno, "attach the XDP program",
                       errno == EBUSY ? "another XDP program is attached: see ip link, and detach it" : "");
  }
  return RedirectProgram(std::move(map), std::move(link), false);
}

Result<void> RedirectProgram::add(std::uint32_t queue, int socket) const {
  if (queue >= kMaxQueues)
    return error(Exit::kUsage, fmt::format("queue {} is above {}", queue, kMaxQueues - 1));
  if (bpf_map_update_elem(map_.get(), &queue, &socket, BPF_ANY) != 0)
    return errno_error(errno, "enter the socket in the map");
  return {};
}

}  // namespace hopcost::pktgen
