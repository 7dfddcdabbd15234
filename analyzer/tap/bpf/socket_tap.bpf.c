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
#define FRAGMENT_OFFSET 0x1fff
#define PROTOCOL_ICMP 1
#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO 8
#define NEXT_FRAGMENT 44
#define FRAGMENT_FLAGS_AT 3 /* of the fragment header; the lowest bit: more fragments follow */
#define NEXT_ICMPV6 58
#define ICMPV6_INFORMATIONAL 128 /* types below it are errors */

static __always_inline int load_probe(struct __sk_buff* skb, __u32 end, struct aligned_probe* probe) {
  if (end < PROBE_BYTES || bpf_skb_load_bytes(skb, end - PROBE_BYTES, &probe->magic, PROBE_BYTES) != 0)
    return 0;
  return is_probe(probe);
}

struct ipv4_head {
  __u8 version, tos;
  __be16 length, id, fragment;
  __u8 ttl, protocol;
};

struct ipv6_head {
  __be32 flow;
  __be16 length;
  __u8 next;
};

/* An ICMP error quotes the packet that it is about, so it may end with that packet's probe. */
static __always_inline int is_icmp_error(__u8 type) {
  return type != ICMP_ECHO && type != ICMP_ECHO_REPLY;
}

/* Whether ICMP's type follows this header: it does in a packet's first fragment. */
static __always_inline int holds_icmp(const struct ipv4_head* head) {
  return head->protocol == PROTOCOL_ICMP && !(head->fragment & bpf_htons(FRAGMENT_OFFSET));
}

/* Where the packet whose IPv4 header is at `at` ends. 0 when no probe can be there; the frame's end when the
 * packet does not say. */
static __always_inline __u32 ipv4_end(struct __sk_buff* skb, __u32 at, const struct ipv4_head* head) {
  __u8 type = 0;
  if (head->length == 0) return skb->len;
  if (head->fragment & bpf_htons(MORE_FRAGMENTS)) return 0;
  if (holds_icmp(head) && (bpf_skb_load_bytes(skb, at + (head->version & 0xf) * 4, &type, sizeof type) != 0 ||
                           is_icmp_error(type)))
    return 0;
  return at + bpf_ntohs(head->length);
}

/* The same of an IPv6 header. */
static __always_inline __u32 ipv6_end(struct __sk_buff* skb, __u32 at, const struct ipv6_head* head) {
  __u8 flags = 0, type = 0;
  if (head->length == 0) return skb->len;
  at += IPV6_BYTES;
  if (head->next == NEXT_FRAGMENT &&
      (bpf_skb_load_bytes(skb, at + FRAGMENT_FLAGS_AT, &flags, sizeof flags) != 0 || (flags & 1)))
    return 0;
  if (head->next == NEXT_ICMPV6 &&
      (bpf_skb_load_bytes(skb, at, &type, sizeof type) != 0 || type < ICMPV6_INFORMATIONAL))
    return 0;
  return at + bpf_ntohs(head->length);
}

/* With tags or IPv6: where the packet ends. An encapsulated packet ends where the outermost does. */
static __always_inline __u32 tagged_end(struct __sk_buff* skb) {
  __u32 at = ETH_BYTES - 2;
  __u16 type = 0;
  for (int i = 0; i <= MAX_TAGS; i++) {
    if (bpf_skb_load_bytes(skb, at, &type, sizeof type) != 0) return skb->len;
    at += 2;
    if (type != bpf_htons(TYPE_VLAN) && type != bpf_htons(TYPE_QINQ)) break;
    at += VLAN_BYTES - 2;
  }
  struct ipv4_head v4;
  struct ipv6_head v6;
  if (type == bpf_htons(TYPE_IPV4) && bpf_skb_load_bytes(skb, at, &v4, sizeof v4) == 0)
    return ipv4_end(skb, at, &v4);
  if (type == bpf_htons(TYPE_IPV6) && bpf_skb_load_bytes(skb, at, &v6, sizeof v6) == 0)
    return ipv6_end(skb, at, &v6);
  return skb->len;
}

/* The two words that tell the end of a packet in Ethernet and IPv4 without tags, as nearly all probes are. */
#define PLAIN_HEAD_AT 8
struct plain_head {
  __u8 address[4];
  __be16 type;
  struct ipv4_head ip;
};

/* Where a probe must end. As in wire/find_probe, this is the only place to look at: a frame's padding may be
 * a stale copy of an earlier probe. 0 when there can't be a probe. */
static __always_inline __u32 probe_end(struct __sk_buff* skb) {
  struct plain_head head;
  if (bpf_skb_load_bytes(skb, PLAIN_HEAD_AT, &head, sizeof head) != 0) return 0;
  return head.type == bpf_htons(TYPE_IPV4) ? ipv4_end(skb, ETH_BYTES, &head.ip) : tagged_end(skb);
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
  const __u32 end = ETH_BYTES + bpf_ntohs(head.ip.length);
  if (head.type != bpf_htons(TYPE_IPV4) || (head.ip.fragment & bpf_htons(MORE_FRAGMENTS)) ||
      head.ip.protocol == PROTOCOL_ICMP || end < PROBE_LEAD || end > linear)
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
    if (type == bpf_htons(TYPE_IPV6)) {
      const struct ipv6_head* v6 = (const void*)(head + 2);
      const unsigned char* next = head + 2 + IPV6_BYTES;
      if (v6->length == 0) return len;
      if (v6->next == NEXT_FRAGMENT &&
          (next + FRAGMENT_FLAGS_AT + 1 > data_end || (next[FRAGMENT_FLAGS_AT] & 1)))
        return 0;
      if (v6->next == NEXT_ICMPV6 && (next + 1 > data_end || *next < ICMPV6_INFORMATIONAL)) return 0;
      return at + 2 + IPV6_BYTES + bpf_ntohs(v6->length);
    }
    const struct ipv4_head* v4 = (const void*)(head + 2);
    if (type != bpf_htons(TYPE_IPV4) || v4->length == 0) return len;
    if (v4->fragment & bpf_htons(MORE_FRAGMENTS)) return 0;
    const unsigned char* icmp = head + 2 + (v4->version & 0xf) * 4;
    if (holds_icmp(v4) && (icmp + 1 > data_end || is_icmp_error(*icmp))) return 0;
    return at + 2 + bpf_ntohs(v4->length);
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
