// Makes one BPF instruction from its fields. Header only; includes nothing of ours.
#pragma once

#include <linux/bpf.h>

#include <cstdint>

namespace hopcost::pktgen {

/// `code` as in linux/bpf.h: class, size or operation, and mode.
constexpr bpf_insn make_insn(int code, int dst, int src, int offset, std::int32_t immediate) {
  bpf_insn i{};
  i.code = static_cast<std::uint8_t>(code);
  i.dst_reg = static_cast<std::uint8_t>(dst & 0xf);
  i.src_reg = static_cast<std::uint8_t>(src & 0xf);
  i.off = static_cast<std::int16_t>(offset);
  i.imm = immediate;
  return i;
}

}  // namespace hopcost::pktgen
