#include "nsglue/kernel/tc_program.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "base/netlink/message.h"

namespace hopcost::nsglue {

tcmsg tc_header(unsigned index, std::uint32_t parent, std::uint32_t priority) {
  tcmsg head{};
  head.tcm_family = AF_UNSPEC;
  head.tcm_ifindex = static_cast<int>(index);
  head.tcm_parent = parent;
  if (priority != 0) head.tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
  return head;
}

Result<void> attach_tc_program(netlink::Socket& rtnetlink, unsigned index, const Fd& program,
                               const std::string& name, std::uint32_t priority, const std::string& of) {
  netlink::Message qdisc(RTM_NEWQDISC, NLM_F_CREATE);
  tcmsg head = tc_header(index, TC_H_CLSACT);
  head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  qdisc.header(head);
  qdisc.text(TCA_KIND, "clsact");
  if (auto done = rtnetlink.request(qdisc, fmt::format("make clsact of {}", of)); !done) return done;
  netlink::Message filter(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL);
  filter.header(tc_header(index, kTcIngress, priority));
  filter.text(TCA_KIND, "bpf");
  nlattr* options = filter.begin(TCA_OPTIONS);
  filter.u32(TCA_BPF_FD, static_cast<std::uint32_t>(program.get()));
  filter.text(TCA_BPF_NAME, name);
  filter.u32(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  filter.end(options);
  return rtnetlink.request(filter, fmt::format("attach a BPF program to tc of {}", of));
}

}  // namespace hopcost::nsglue
