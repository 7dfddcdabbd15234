/* The kernel's packet as programs see it, and reading its bytes by plain loads. SPDX-License-Identifier:
 * BSD-3-Clause OR GPL-2.0 */
#pragma once

#include "analyzer/tap/bpf/kernel_symbols.h"
#include "analyzer/tap/bpf/record.bpf.h"

/* After record.bpf.h, which has the types that it needs. */
// clang-format off
#include <bpf/bpf_core_read.h>
// clang-format on

/* The members that are read. libbpf finds them in the running kernel by BTF; kernel_layout.cc knows which of
 * them lie in a structure within these. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct net {
  unsigned int inum;
};
struct net_device {
  int ifindex;
  struct net* nd_net;
};
struct sk_buff {
  struct net_device* dev;
  unsigned char* data;
  unsigned int len, data_len;
};
#pragma clang attribute pop

/* Linux 6.2. In the loaded program neither is a call. A helper that copies a few bytes takes 10 ns each
 * time. */
static void* (*const bpf_cast_to_kern_ctx)(void* context) = (void*)HOPCOST_CAST_TO_KERN_CTX;
static void* (*const bpf_rdonly_cast)(const void* address, __u32 btf_id) = (void*)HOPCOST_RDONLY_CAST;

/* The beginning of HOPCOST_WORDS_TYPE. */
struct words {
  __u64 word[3];
};

static __always_inline const __u64* words_at(const unsigned char* address) {
  const struct words* words = bpf_rdonly_cast(address, HOPCOST_WORDS_TYPE);
  return words->word;
}

/* Reads the probe that ends `end` bytes after `data`; `end` is at least PROBE_LEAD. 0 when there is none. */
#define PROBE_LEAD 24 /* three whole words: the probe and the six bytes before it */
static __always_inline int read_probe(const unsigned char* data, __u32 end, struct aligned_probe* probe) {
  const __u64* words = words_at(data + end - PROBE_LEAD);
  const __u64 first = words[0];
  __builtin_memcpy(probe, &first, sizeof first);
  if (!is_probe(probe)) return 0;
  probe->number = words[1];
  probe->tx_ns = words[2];
  return 1;
}
