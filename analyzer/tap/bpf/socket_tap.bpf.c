/* Socket filters that record probes and drop the copy: on an AF_PACKET socket bound to a device, and on the
 * UDP socket at the end of a path. SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#include "analyzer/tap/bpf/record.bpf.h"

#define PACKET_OUTGOING 4 /* linux/if_packet.h */
#define ETH_BYTES 14
#define VLAN_BYTES 4
#define MAX_TAGS 4
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_VLAN 0x8100
#define TYPE_QINQ 0x88a8
#define IPV6_BYTES 40

static __always_inline int load_probe(struct __sk_buff* skb, __u32 end, struct aligned_probe* probe) {
  if (end < PROBE_BYTES || bpf_skb_load_bytes(skb, end - PROBE_BYTES, &probe->magic, PROBE_BYTES) != 0)
    return 0;
  return probe->magic == bpf_htons(PROBE_MAGIC_VERSION);
}

/* Where the IP packet ends, when the frame is padded behind it; 0 when it is no IP packet. Encapsulated
 * packets end where the outermost does. */
static __always_inline __u32 packet_end(struct __sk_buff* skb) {
  __u32 at = ETH_BYTES - 2;
  __u16 type = 0, length = 0;
  for (int i = 0; i <= MAX_TAGS; i++) {
    if (bpf_skb_load_bytes(skb, at, &type, sizeof type) != 0) return 0;
    at += 2;
    if (type != bpf_htons(TYPE_VLAN) && type != bpf_htons(TYPE_QINQ)) break;
    at += VLAN_BYTES - 2;
  }
  if (type == bpf_htons(TYPE_IPV4)) {
    return bpf_skb_load_bytes(skb, at + 2, &length, sizeof length) == 0 ? at + bpf_ntohs(length) : 0;
  }
  if (type != bpf_htons(TYPE_IPV6) || bpf_skb_load_bytes(skb, at + 4, &length, sizeof length) != 0) return 0;
  return at + IPV6_BYTES + bpf_ntohs(length);
}

static __always_inline int device_tap(struct __sk_buff* skb) {
  const __u64 now = tap_clock();
  struct aligned_probe probe;
  if (load_probe(skb, skb->len, &probe)) {
    record(&probe, now);
    return 0;
  }
  const __u32 end = packet_end(skb);
  if (end < skb->len && load_probe(skb, end, &probe)) {
    record(&probe, now);
  } else {
    count_foreign();
  }
  return 0;
}

/* PACKET_IGNORE_OUTGOING keeps the other direction away. */
SEC("socket") int device_in(struct __sk_buff* skb) {
  return device_tap(skb);
}

SEC("socket") int device_out(struct __sk_buff* skb) {
  return skb->pkt_type == PACKET_OUTGOING ? device_tap(skb) : 0;
}

/* The datagram begins at its UDP header and is already cut to its length. */
SEC("socket") int udp_socket(struct __sk_buff* skb) {
  const __u64 now = tap_clock();
  struct aligned_probe probe;
  if (load_probe(skb, skb->len, &probe)) {
    record(&probe, now);
  } else {
    count_foreign();
  }
  return 0;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
