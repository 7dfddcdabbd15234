/* Reads kernel memory, beginning with a packet's device. It is for a kernel that does not describe its
 * structures (kernel_trial.cc). SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#include "analyzer/tap/bpf/skb.bpf.h"

/* Only this process's packets count. Set before loading. */
const volatile __u32 process = 0;

/* Where to read, 0 for the packet's device; then what was read, and where. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct hopcost_peek);
} peeks SEC(".maps");

SEC("raw_tp/net_dev_queue") int BPF_PROG(peek, struct sk_buff* skb) {
  const __u32 only = 0;
  struct hopcost_peek* p = bpf_map_lookup_elem(&peeks, &only);
  if (!p || (__u32)(bpf_get_current_pid_tgid() >> 32) != process) return 0;
  const __u64 at = p->wanted ? p->wanted : (__u64)BPF_CORE_READ(skb, dev);
  p->at = bpf_probe_read_kernel(p->bytes, sizeof p->bytes, (const void*)at) == 0 ? at : 0;
  return 0;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
