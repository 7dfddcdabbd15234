/* What the self-test plants on a packet's way: a delay, loss, copies, or another order.
 * SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
/* libbpf's headers use the types of linux/bpf.h and do not include it. */
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#define TC_ACT_OK 0 /* linux/pkt_cls.h */
#define TC_ACT_SHOT 2
#define MOST_ROUNDS 4000 /* a bound for the verifier: some 100 us */

/* A longer overshot comes from an interrupt or the hypervisor, and is left out: the median packet's delay
 * counts. */
#define MOST_OVERSHOT_NS 500

#define MOST_PROBE_AT 255
#define PROBE_MAGIC_VERSION 0x4c71 /* doc/probe-format.md */
#define COPY_MARK 0x68636370       /* on a copy, so that it is not copied again */

/* Set by the self-test, at any time. */
__u32 probe_at = 0;        /* where in a frame the probe begins; at most MOST_PROBE_AT */
__u32 udp_checksum_at = 0; /* where in a frame the checksum over it is */
__u64 spin_ns[2] = {0, 0}; /* the least delay for packets of even flows, of odd ones */
__u64 drop_every = 0;      /* drops each n-th probe; 0: none */
__u64 copy_every = 0;      /* sends each n-th probe twice (only at tc egress) */
__u64 swap_every = 0;      /* swaps the numbers of each n-th pair of neighbours (only at tc) */

/* Counted here, by one CPU at a time. */
__u64 probes = 0;
__u64 spun[2] = {0, 0}; /* of them those whose delay was not interrupted */
__u64 spun_ns[2] = {0, 0};
__u64 dropped = 0, copied = 0, swapped = 0;

/* The first half of a probe. */
struct probe {
  __be16 magic_version, flow, sequence_high;
  __be32 sequence_low;
} __attribute__((packed));

/* Reads the clock at least three times, also without a delay. The last time is after the loop, because the
 * CPU sometimes mispredicts the loop's end. */
static __always_inline void hold(__u32 odd) {
  odd &= 1;
  const __u64 wanted = spin_ns[odd];
  const __u64 begin = bpf_ktime_get_ns();
  __u64 now = begin;
  for (int i = 0; i < MOST_ROUNDS; i++) {
    now = bpf_ktime_get_ns();
    if (now - begin >= wanted) break;
  }
  now = bpf_ktime_get_ns();
  if (now - begin < wanted + MOST_OVERSHOT_NS) {
    spun[odd]++;
    spun_ns[odd] += now - begin;
  }
}

/* Gives 1 when the packet is to be dropped. */
static __always_inline int plant(const struct probe* p) {
  hold(bpf_ntohs(p->flow));
  probes++;
  if (drop_every == 0 || probes % drop_every != 0) return 0;
  dropped++;
  return 1;
}

/* Neighbours' numbers differ in the last bit: each of a pair takes the other's number. */
static __always_inline void trade_numbers(struct __sk_buff* skb, const struct probe* p) {
  const __u32 number = bpf_ntohl(p->sequence_low);
  if (swap_every == 0 || (number >> 1) % swap_every != 0) return;
  const __be16 from = bpf_htons((__u16)number), to = bpf_htons((__u16)(number ^ 1));
  if (bpf_l4_csum_replace(skb, udp_checksum_at, from, to, 2) != 0) return;
  if (bpf_skb_store_bytes(skb, probe_at + sizeof *p - 2, &to, 2, 0) != 0) return;
  swapped += number & 1;
}

/* Leaves frames without a probe alone. */
SEC("tc") int plant_tc(struct __sk_buff* skb) {
  struct probe p;
  if (bpf_skb_load_bytes(skb, probe_at, &p, sizeof p) != 0) return TC_ACT_OK;
  if (p.magic_version != bpf_htons(PROBE_MAGIC_VERSION)) return TC_ACT_OK;
  if (skb->mark == COPY_MARK) {
    skb->mark = 0;
    return TC_ACT_OK;
  }
  if (plant(&p)) return TC_ACT_SHOT;
  trade_numbers(skb, &p);
  if (copy_every != 0 && probes % copy_every == 0) {
    skb->mark = COPY_MARK;
    copied += bpf_clone_redirect(skb, skb->ifindex, 0) == 0;
    skb->mark = 0;
  }
  return TC_ACT_OK;
}

SEC("xdp") int plant_xdp(struct xdp_md* context) {
  const __u32 at = probe_at;
  const struct probe* const p = (const struct probe*)((long)context->data + (at & MOST_PROBE_AT));
  if ((const void*)(p + 1) > (const void*)(long)context->data_end) return XDP_PASS;
  if (p->magic_version != bpf_htons(PROBE_MAGIC_VERSION)) return XDP_PASS;
  return plant(p) ? XDP_DROP : XDP_PASS;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
