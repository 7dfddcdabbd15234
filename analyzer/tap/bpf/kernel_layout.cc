#include "analyzer/tap/bpf/kernel_layout.h"

#include <bpf/btf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace hopcost::analyzer {
namespace {

/// A member as skb.bpf.h declares it. `within`: in the kernel the member lies in a structure that is itself a
/// member; `within` is that one's name.
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

std::string full_name(const Structure& structure, const Member& member) {
  return fmt::format("{}.{}", structure.name, member.name);
}

std::optional<std::uint32_t> offset_of(KernelTypes& types, const Structure& structure, const Member& member) {
  if (member.within == nullptr) return types.member_offset(structure.name, member.name);
  const auto outer = types.member_offset(structure.name, member.within);
  const auto inner = types.member_offset(member.within_type, member.name);
  if (!outer || !inner) return std::nullopt;
  return *outer + *inner;
}

Result<Fd> write_to_memory(const void* bytes, std::size_t size) {
  Fd file(memfd_create("hopcost-types", MFD_CLOEXEC));
  if (!file.valid()) return errno_error(errno, "make a file in memory");
  if (write(file.get(), bytes, size) != static_cast<ssize_t>(size))
    return errno_error(errno, "write a file in memory");
  return file;
}

}  // namespace

std::vector<std::string> layout_names() {
  std::vector<std::string> all;
  for (const auto& s : structures()) {
    all.emplace_back(s.name);
    for (const auto& m : s.members) {
      all.emplace_back(m.name);
      if (m.within != nullptr) all.insert(all.end(), {m.within, m.within_type});
    }
  }
  return all;
}

Result<KernelLayout> layout_of(KernelTypes& types) {
  KernelLayout layout;
  for (const auto& s : structures()) {
    for (const auto& m : s.members) {
      const auto offset = offset_of(types, s, m);
      if (!offset)
        return error(Exit::kMissing, fmt::format("this kernel's {} has no {}", s.name, m.name),
                     "choose a point without a tracepoint");
      layout[full_name(s, m)] = *offset;
    }
  }
  return layout;
}

Result<Fd> describe_layout(const KernelLayout& layout) {
  constexpr std::uint32_t kLargest = 1u << 16;  // no program uses a structure's size
  const std::unique_ptr<btf, decltype(&btf__free)> owned(btf__new_empty(), btf__free);
  btf* const types = owned.get();
  const int number = btf__add_int(types, "unsigned int", 4, 0);
  const int pointer = btf__add_ptr(types, 0);
  for (const auto& s : structures()) {
    btf__add_struct(types, s.name, kLargest);
    for (const auto& m : s.members) {
      const auto offset = layout.find(full_name(s, m));
      if (offset != layout.end())
        btf__add_field(types, m.name, m.pointer ? pointer : number, offset->second * 8, 0);
    }
  }
  std::uint32_t size = 0;
  const void* bytes = btf__raw_data(types, &size);
  if (bytes == nullptr) return errno_error(ENOMEM, "describe the kernel's structures");
  return write_to_memory(bytes, size);
}

std::string layout_path(const Fd& description) {
  return fmt::format("/proc/self/fd/{}", description.get());
}

}  // namespace hopcost::analyzer
