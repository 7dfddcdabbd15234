/* Programs that record probes: socket filters that drop the copy, on an AF_PACKET socket bound to a device
 * and on the UDP socket at the end of a path; and programs at a device's tc and XDP hooks, which let the
 * packet pass. SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#include "analyzer/tap/bpf/skb.bpf.h"

#define PACKET_OUTGOING 4 /* linux/if_packet.h */
#define ETH_BYTES 14
#define VLAN_BYTES 4
#define MAX_TAGS 4
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_VLAN 0x8100
#define TYPE_QINQ 0x88a8
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define UDP_BYTES 8
#define MORE_FRAGMENTS 0x2000
#define PROTOCOL_ICMP 1
#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO 8

static __always_inline int load_probe(struct __sk_buff* skb, __u32 end, struct aligned_probe* probe) {
  if (end < PROBE_BYTES || bpf_skb_load_bytes(skb, end - PROBE_BYTES, &probe->magic, PROBE_BYTES) != 0)
    return 0;
  return is_probe(probe);
}

/* The two words that tell the end of a packet in Ethernet and IPv4 without tags, as nearly all probes are. */
#define PLAIN_HEAD_AT 8
struct plain_head {
  __u8 address[4];
  __be16 type;
  __u8 version, tos;
  __be16 length, id, fragment;
  __u8 ttl, protocol;
};

/* An ICMP error quotes the packet that it is about, so it may end with that packet's probe. */
static __always_inline int is_icmp_error(struct __sk_buff* skb, const struct plain_head* head) {
  __u8 type = 0;
  if (head->protocol != PROTOCOL_ICMP) return 0;
  if (bpf_skb_load_bytes(skb, ETH_BYTES + (head->version & 0xf) * 4, &type, sizeof type) != 0) return 1;
  return type != ICMP_ECHO && type != ICMP_ECHO_REPLY;
}

/* With tags or IPv6: where the packet ends; the frame's end when the packet does not say. An encapsulated
 * packet ends where the outermost does. */
static __always_inline __u32 tagged_end(struct __sk_buff* skb) {
  __u32 at = ETH_BYTES - 2;
  __u16 type = 0, length = 0;
  for (int i = 0; i <= MAX_TAGS; i++) {
    if (bpf_skb_load_bytes(skb, at, &type, sizeof type) != 0) return skb->len;
    at += 2;
    if (type != bpf_htons(TYPE_VLAN) && type != bpf_htons(TYPE_QINQ)) break;
    at += VLAN_BYTES - 2;
  }
  const int v4 = type == bpf_htons(TYPE_IPV4);
  if (!v4 && type != bpf_htons(TYPE_IPV6)) return skb->len;
  if (bpf_skb_load_bytes(skb, at + (v4 ? 2 : 4), &length, sizeof length) != 0 || length == 0) return skb->len;
  return at + (v4 ? 0 : IPV6_BYTES) + bpf_ntohs(length);
}

/* Where a probe must end. As in wire/find_probe, this is the only place to look at: a frame's padding may be
 * a stale copy of an earlier probe. 0 when there can't be a probe. */
static __always_inline __u32 probe_end(struct __sk_buff* skb) {
  struct plain_head head;
  if (bpf_skb_load_bytes(skb, PLAIN_HEAD_AT, &head, sizeof head) != 0) return 0;
  if (head.type != bpf_htons(TYPE_IPV4) || head.length == 0) return tagged_end(skb);
  if ((head.fragment & bpf_htons(MORE_FRAGMENTS)) || is_icmp_error(skb, &head)) return 0;
  return ETH_BYTES + bpf_ntohs(head.length);
}

/* Reads the usual frame, which is in one piece, without a call. -1: not usual, look closer; 0: no probe. */
static __always_inline int quick_probe(struct __sk_buff* context, struct aligned_probe* probe) {
  const struct sk_buff* skb = bpf_cast_to_kern_ctx(context);
  const __u32 linear = skb->len - skb->data_len;
  if (linear < ETH_BYTES + IPV4_BYTES + UDP_BYTES + PROBE_BYTES) return -1;
  struct plain_head head;
  const __u64* words = words_at(skb->data + PLAIN_HEAD_AT);
  const __u64 both[2] = {words[0], words[1]};
  __builtin_memcpy(&head, both, sizeof head);
  const __u32 end = ETH_BYTES + bpf_ntohs(head.length);
  if (head.type != bpf_htons(TYPE_IPV4) || (head.fragment & bpf_htons(MORE_FRAGMENTS)) ||
      head.protocol == PROTOCOL_ICMP || end < PROBE_LEAD || end > linear)
    return -1;
  return read_probe(skb->data, end, probe);
}

