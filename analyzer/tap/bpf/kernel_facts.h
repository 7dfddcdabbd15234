// What the programs need to know of the running kernel before they are loaded. Found out once a process.
// Set-up only.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <map>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

class KernelFacts {
 public:
  /// Of /sys/kernel/btf/vmlinux.
  [[nodiscard]] static const KernelFacts& here();

  /// Whether the members that programs read were found, and if not why.
  [[nodiscard]] const Result<void>& layout() const noexcept { return layout_; }
  /// Whether programs may read the kernel's memory by plain loads (Linux 6.2).
  [[nodiscard]] bool direct_reads() const noexcept;
  /// Whether there is bpf_dynptr_from_skb() for tracepoints (Linux 6.11).
  [[nodiscard]] bool has_dynptr() const noexcept;
  /// The type of a tracepoint's arguments; 0 when it is not known.
  [[nodiscard]] std::uint32_t arguments_of(const std::string& tracepoint) const;

  /// The structures that programs read with nothing but the members they read, for libbpf to find them in: it
  /// would hold all of the kernel's types twice. A path, while this lives.
  [[nodiscard]] std::string layout_path() const;
  /// Puts the kernel's numbers in the place of those of kernel_symbols.h.
  void fill_in(bpf_program* program) const;

 private:
  KernelFacts();
  [[nodiscard]] Result<void> find();
  [[nodiscard]] bool knows(std::int32_t symbol) const noexcept;

  std::map<std::int32_t, std::uint32_t> symbols_;  // by the number in kernel_symbols.h
  std::map<std::string, std::uint32_t> tracepoints_;
  Fd layout_file_;
  Result<void> layout_;
};

}  // namespace hopcost::analyzer
