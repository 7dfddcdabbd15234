/* Turns probes around where they come in: swaps addresses and ports, and writes the residence in this
 * program into the probe (doc/probe-format.md). Does what wire/turn_around does, but for two VLAN tags at
 * most. All other packets go on to the stack. SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
/* libbpf's headers use the types of linux/bpf.h and do not include it. */
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "pktgen/reflect/xdp/counters.h"

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_VLAN 0x8100
#define TYPE_QINQ 0x88a8
#define TYPE_OLD_QINQ 0x9100
#define MAX_TAGS 2
#define PROTOCOL_ICMP 1
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMPV6 58
#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK 0x1fff
#define UDP_BYTES 8
#define PROBE_BYTES 18
#define PROBE_MAGIC_VERSION 0x4c71
#define REFLECTED_MAGIC_VERSION 0x4c72
#define TIME_BITS 35
#define LONGEST_RESIDENCE ((1ull << 27) - 1)
#define LONGEST_PACKET 9216

/* Set before loading. */
const volatile __u8 own_mac[6] = {};
const volatile __u64 limit = ~0ull; /* probes to turn around */
/* Send by a redirect to the device itself. XDP_TX on a veth wakes the other end only if that has an XDP
 * program; a redirect also wakes it if it merely polls (veth_xdp_flush() in drivers/net/veth.c). */
const volatile __u32 by_redirect = 0;

__u64 turned = 0; /* counted when there is a limit, for all CPUs */

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct hopcost_turns);
} turns SEC(".maps");

struct eth {
  __u8 dst[6], src[6];
  __be16 type;
} __attribute__((packed));

struct ipv4 {
  __u8 version, tos;
  __be16 length, id, fragment;
  __u8 ttl, protocol;
  __be16 checksum;
  __be32 src, dst;
};

struct ipv6 {
  __be32 version;
  __be16 payload;
  __u8 next, hop_limit;
  __be32 src[4], dst[4];
};

struct udp {
  __be16 src, dst, length;
  __u16 checksum;
};

struct probe {
  __u16 magic;
  __u64 number, time;
} __attribute__((packed));

struct packet {
  struct eth* eth;
  void* ip;
  int v6;
  struct udp* udp;
  struct probe* probe;
  __u32 odd; /* the probe begins at an odd distance from the UDP header */
};

static __always_inline int is_own(const __u8* mac) {
  for (int i = 0; i < 6; i++)
    if (mac[i] != own_mac[i]) return 0;
  return 1;
}

/* Whether `mac` is a sender that can be answered. */
static __always_inline int is_unicast(const __u8* mac) {
  return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) && !is_own(mac);
}

/* Skips VLAN tags: gives what follows them and its `type`; null when the frame ends in a tag. */
static __always_inline __u8* skip_tags(__u8* at, const void* end, __be16* type) {
#pragma unroll
  for (int i = 0; i < MAX_TAGS; i++) {
    if (*type != bpf_htons(TYPE_VLAN) && *type != bpf_htons(TYPE_QINQ) && *type != bpf_htons(TYPE_OLD_QINQ))
      break;
    if ((void*)(at + 4) > end) return 0;
    *type = *(__be16*)(at + 2);
    at += 4;
  }
  return at;
}

/* What an IP header says of its packet; lengths in bytes. */
struct ip_facts {
  __u32 head, length;
  __u8 protocol;
  __u16 offset;
};

/* 0 when there is no IP header, or the packet continues in a further fragment. */
static __always_inline int read_ip(__u8* at, const void* end, __be16 type, struct packet* p,
                                   struct ip_facts* f) {
  if (type == bpf_htons(TYPE_IPV4)) {
    struct ipv4* const ip = (void*)at;
    if ((void*)(ip + 1) > end || ip->version >> 4 != 4) return 0;
    f->head = (ip->version & 0xf) * 4;
    f->length = bpf_ntohs(ip->length);
    f->protocol = ip->protocol;
    if (f->head < sizeof *ip || (ip->fragment & bpf_htons(MORE_FRAGMENTS))) return 0;
    f->offset = ip->fragment & bpf_htons(OFFSET_MASK);
    p->ip = ip;
    return 1;
  }
  struct ipv6* const ip = (void*)at;
  if (type != bpf_htons(TYPE_IPV6)) return 0;
  if ((void*)(ip + 1) > end || (ip->version & bpf_htonl(0xf0000000)) != bpf_htonl(0x60000000)) return 0;
  f->head = sizeof *ip;
  f->length = f->head + bpf_ntohs(ip->payload);
  f->protocol = ip->next;
  f->offset = 0;
  p->ip = ip;
  p->v6 = 1;
  return 1;
}

