// BPF instructions by name (Documentation/bpf/standardization/instruction-set.rst); only those that
// frame_program.cc needs.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pktgen/io/bpf/bpf_insn.h"

namespace hopcost::pktgen {

/// Appends instructions; registers are BPF_REG_0 to 9.
class Assembler {
 public:
  /// dst = the 4 bytes at base + offset.
  void load32(int dst, int base, int offset) { put(BPF_LDX | BPF_MEM | BPF_W, dst, base, offset, 0); }
  /// dst = the 8 bytes at base + offset.
  void load64(int dst, int base, int offset) { put(BPF_LDX | BPF_MEM | BPF_DW, dst, base, offset, 0); }
  /// The low `bytes` (1, 2, 4 or 8) of src go to base + offset.
  void store(int base, int offset, int src, int bytes) {
    put(BPF_STX | BPF_MEM | width(bytes), base, src, offset, 0);
  }
  /// dst = src.
  void move(int dst, int src) { put(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0); }
  /// dst = the low 32 bits of src.
  void move_low32(int dst, int src) { put(BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0); }
  /// dst = dst `operation` src; `operation` is BPF_ADD, BPF_SUB, BPF_OR, ...
  void compute(int operation, int dst, int src) { put(BPF_ALU64 | operation | BPF_X, dst, src, 0, 0); }
  /// dst = dst `operation` immediate, sign-extended.
  void compute_with(int operation, int dst, std::int32_t immediate) {
    put(BPF_ALU64 | operation | BPF_K, dst, 0, 0, immediate);
  }
  /// Converts the low `bits` (16, 32 or 64) of dst from native to big-endian or back.
  void swap_to_big(int dst, int bits) { put(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bits); }
  /// dst = value; two instructions.
  void constant(int dst, std::uint64_t value) { put_wide(dst, 0, value); }
  /// dst = the map of descriptor `fd`; two instructions.
  void map(int dst, int fd) { put_wide(dst, BPF_PSEUDO_MAP_FD, static_cast<std::uint32_t>(fd)); }
  /// dst = the address of the value in an array map with one element; two instructions.
  void map_value(int dst, int fd) { put_wide(dst, BPF_PSEUDO_MAP_VALUE, static_cast<std::uint32_t>(fd)); }
  /// Calls a helper (BPF_FUNC_*): arguments in registers 1 to 5, result in register 0.
  void call(int helper) { put(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
  /// Returns register 0.
  void exit() { put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }
  /// Jumps if `dst operation value`. Give the result to land() where the jump is to go.
  [[nodiscard]] std::size_t jump_if(int operation, int dst, std::int32_t value) {
    put(BPF_JMP | operation | BPF_K, dst, 0, 0, value);
    return code_.size() - 1;
  }
  /// The same, comparing with register src.
  [[nodiscard]] std::size_t jump_if_registers(int operation, int dst, int src) {
    put(BPF_JMP | operation | BPF_X, dst, src, 0, 0);
    return code_.size() - 1;
  }
  /// Makes the jump go to the instruction appended next.
  void land(std::size_t jump) { code_[jump].off = static_cast<std::int16_t>(code_.size() - jump - 1); }

  [[nodiscard]] std::vector<bpf_insn> take() { return std::move(code_); }

 private:
  static int width(int bytes) {
    return bytes == 8 ? BPF_DW : bytes == 4 ? BPF_W : bytes == 2 ? BPF_H : BPF_B;
  }
  void put(int code, int dst, int src, int offset, std::int32_t immediate) {
    code_.push_back(make_insn(code, dst, src, offset, immediate));
  }
  /// A wide instruction takes two slots; a map's descriptor is only in the first.
  void put_wide(int dst, int kind, std::uint64_t value) {
    put(BPF_LD | BPF_IMM | BPF_DW, dst, kind, 0, static_cast<std::int32_t>(value));
    put(0, 0, 0, 0, kind == 0 ? static_cast<std::int32_t>(value >> 32) : 0);
  }

  std::vector<bpf_insn> code_;
};

}  // namespace hopcost::pktgen
