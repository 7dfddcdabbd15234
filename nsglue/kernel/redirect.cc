#include "nsglue/kernel/redirect.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/fd.h"
#include "nsglue/kernel/tc_program.h"

namespace hopcost::nsglue {
namespace {

/// After all other programs: a tap of ours goes before what is there.
constexpr std::uint32_t kLast = 50'000;

bpf_insn move(std::uint8_t to, std::int32_t value) {
  return {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = to, .src_reg = 0, .off = 0, .imm = value};
}

/// The program: bpf_redirect(to, 0) or bpf_redirect_peer(to, 0), whose result it returns.
Result<Fd> load(const Redirect& r, unsigned to_index) {
  const int helper = r.how == "peer" ? BPF_FUNC_redirect_peer : BPF_FUNC_redirect;
  const std::array<bpf_insn, 4> program = {
      move(BPF_REG_1, static_cast<std::int32_t>(to_index)), move(BPF_REG_2, 0),
      bpf_insn{.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = helper},
      bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  static constexpr char kLicense[] = "Dual BSD/GPL";
  bpf_attr attr{};
  attr.prog_type = r.hook == "xdp" ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS;
  attr.insns = reinterpret_cast<std::uintptr_t>(program.data());
  attr.insn_cnt = program.size();
  attr.license = reinterpret_cast<std::uintptr_t>(kLicense);
  Fd fd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr)));
  if (!fd.valid()) return errno_error(errno, fmt::format("load a BPF program for {}", r.at.text()));
  return fd;
}

Result<void> attach_xdp(netlink::Socket& rtnetlink, const Redirect& r, unsigned index, const Fd& program) {
  netlink::Message m(RTM_SETLINK, 0);
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  m.header(head);
  nlattr* xdp = m.begin(IFLA_XDP | NLA_F_NESTED);
  m.u32(IFLA_XDP_FD, static_cast<std::uint32_t>(program.get()));
  m.u32(IFLA_XDP_FLAGS, XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST);
  m.end(xdp);
  return rtnetlink.request(m, fmt::format("attach an XDP program to {}", r.at.text()));
}

}  // namespace

std::string redirect_name(const Redirect& r) {
  return fmt::format("hopcost redirect to {} {}", r.to.device, r.how);
}

Result<void> attach_redirect(netlink::Socket& rtnetlink, const Redirect& r, unsigned index,
                             unsigned to_index) {
  auto program = load(r, to_index);
  if (!program) return forward(program);
  return r.hook == "xdp"
             ? attach_xdp(rtnetlink, r, index, *program)
             : attach_tc_program(rtnetlink, index, *program, redirect_name(r), kLast, r.at.text());
}

Result<std::string> read_redirect(netlink::Socket& rtnetlink, unsigned index) {
  netlink::Message m(RTM_GETTFILTER, NLM_F_DUMP);
  m.header(tc_header(index, kTcIngress));
  std::string names;
  auto done = rtnetlink.request(m, "read the tc filters", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, sizeof(tcmsg), [&](std::uint16_t type, const nlattr* options) {
      if (type != TCA_OPTIONS) return;
      netlink::for_each_attribute(options, [&](std::uint16_t inner, const nlattr* a) {
        if (inner == TCA_BPF_NAME) names += (names.empty() ? "" : ", ") + netlink::text_of(a);
      });
    });
  });
  if (!done && done.error().err == EINVAL) return names;  // there is no clsact
  if (!done) return forward(done);
  return names;
}

Result<void> try_redirect(const Redirect& redirect) {
  auto program = load(redirect, 1);
  if (!program) return forward(program);
  return {};
}

}  // namespace hopcost::nsglue
