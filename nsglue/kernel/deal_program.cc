#include "nsglue/kernel/deal_program.h"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>

#include "nsglue/kernel/tc_program.h"

namespace hopcost::nsglue {
namespace {

constexpr std::uint32_t kRows = 64;
/// The filter's priority: after all others, such as our taps.
constexpr std::uint32_t kLast = 50'001;
constexpr const char* kName = "hopcost wire";
constexpr const char* kNeeds =
    "it takes Linux 5.10 or newer with CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_ACT; wire = \"macvlan\" takes "
    "neither";
/// From enum bpf_attach_type of Linux 6.6.
constexpr int kTcxIngress = 46;

long bpf(int command, bpf_attr& attr) {
  return syscall(SYS_bpf, command, &attr, sizeof attr);
}

using Code = decltype(bpf_insn::code);

constexpr bpf_insn instruction(int code, int to, int from, int offset, int value) {
  return {.code = static_cast<Code>(code),
          .dst_reg = static_cast<std::uint8_t>(to & 15),
          .src_reg = static_cast<std::uint8_t>(from & 15),
          .off = static_cast<std::int16_t>(offset),
          .imm = value};
}
constexpr bpf_insn copy(int to, int from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr bpf_insn set(int to, int value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn add(int to, int value) {
  // NOLINTNEXTLINE(misc-redundant-expression): BPF_ADD and BPF_K are both 0
  return instruction(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn call(int helper) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

/// The number of filters at one side of a device's clsact; -1 when they can't be read, for example without a
/// clsact.
int filters(netlink::Socket& rtnetlink, unsigned index, std::uint32_t side) {
  netlink::Message m(RTM_GETTFILTER, NLM_F_DUMP);
  m.header(tc_header(index, side));
  int found = 0;
  const auto read = rtnetlink.request(m, "read the tc filters", [&](const nlmsghdr*) { ++found; });
  return read ? found : -1;
}

/// Takes the device's clsact off, unless it has filters.
Result<void> remove_empty_clsact(netlink::Socket& rtnetlink, unsigned index) {
  if (filters(rtnetlink, index, kTcIngress) != 0 || filters(rtnetlink, index, kTcEgress) > 0) return {};
  netlink::Message qdisc(RTM_DELQDISC, 0);
  tcmsg head = tc_header(index, TC_H_CLSACT);
  head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  qdisc.header(head);
  return rtnetlink.request(qdisc, "take the wire's clsact off");
}

}  // namespace

Result<Fd> make_deal_table() {
  bpf_attr attr{};
  attr.map_type = BPF_MAP_TYPE_HASH;
  attr.key_size = sizeof(DealKey);
  attr.value_size = sizeof(Dealt);
  attr.max_entries = kRows;
  Fd table(static_cast<int>(bpf(BPF_MAP_CREATE, attr)));
  if (table.valid()) return table;
  if (errno == ENOSYS) return error(Exit::kMissing, "this kernel has no BPF", kNeeds);
  return errno_error(errno, "make a BPF table for the wire");
}

Result<void> put_dealt(const Fd& table, const DealKey& key, const Dealt& dealt) {
  bpf_attr attr{};
  attr.map_fd = static_cast<std::uint32_t>(table.get());
  attr.key = reinterpret_cast<std::uintptr_t>(key.data());
  attr.value = reinterpret_cast<std::uintptr_t>(&dealt);
  if (bpf(BPF_MAP_UPDATE_ELEM, attr) != 0) return errno_error(errno, "put a mode on the wire");
  return {};
}

void remove_dealt(const Fd& table, const DealKey& key) noexcept {
  bpf_attr attr{};
  attr.map_fd = static_cast<std::uint32_t>(table.get());
  attr.key = reinterpret_cast<std::uintptr_t>(key.data());
  (void)bpf(BPF_MAP_DELETE_ELEM, attr);
}

Result<Fd> load_dealer(const Fd& table) {
  // r6 holds the packet, r7 its row of the table. The source address is on the stack, at its top less 8
  // bytes.
  const bpf_insn program[] = {
      copy(BPF_REG_6, BPF_REG_1),
      instruction(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
      set(BPF_REG_2, ETH_ALEN),
      copy(BPF_REG_3, BPF_REG_10),
      add(BPF_REG_3, -8),
      set(BPF_REG_4, ETH_ALEN),
      call(BPF_FUNC_skb_load_bytes),
      instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 18, 0),  // to the end: not ours
      // NOLINTNEXTLINE(misc-redundant-expression): BPF_LD and BPF_IMM are both 0
      instruction(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, table.get()),
      instruction(0, 0, 0, 0, 0),
      copy(BPF_REG_2, BPF_REG_10),
      add(BPF_REG_2, -8),
      call(BPF_FUNC_map_lookup_elem),
      instruction(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 12, 0),  // to the end: not ours
      copy(BPF_REG_7, BPF_REG_0),
      copy(BPF_REG_1, BPF_REG_6),
      set(BPF_REG_2, 0),
      copy(BPF_REG_3, BPF_REG_7),
      add(BPF_REG_3, offsetof(Dealt, addresses)),
      set(BPF_REG_4, sizeof(Dealt::addresses)),
      set(BPF_REG_5, 0),
      call(BPF_FUNC_skb_store_bytes),
      instruction(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_7, offsetof(Dealt, outer_index), 0),
      set(BPF_REG_2, 0),
      call(BPF_FUNC_redirect_peer),
      instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
      set(BPF_REG_0, TC_ACT_UNSPEC),
      instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  static constexpr char kLicense[] = "Dual BSD/GPL";
  bpf_attr attr{};
  attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  attr.insns = reinterpret_cast<std::uintptr_t>(program);
  attr.insn_cnt = std::size(program);
  attr.license = reinterpret_cast<std::uintptr_t>(kLicense);
  Fd fd(static_cast<int>(bpf(BPF_PROG_LOAD, attr)));
  if (fd.valid()) return fd;
  if (errno == EPERM || errno == EACCES) return errno_error(errno, "load the wire's BPF program");
  return error(Exit::kMissing, "this kernel does not take the wire's BPF program", kNeeds);
}

Result<Fd> link_dealer(const Fd& program, unsigned index) {
  bpf_attr attr{};
  attr.link_create.prog_fd = static_cast<std::uint32_t>(program.get());
  attr.link_create.target_ifindex = index;
  attr.link_create.attach_type = kTcxIngress;
  Fd link(static_cast<int>(bpf(BPF_LINK_CREATE, attr)));
  if (link.valid() || errno == EINVAL) return link;
  return errno_error(errno, "attach the wire's BPF program");
}

Result<void> filter_dealer(netlink::Socket& rtnetlink, const Fd& program, unsigned index) {
  auto done = attach_tc_program(rtnetlink, index, program, kName, kLast, "the wire");
  if (!done) (void)remove_empty_clsact(rtnetlink, index);  // made for a kernel that has no cls_bpf
  return done;
}

Result<void> remove_dealer_filter(netlink::Socket& rtnetlink, unsigned index) {
  netlink::Message filter(RTM_DELTFILTER, 0);
  filter.header(tc_header(index, kTcIngress, kLast));
  auto gone = rtnetlink.request(filter, "take the wire's BPF program off");
  const int err = gone ? 0 : gone.error().err;
  if (err == EINVAL || err == ENOENT || err == EOPNOTSUPP) return {};  // there was none, or there can be none
  return gone ? remove_empty_clsact(rtnetlink, index) : gone;
}

}  // namespace hopcost::nsglue
