/* What the reflecting XDP program counts and its reader reads: plain C, for both.
 * SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#pragma once

/* In the order of hopcost::TurnVerdict (wire/turn_around.h). */
enum hopcost_turn {
  HOPCOST_TURN,
  HOPCOST_FOREIGN,
  HOPCOST_NOT_OURS,
  HOPCOST_REFLECTED,
  HOPCOST_MALFORMED,
  HOPCOST_TURNS,
};

/* Steps of the residence histogram: 1 ns below 64 ns, above that a thirty-second of the power of two. */
#define HOPCOST_EXACT_STEPS 64
#define HOPCOST_HALF_STEPS 32
#define HOPCOST_DOUBLINGS 21 /* 27 bits of ns */
#define HOPCOST_STEPS (HOPCOST_EXACT_STEPS + HOPCOST_DOUBLINGS * HOPCOST_HALF_STEPS)

/* One a CPU. */
struct hopcost_turns {
  unsigned long long seen[HOPCOST_TURNS];
  unsigned long long residence[HOPCOST_STEPS];
};