static __always_inline enum hopcost_turn look_at(struct xdp_md* ctx, struct packet* p) {
  void* const end = (void*)(long)ctx->data_end;
  struct eth* const eth = (void*)(long)ctx->data;
  if ((void*)(eth + 1) > end) return HOPCOST_FOREIGN;
  __be16 type = eth->type;
  __u8* const at = skip_tags((void*)(eth + 1), end, &type);
  p->eth = eth;
  struct ip_facts ip;
  if (!at || !read_ip(at, end, type, p, &ip)) return HOPCOST_FOREIGN;
  if (ip.protocol == PROTOCOL_ICMP || ip.protocol == PROTOCOL_ICMPV6) return HOPCOST_FOREIGN;
  if (ip.length < ip.head + PROBE_BYTES || ip.length > LONGEST_PACKET) return HOPCOST_FOREIGN;
  struct probe* const probe = (void*)(at + (ip.length - PROBE_BYTES));
  if ((void*)(probe + 1) > end) return HOPCOST_FOREIGN;
  if (*((__u8*)probe + 10) & 0xc0) return HOPCOST_FOREIGN; /* a time no clock shows */
  if (probe->magic == bpf_htons(REFLECTED_MAGIC_VERSION)) return HOPCOST_REFLECTED;
  if (probe->magic != bpf_htons(PROBE_MAGIC_VERSION)) return HOPCOST_FOREIGN;
  if (!is_own(eth->dst)) return HOPCOST_NOT_OURS;
  struct udp* const udp = (void*)(at + ip.head);
  if ((void*)(udp + 1) > end) return HOPCOST_MALFORMED;
  if (ip.protocol != PROTOCOL_UDP || ip.offset || !is_unicast(eth->src) ||
      ip.length < ip.head + UDP_BYTES + PROBE_BYTES || bpf_ntohs(udp->length) != ip.length - ip.head)
    return HOPCOST_MALFORMED;
  p->udp = udp;
  p->probe = probe;
  p->odd = (ip.length - PROBE_BYTES - ip.head) & 1;
  return HOPCOST_TURN;
}

static __always_inline void swap_ends(const struct packet* p) {
  for (int i = 0; i < 6; i++) {
    const __u8 byte = p->eth->dst[i];
    p->eth->dst[i] = p->eth->src[i];
    p->eth->src[i] = byte;
  }
  if (p->v6) {
    struct ipv6* const ip = p->ip;
    for (int i = 0; i < 4; i++) {
      const __be32 word = ip->src[i];
      ip->src[i] = ip->dst[i];
      ip->dst[i] = word;
    }
  } else {
    struct ipv4* const ip = p->ip;
    const __be32 word = ip->src;
    ip->src = ip->dst;
    ip->dst = word;
  }
  const __be16 port = p->udp->src;
  p->udp->src = p->udp->dst;
  p->udp->dst = port;
}

static __always_inline __u64 ones_add(__u64 a, __u64 b) {
  const __u64 sum = a + b;
  return sum + (sum < a);
}

static __always_inline __u16 ones_fold(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

/* As hopcost::write_residence(): the checksum is carried along, none stays none. */
static __always_inline void write_residence(const struct packet* p, __u64 residence) {
  const __u64 old_time = p->probe->time;
  const __u64 tx = bpf_be64_to_cpu(old_time) & ((1ull << TIME_BITS) - 1);
  const __u64 time = bpf_cpu_to_be64(residence << TIME_BITS | tx);
  const __u16 old_magic = bpf_htons(PROBE_MAGIC_VERSION), magic = bpf_htons(REFLECTED_MAGIC_VERSION);
  p->probe->magic = magic;
  p->probe->time = time;
  if (!p->udp->checksum) return;
  __u16 change = ones_fold(ones_add(ones_add((__u16)~old_magic, ~old_time), ones_add(magic, time)));
  if (p->odd) change = change >> 8 | change << 8;
  const __u16 sum = ~ones_fold((__u64)(__u16)~p->udp->checksum + change);
  p->udp->checksum = sum ? sum : 0xffff;
}

static __always_inline __u32 step_of(__u64 ns) {
  __u32 doubled = 0;
  for (; doubled < HOPCOST_DOUBLINGS && ns >= HOPCOST_EXACT_STEPS; doubled++) ns >>= 1;
  return doubled * HOPCOST_HALF_STEPS + (__u32)ns;
}

SEC("xdp") int reflect(struct xdp_md* ctx) {
  const __u64 came = bpf_ktime_get_ns();
  const __u32 zero = 0;
  struct hopcost_turns* const counts = bpf_map_lookup_elem(&turns, &zero);
  if (!counts) return XDP_PASS;
  struct packet p = {};
  const enum hopcost_turn verdict = look_at(ctx, &p);
  if (verdict != HOPCOST_TURN) {
    counts->seen[verdict]++;
    return XDP_PASS;
  }
  if (limit != ~0ull && __sync_fetch_and_add(&turned, 1) >= limit) return XDP_PASS;
  swap_ends(&p);
  __u64 residence = bpf_ktime_get_ns() - came;
  if (residence > LONGEST_RESIDENCE) residence = LONGEST_RESIDENCE;
  write_residence(&p, residence);
  counts->seen[HOPCOST_TURN]++;
  const __u32 step = step_of(residence);
  if (step < HOPCOST_STEPS) counts->residence[step]++;
  return by_redirect ? bpf_redirect(ctx->ingress_ifindex, 0) : XDP_TX;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
