/* What a BPF tap writes and its reader reads: plain C, for both. SPDX-License-Identifier: BSD-3-Clause OR
 * GPL-2.0 */
#pragma once

/* A probe that passed. Both words of the probe are as they were on the wire, big-endian
 * (doc/probe-format.md). */
struct hopcost_event {
  /* the tap's clock: CLOCK_TAI, or CLOCK_MONOTONIC where there is no helper for it; with
   * HOPCOST_REFLECTED_EVENT for a probe that a reflector sent back */
  unsigned long long time_ns;
  unsigned long long number; /* flow and sequence */
  unsigned long long tx_ns;  /* of a reflected probe its residence as well */
};
#define HOPCOST_REFLECTED_EVENT (1ull << 63)

#define HOPCOST_PEEK_BYTES 2048
/* What peek.bpf.c was told to read, and read. */
struct hopcost_peek {
  unsigned long long wanted;
  unsigned long long at; /* 0: could not be read */
  unsigned char bytes[HOPCOST_PEEK_BYTES];
};

/* One ring a CPU, each with one writer: a tap runs with bottom halves off. head and tail count events since
 * the tap was opened; an event's place is its count modulo the ring's slots, a power of two. */
struct hopcost_ring {
  unsigned long long head;    /* written by the kernel: events so far */
  unsigned long long drops;   /* probes the ring had no room for */
  unsigned long long foreign; /* frames without a probe */
  unsigned long long unused[5];
  unsigned long long tail; /* written by the reader, on a cache line of its own */
  unsigned long long unused_either[7];
};