static __always_inline int find_probe(struct __sk_buff* skb, struct aligned_probe* probe) {
  if (direct_reads) {
    const int found = quick_probe(skb, probe);
    if (found >= 0) return found;
  }
  const __u32 end = probe_end(skb);
  return end <= skb->len && load_probe(skb, end, probe);
}

static __always_inline int device_tap(struct __sk_buff* skb) {
  const __u64 now = tap_clock();
  struct aligned_probe probe;
  if (find_probe(skb, &probe)) {
    record(&probe, now);
  } else {
    count_foreign();
  }
  return 0;
}

/* PACKET_IGNORE_OUTGOING keeps outgoing packets away. */
SEC("socket") int device_in(struct __sk_buff* skb) {
  return device_tap(skb);
}

SEC("socket") int device_out(struct __sk_buff* skb) {
  return skb->pkt_type == PACKET_OUTGOING ? device_tap(skb) : 0;
}

/* Linux 6.6: continues with the next program as if this one were not there. */
#define TCX_NEXT -1
SEC("tc") int tc_tap(struct __sk_buff* skb) {
  device_tap(skb);
  return TCX_NEXT;
}

const volatile __u32 has_frags = 0; /* frames may come in several pieces (Linux 5.18) */

/* As probe_end(), on the frame as the driver has it, before there is a packet. It includes the tags; only its
 * first piece is looked at. 0 when there can't be a probe. */
static __always_inline __u32 frame_end(const unsigned char* data, const unsigned char* data_end, __u32 len) {
  __u32 at = ETH_BYTES - 2;
  for (int i = 0; i <= MAX_TAGS; i++) {
    const unsigned char* head = data + at;
    if (head + 12 > data_end) return len;
    const __u16 type = *(const __u16*)head;
    if (type == bpf_htons(TYPE_VLAN) || type == bpf_htons(TYPE_QINQ)) {
      at += VLAN_BYTES;
      continue;
    }
    const __u16 v4_length = *(const __u16*)(head + 4), v6_length = *(const __u16*)(head + 6);
    if (type == bpf_htons(TYPE_IPV6) && v6_length != 0) return at + 2 + IPV6_BYTES + bpf_ntohs(v6_length);
    if (type != bpf_htons(TYPE_IPV4) || v4_length == 0) return len;
    if (*(const __u16*)(head + 8) & bpf_htons(MORE_FRAGMENTS)) return 0;
    const unsigned char* icmp = head + 2 + (head[2] & 0xf) * 4;
    if (head[11] == PROTOCOL_ICMP &&
        (icmp + 1 > data_end || (*icmp != ICMP_ECHO && *icmp != ICMP_ECHO_REPLY)))
      return 0;
    return at + 2 + bpf_ntohs(v4_length);
  }
  return len;
}

SEC("xdp") int xdp_tap(struct xdp_md* context) {
  const __u64 now = tap_clock();
  const unsigned char *data = (void*)(long)context->data, *data_end = (void*)(long)context->data_end;
  struct aligned_probe probe;
  const __u32 len = has_frags ? bpf_xdp_get_buff_len(context) : data_end - data;
  const __u32 end = frame_end(data, data_end, len);
  int found = 0;
  if (end >= PROBE_BYTES && end <= 0xffff) {
    const unsigned char* at = data + (end - PROBE_BYTES);
    if (at + PROBE_BYTES <= data_end) {
      __builtin_memcpy(&probe.magic, at, PROBE_BYTES);
      found = is_probe(&probe);
    } else if (has_frags) {
      found =
          bpf_xdp_load_bytes(context, end - PROBE_BYTES, &probe.magic, PROBE_BYTES) == 0 && is_probe(&probe);
    }
  }
  if (found) {
    record(&probe, now);
  } else {
    count_foreign();
  }
  return XDP_PASS;
}

/* The socket's data begins with the UDP header and is already cut to the datagram's length. */
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
