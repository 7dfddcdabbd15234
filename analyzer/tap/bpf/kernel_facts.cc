#include "analyzer/tap/bpf/kernel_facts.h"

#include <bpf/btf.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/tap/bpf/kernel_symbols.h"
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

constexpr const char* kTracepoints[] = {"netif_rx",      "napi_gro_receive_entry", "netif_receive_skb",
                                        "net_dev_queue", "net_dev_start_xmit",     "net_dev_xmit"};

/// As skb.bpf.h declares it. `within`: the kernel has the member in a structure that is a member itself, by
/// the latter's name.
struct Member {
  const char* name;
  bool pointer;
  const char* within = nullptr;
  const char* within_type = nullptr;
};
struct Structure {
  const char* name;
  std::vector<Member> members;
};
const std::vector<Structure>& structures() {
  static const std::vector<Structure> all = {
      {"sk_buff", {{"dev", true}, {"data", true}, {"len", false}, {"data_len", false}}},
      {"net_device", {{"ifindex", false}, {"nd_net", true}}},
      {"net", {{"inum", false, "ns", "ns_common"}}}};
  return all;
}

std::string arguments_type(const char* tracepoint) {
  return fmt::format("btf_trace_{}", tracepoint);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& s : kSymbols) all.emplace_back(s.name);
  for (const char* t : kTracepoints) all.push_back(arguments_type(t));
  for (const auto& s : structures()) {
    all.emplace_back(s.name);
    for (const auto& m : s.members) {
      all.emplace_back(m.name);
      if (m.within != nullptr) all.insert(all.end(), {m.within, m.within_type});
    }
  }
  return all;
}

std::optional<std::uint32_t> offset_of(KernelTypes& types, const Structure& structure, const Member& member) {
  if (member.within == nullptr) return types.member_offset(structure.name, member.name);
  const auto outer = types.member_offset(structure.name, member.within);
  const auto inner = types.member_offset(member.within_type, member.name);
  if (!outer || !inner) return std::nullopt;
  return *outer + *inner;
}

using Btf = std::unique_ptr<btf, decltype(&btf__free)>;

Result<void> add_structure(btf* to, KernelTypes& types, const Structure& structure, int number, int pointer) {
  constexpr std::uint32_t kLargest = 1u << 16;  // nobody looks at the size
  if (btf__add_struct(to, structure.name, kLargest) < 0) return errno_error(errno, "describe a structure");
  for (const auto& m : structure.members) {
    const auto offset = offset_of(types, structure, m);
    if (!offset)
      return error(Exit::kMissing, fmt::format("this kernel's {} has no {}", structure.name, m.name),
                   "choose kind af_packet, or a point without a tracepoint");
    if (btf__add_field(to, m.name, m.pointer ? pointer : number, *offset * 8, 0) < 0)
      return errno_error(errno, "describe a structure's member");
  }
  return {};
}

Result<Fd> write_to_memory(std::span<const char> bytes) {
  Fd file(memfd_create("hopcost-types", MFD_CLOEXEC));
  if (!file.valid()) return errno_error(errno, "make a file in memory");
  if (write(file.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    return errno_error(errno, "write a file in memory");
  return file;
}

Result<Fd> write_btf(const btf* types) {
  std::uint32_t size = 0;
  const void* bytes = btf__raw_data(types, &size);
  if (bytes == nullptr) return errno_error(errno, "describe the kernel's structures");
  return write_to_memory({static_cast<const char*>(bytes), size});
}

}  // namespace

const KernelFacts& KernelFacts::here() {
  static const KernelFacts facts;
  return facts;
}

KernelFacts::KernelFacts() : layout_(find()) {}

Result<void> KernelFacts::find() {
  const Btf reduced(btf__new_empty(), btf__free);
  if (!reduced) return errno_error(errno, "describe the kernel's structures");
  const int number = btf__add_int(reduced.get(), "unsigned int", 4, 0);
  const int pointer = btf__add_ptr(reduced.get(), 0);
  auto empty = write_btf(reduced.get());  // does where nothing is to be found
  if (!empty) return forward(empty);
  layout_file_ = std::move(*empty);
  auto types = KernelTypes::read("/sys/kernel/btf/vmlinux", names());
  if (!types) return forward(types);
  for (const auto& s : kSymbols) symbols_[s.stand_in] = types->id(s.kind, s.name);
  for (const char* t : kTracepoints) tracepoints_[t] = types->id(BTF_KIND_TYPEDEF, arguments_type(t));
  for (const auto& s : structures()) {
    if (auto r = add_structure(reduced.get(), *types, s, number, pointer); !r) return r;
  }
  auto file = write_btf(reduced.get());
  if (!file) return forward(file);
  layout_file_ = std::move(*file);
  return {};
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

std::string KernelFacts::layout_path() const {
  return fmt::format("/proc/self/fd/{}", layout_file_.get());
}

// Where one is not known it stays: the verifier meets it in code alone that is never reached there.
void KernelFacts::fill_in(bpf_program* program) const {
  const bpf_insn* const begin = bpf_program__insns(program);
  std::vector<bpf_insn> code(begin, begin + bpf_program__insn_cnt(program));
  for (auto& instruction : code) {
    if (!knows(instruction.imm)) continue;
    instruction.imm = static_cast<std::int32_t>(symbols_.at(instruction.imm));
    if (instruction.code == (BPF_JMP | BPF_CALL)) instruction.src_reg = BPF_PSEUDO_KFUNC_CALL;
  }
  (void)bpf_program__set_insns(program, code.data(), code.size());  // fails for a loaded one alone
}

}  // namespace hopcost::analyzer
