// What the programs need to know of the running kernel before they are loaded. Found out once a process.
// Set-up only.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <map>
#include <string>

#include "analyzer/tap/bpf/kernel_layout.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// Those there are programs for (trace_tap.bpf.c), each of the tracepoint's name.
inline constexpr const char* kTracepoints[] = {"netif_rx",      "napi_gro_receive_entry", "netif_receive_skb",
                                               "net_dev_queue", "net_dev_start_xmit",     "net_dev_xmit"};

class KernelFacts {
 public:
  /// From /sys/kernel/btf/vmlinux; without that, by trial.
  [[nodiscard]] static const KernelFacts& here();

  /// Whether the members that programs read were found, and if not why.
  [[nodiscard]] const Result<void>& layout() const noexcept { return layout_; }
  /// Whether programs may read the kernel's memory by plain loads (Linux 6.2).
  [[nodiscard]] bool direct_reads() const noexcept;
  /// Whether there is bpf_dynptr_from_skb() (Linux 6.4; for tracepoints 6.11).
  [[nodiscard]] bool has_dynptr() const noexcept;
  /// The type of a tracepoint's arguments; 0 when it is not known.
  [[nodiscard]] std::uint32_t arguments_of(const std::string& tracepoint) const;

  /// For libbpf to find the layout in.
  [[nodiscard]] std::string description() const { return layout_path(description_); }
  /// Replaces the numbers of kernel_symbols.h by the kernel's, in a program that reads directly. In other
  /// programs these numbers stand only in code that is never reached.
  void fill_in(bpf_program* program) const;

 private:
  KernelFacts();
  [[nodiscard]] Result<KernelLayout> find();
  [[nodiscard]] bool knows(std::int32_t symbol) const noexcept;

  std::map<std::int32_t, std::uint32_t> symbols_;  // by the number in kernel_symbols.h
  std::map<std::string, std::uint32_t> tracepoints_;
  Fd description_;
  Result<void> layout_;
};

}  // namespace hopcost::analyzer
