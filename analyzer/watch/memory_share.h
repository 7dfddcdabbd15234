// How a live run divides the memory it may hold between rings, probes under way and flows. Set-up only.
// Includes analyzer/config.h and its headers.
#pragma once

#include <cstdint>

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// Default limit of what is resident once the taps are open, in bytes. Taps that need more get it.
inline constexpr std::size_t kDefaultMemory = std::size_t{16} << 20;

/// What was asked for by name, which nothing overrides; the ring does not count then.
struct MemoryWishes {
  std::optional<std::size_t> memory;      ///< Bytes resident, of the whole program.
  std::optional<std::size_t> ring_bytes;  ///< A tap.
  std::optional<std::size_t> window;      ///< Probes.
};

/// Sets config's ring size, window and number of flows so that the program stays below the memory asked for,
/// whatever the traffic. Without such a wish the limit is kDefaultMemory, or what this many taps need at
/// least. `resident` is what the program holds already. Errors: kUsage when the taps need more, and how much.
[[nodiscard]] Result<void> share_memory(Config& config, const MemoryWishes& wishes, std::size_t resident);

/// A tap's ring over the control channel, where none was asked for: kControlRingBytes, and less on a machine
/// with less than a GiB of memory.
[[nodiscard]] std::size_t control_ring_bytes(std::uint64_t machine_bytes);

/// Memory that this machine has, in bytes.
[[nodiscard]] std::uint64_t machine_bytes();

/// What this process holds in memory now, in bytes; 0 when that can't be told.
[[nodiscard]] std::size_t resident_bytes();

/// Heap that is freed goes back to the kernel, and histograms take the pages they use. Once, before any
/// thread.
void keep_heap_small();
/// Gives heap that set-up has freed back to the kernel.
void trim_heap();

}  // namespace hopcost::analyzer
