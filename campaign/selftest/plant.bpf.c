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

#define MOST_FLOW_AT 255

/* Set by the self-test, at any time. */
__u32 flow_at = 0;         /* where in a frame the probe's flow id begins, MOST_FLOW_AT at most */
__u64 spin_ns[2] = {0, 0}; /* at least so long for packets of even flows, of odd ones */
__u64 drop_every = 0;      /* each n-th packet; 0: none */

/* Counted here, by one CPU at a time. */
__u64 packets = 0;
__u64 spun[2] = {0, 0}; /* of them those that nothing broke in on */
__u64 spun_ns[2] = {0, 0};
__u64 dropped = 0;

/* 1 when the packet is to be dropped. The clock is read at least three times, also without a delay; the last
 * time behind the loop, whose end the CPU guesses wrong now and then. */
static __always_inline int plant(__u32 odd) {
  odd &= 1;
  const __u64 wanted = spin_ns[odd];
  const __u64 begin = bpf_ktime_get_ns();
  __u64 now = begin;
  for (int i = 0; i < MOST_ROUNDS; i++) {
    now = bpf_ktime_get_ns();
    if (now - begin >= wanted) break;
  }
  now = bpf_ktime_get_ns();
  packets++;
  if (now - begin < wanted + MOST_OVERSHOT_NS) {
    spun[odd]++;
    spun_ns[odd] += now - begin;
  }
  if (drop_every == 0 || packets % drop_every != 0) return 0;
  dropped++;
  return 1;
}

/* Other frames are left alone. */
SEC("tc") int plant_tc(struct __sk_buff* skb) {
  __u8 flow[2];
  if (bpf_skb_load_bytes(skb, flow_at, flow, sizeof flow) != 0) return TC_ACT_OK;
  return plant(flow[1]) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("xdp") int plant_xdp(struct xdp_md* context) {
  const __u32 at = flow_at;
  const __u8* const flow = (const __u8*)(long)context->data + (at & MOST_FLOW_AT);
  if (flow + 2 > (const __u8*)(long)context->data_end) return XDP_PASS;
  return plant(flow[1]) ? XDP_DROP : XDP_PASS;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
