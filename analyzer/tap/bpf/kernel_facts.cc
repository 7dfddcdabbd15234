#include "analyzer/tap/bpf/kernel_facts.h"

#include <fmt/format.h>

#include <vector>

#include "analyzer/tap/bpf/kernel_symbols.h"
#include "analyzer/tap/bpf/kernel_trial.h"
#include "analyzer/tap/bpf/kernel_types.h"

namespace hopcost::analyzer {
namespace {

struct Symbol {
  std::int32_t stand_in;
  std::uint32_t kind;
  const char* name;
};
constexpr Symbol kSymbols[] = {{HOPCOST_CAST_TO_KERN_CTX, BTF_KIND_FUNC, "bpf_cast_to_kern_ctx"},
                               {HOPCOST_RDONLY_CAST, BTF_KIND_FUNC, "bpf_rdonly_cast"},
                               {HOPCOST_DYNPTR_FROM_SKB, BTF_KIND_FUNC, "bpf_dynptr_from_skb"},
                               {HOPCOST_WORDS_TYPE, BTF_KIND_STRUCT, "rtnl_link_stats64"}};

std::string arguments_type(const char* tracepoint) {
  return fmt::format("btf_trace_{}", tracepoint);
}

std::vector<std::string> names() {
  std::vector<std::string> all = layout_names();
  for (const auto& s : kSymbols) all.emplace_back(s.name);
  for (const char* t : kTracepoints) all.push_back(arguments_type(t));
  return all;
}

}  // namespace

const KernelFacts& KernelFacts::here() {
  static const KernelFacts facts;
  return facts;
}

KernelFacts::KernelFacts() {
  auto layout = find();
  if (!layout) layout_ = forward(layout);
  auto description = describe_layout(layout.value_or(KernelLayout()));  // socket programs need no layout
  if (description) {
    description_ = std::move(*description);
  } else {
    layout_ = forward(description);
  }
}

Result<KernelLayout> KernelFacts::find() {
  auto types = KernelTypes::read("/sys/kernel/btf/vmlinux", names());
  if (!types) return find_layout_by_trial();
  for (const auto& s : kSymbols) symbols_[s.stand_in] = types->id(s.kind, s.name);
  for (const char* t : kTracepoints) tracepoints_[t] = types->id(BTF_KIND_TYPEDEF, arguments_type(t));
  return layout_of(*types);
}

bool KernelFacts::knows(std::int32_t symbol) const noexcept {
  const auto found = symbols_.find(symbol);
  return found != symbols_.end() && found->second != 0;
}

bool KernelFacts::direct_reads() const noexcept {
  return layout_ && knows(HOPCOST_CAST_TO_KERN_CTX) && knows(HOPCOST_RDONLY_CAST) &&
         knows(HOPCOST_WORDS_TYPE);
}

bool KernelFacts::has_dynptr() const noexcept {
  return knows(HOPCOST_DYNPTR_FROM_SKB);
}

std::uint32_t KernelFacts::arguments_of(const std::string& tracepoint) const {
  const auto found = tracepoints_.find(tracepoint);
  return found == tracepoints_.end() ? 0 : found->second;
}

// A symbol that this kernel does not have stays as it is; the program never reaches it.
void KernelFacts::fill_in(bpf_program* program) const {
  const bpf_insn* const begin = bpf_program__insns(program);
  std::vector<bpf_insn> code(begin, begin + bpf_program__insn_cnt(program));
  for (auto& instruction : code) {
    if (!knows(instruction.imm)) continue;
    instruction.imm = static_cast<std::int32_t>(symbols_.at(instruction.imm));
    if (instruction.code == (BPF_JMP | BPF_CALL)) instruction.src_reg = BPF_PSEUDO_KFUNC_CALL;
  }
  (void)bpf_program__set_insns(program, code.data(), code.size());  // fails only for a loaded program
}

}  // namespace hopcost::analyzer
