/* Programs at tracepoints between devices; only those asked for are loaded. A section is named after its
 * tracepoint. Its program takes typed arguments or raw ones (bpf_program.cc).
 * SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#include "analyzer/tap/bpf/skb.bpf.h"

/* The device, by index and by its namespace's inode. Set before loading. */
const volatile __u32 ifindex = 0;
const volatile __u32 netns_inode = 0;

/* Whether arguments have their types (tp_btf). Otherwise they are numbers, and what an address leads to is
 * copied. Set before loading; read once for each packet. */
const volatile __u32 arguments_typed = 0;
#define READ(pointer, member) (typed ? (pointer)->member : BPF_CORE_READ(pointer, member))

/* Whether this kernel has it (Linux 6.11): it also reads what lies in pages. Set before loading. */
const volatile __u32 has_dynptr = 0;
static int (*const bpf_dynptr_from_skb)(struct sk_buff* skb, __u64 flags,
                                        struct bpf_dynptr* out) = (void*)HOPCOST_DYNPTR_FROM_SKB;

static __always_inline int is_ours(struct net_device* dev, __u32 typed) {
  if (!dev || READ(dev, ifindex) != (int)ifindex) return 0;
  struct net* net = READ(dev, nd_net);
  return READ(net, inum) == netns_inode;
}

/* Reads the probe at the packet's end. It does not look for one before padding. */
static __always_inline int load_probe(struct sk_buff* skb, struct aligned_probe* probe, __u32 typed) {
  const __u32 len = READ(skb, len);
  if (len < PROBE_BYTES) return 0;
  const int linear = READ(skb, data_len) == 0;
  if (direct_reads && len >= PROBE_LEAD && linear) return read_probe(skb->data, len, probe);
  if (linear) {
    const unsigned char* data = READ(skb, data);
    if (bpf_probe_read_kernel(&probe->magic, PROBE_BYTES, data + len - PROBE_BYTES) != 0) return 0;
  } else {
    struct bpf_dynptr packet;
    if (!has_dynptr || bpf_dynptr_from_skb(skb, 0, &packet) != 0) return 0;
    if (bpf_dynptr_read(&probe->magic, PROBE_BYTES, &packet, len - PROBE_BYTES, 0) != 0) return 0;
  }
  return is_probe(probe);
}

static __always_inline int trace(struct sk_buff* skb, struct net_device* dev, __u32 typed) {
  if (!is_ours(dev, typed)) return 0;
  const __u64 now = tap_clock();
  struct aligned_probe probe;
  if (load_probe(skb, &probe, typed)) {
    record(&probe, now);
  } else {
    count_foreign();
  }
  return 0;
}

/* The device is the one that the packet names. */
static __always_inline int trace_where_it_is(struct sk_buff* skb) {
  const __u32 typed = arguments_typed;
  return trace(skb, READ(skb, dev), typed);
}

SEC("trace/netif_rx") int BPF_PROG(netif_rx, struct sk_buff* skb) {
  return trace_where_it_is(skb);
}

SEC("trace/napi_gro_receive_entry") int BPF_PROG(napi_gro_receive_entry, struct sk_buff* skb) {
  return trace_where_it_is(skb);
}

SEC("trace/netif_receive_skb") int BPF_PROG(netif_receive_skb, struct sk_buff* skb) {
  return trace_where_it_is(skb);
}

SEC("trace/net_dev_queue") int BPF_PROG(net_dev_queue, struct sk_buff* skb) {
  return trace_where_it_is(skb);
}

SEC("trace/net_dev_start_xmit")
int BPF_PROG(net_dev_start_xmit, struct sk_buff* skb, struct net_device* dev) {
  return trace(skb, dev, arguments_typed);
}

/* When the driver is done with a packet, the packet may no longer exist, so its probe is kept from when the
 * driver got it. One place is enough: with bottom halves off, a CPU hands our device one packet at a time. */
struct handed_over {
  __u64 skb;
  struct aligned_probe probe;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct handed_over);
} under_way SEC(".maps");

static __always_inline struct handed_over* handed_over(void) {
  const __u32 only = 0;
  return bpf_map_lookup_elem(&under_way, &only);
}

SEC("trace/net_dev_start_xmit") int BPF_PROG(remember_xmit, struct sk_buff* skb, struct net_device* dev) {
  const __u32 typed = arguments_typed;
  struct handed_over* kept = is_ours(dev, typed) ? handed_over() : 0;
  if (kept) kept->skb = load_probe(skb, &kept->probe, typed) ? (__u64)skb : 0;
  return 0;
}

SEC("trace/net_dev_xmit") int BPF_PROG(net_dev_xmit, struct sk_buff* skb, int rc, struct net_device* dev) {
  if (!is_ours(dev, arguments_typed)) return 0;
  const __u64 now = tap_clock();
  struct handed_over* kept = handed_over();
  if (!kept) return 0;
  if (kept->skb == (__u64)skb) {
    record(&kept->probe, now);
  } else {
    count_foreign();
  }
  kept->skb = 0;
  return 0;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
