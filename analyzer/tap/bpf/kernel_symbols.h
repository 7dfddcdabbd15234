/* What programs name of the kernel's and only its BTF has a number for: plain C, for both. In a program's
 * source the numbers below stand for it; they are replaced before the program is loaded.
 * SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0 */
#pragma once

/* Functions, called (Linux 6.2; the last 6.11). */
#define HOPCOST_CAST_TO_KERN_CTX 0x48430001
#define HOPCOST_RDONLY_CAST 0x48430002
#define HOPCOST_DYNPTR_FROM_SKB 0x48430003
/* A type, as a number: a structure that is nothing but 64-bit words. */
#define HOPCOST_WORDS_TYPE 0x48430004
