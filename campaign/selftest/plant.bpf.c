/* What the self-test plants on a packet's way: a delay, or loss. SPDX-License-Identifier: BSD-3-Clause OR
 * GPL-2.0 */
/* libbpf's headers use the types of linux/bpf.h and do not include it. */
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#define TC_ACT_OK 0 /* linux/pkt_cls.h */
#define TC_ACT_SHOT 2
#define MOST_ROUNDS 4000 /* a bound for the verifier: some 100 us */

/* An interrupt, or the hypervisor, takes longer: what the median packet is delayed by is asked for. */
#define MOST_OVERSHOT_NS 500

/* Set by the self-test, at any time. */
__u64 spin_ns = 0;    /* at least so long for every packet */
__u64 drop_every = 0; /* each n-th packet; 0: none */

/* Counted here, by one CPU at a time. */
__u64 packets = 0;
__u64 spun = 0; /* of them those that nothing broke in on */
__u64 spun_ns = 0;
__u64 dropped = 0;

/* 1 when the packet is to be dropped. The clock is read at least twice, also without a delay. */
static __always_inline int plant(void) {
  const __u64 begin = bpf_ktime_get_ns();
  __u64 now = begin;
  for (int i = 0; i < MOST_ROUNDS; i++) {
    now = bpf_ktime_get_ns();
    if (now - begin >= spin_ns) break;
  }
  packets++;
  if (now - begin < spin_ns + MOST_OVERSHOT_NS) {
    spun++;
    spun_ns += now - begin;
  }
  if (drop_every == 0 || packets % drop_every != 0) return 0;
  dropped++;
  return 1;
}

SEC("tc") int plant_tc(struct __sk_buff* skb) {
  return plant() ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("xdp") int plant_xdp(struct xdp_md* context) {
  return plant() ? XDP_DROP : XDP_PASS;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
