/* What all BPF taps share: the clock, the probe's format, and writing into this CPU's ring.
 * SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#pragma once

/* libbpf's headers use the types of linux/bpf.h and do not include it. */
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
// clang-format on

#include "analyzer/tap/bpf/event.h"

#define PROBE_BYTES 18
#define PROBE_MAGIC_VERSION 0x4c71
#define REFLECTED_MAGIC_VERSION 0x4c72

/* Set before loading. */
const volatile __u32 ring_slots = 1;
const volatile __u32 clock_is_tai = 0;
const volatile __u32 direct_reads = 0;    /* whether plain loads may read the kernel's memory */
const volatile __u32 stores_in_order = 0; /* whether this kind of CPU keeps stores in their order */

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* slots times CPUs up to the last online, set before loading */
  __type(key, __u32);
  __type(value, struct hopcost_event);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* all possible CPUs, set before loading */
  __type(key, __u32);
  __type(value, struct hopcost_ring);
} rings SEC(".maps");

/* A probe after six unused bytes, so that its 64-bit words are aligned. */
struct aligned_probe {
  __u16 unused[3];
  __u16 magic;
  __u64 number;
  __u64 tx_ns;
};

static __always_inline int is_probe(const struct aligned_probe* probe) {
  return probe->magic == bpf_htons(PROBE_MAGIC_VERSION) || probe->magic == bpf_htons(REFLECTED_MAGIC_VERSION);
}

static __always_inline __u64 tap_clock(void) {
  return clock_is_tai ? bpf_ktime_get_tai_ns() : bpf_ktime_get_ns();
}

static __always_inline struct hopcost_ring* this_ring(__u32 cpu) {
  return bpf_map_lookup_elem(&rings, &cpu);
}

static __always_inline void count_foreign(void) {
  struct hopcost_ring* ring = this_ring(bpf_get_smp_processor_id());
  if (ring) ring->foreign++;
}

static __always_inline void record(const struct aligned_probe* probe, __u64 now) {
  const __u32 cpu = bpf_get_smp_processor_id();
  struct hopcost_ring* ring = this_ring(cpu);
  if (!ring) return;
  const __u64 head = ring->head;
  if (head - *(volatile __u64*)&ring->tail >= ring_slots) {
    ring->drops++;
    return;
  }
  const __u32 at = cpu * ring_slots + ((__u32)head & (ring_slots - 1));
  struct hopcost_event* event = bpf_map_lookup_elem(&events, &at);
  if (!event) { /* the CPU came up after loading and has no slots */
    ring->drops++;
    return;
  }
  event->time_ns = probe->magic == bpf_htons(PROBE_MAGIC_VERSION) ? now : now | HOPCOST_REFLECTED_EVENT;
  event->number = probe->number;
  event->tx_ns = probe->tx_ns;
  if (stores_in_order) {
    asm volatile("" ::: "memory");
    *(volatile __u64*)&ring->head = head + 1;
  } else { /* an exchange, because it comes after all the writes above */
    __sync_lock_test_and_set(&ring->head, head + 1);
  }
}
