#include "analyzer/tap/bpf/kernel_types.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hopcost::analyzer {
namespace {

constexpr std::uint32_t kEach = 256;
/// How deep unnamed structures may lie within each other; the kernel's own go three deep.
constexpr unsigned kDeepest = 8;
/// Kinds that an older linux/btf.h lacks.
constexpr std::uint32_t kDeclTag = 17, kTypeTag = 18, kEnum64 = 19;

std::uint32_t kind_of(const btf_type& type) {
  return (type.info >> 24) & 0x1f;
}

std::uint32_t count_of(const btf_type& type) {
  return type.info & 0xffff;
}

/// How many bytes follow a type's head; nothing for an unknown kind.
std::optional<std::size_t> tail_bytes(const btf_type& type) {
  const std::size_t count = count_of(type);
  switch (kind_of(type)) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case kDeclTag:
      return 4;
    case BTF_KIND_ARRAY:
      return sizeof(struct btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
    case BTF_KIND_DATASEC:
    case kEnum64:
      return count * 12;
    case BTF_KIND_ENUM:
    case BTF_KIND_FUNC_PROTO:
      return count * 8;
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case kTypeTag:
      return 0;
    default:
      return std::nullopt;
  }
}

template <class T>
bool copy(std::string_view bytes, T& out) {
  if (bytes.size() < sizeof out) return false;
  std::memcpy(&out, bytes.data(), sizeof out);
  return true;
}

}  // namespace

std::string_view FileWindow::at(std::size_t offset, std::size_t size) {
  if (size > kBytes) return {};
  if (offset < begin_ || offset + size > end_) {
    begin_ = end_ = offset;
    while (end_ - begin_ < kBytes) {
      const auto got = pread(file_.get(), bytes_.data() + (end_ - begin_), kBytes - (end_ - begin_),
                             static_cast<off_t>(end_));
      if (got <= 0) break;
      end_ += static_cast<std::size_t>(got);
    }
    if (offset + size > end_) return {};
  }
  return {bytes_.data() + (offset - begin_), size};
}

Result<KernelTypes> KernelTypes::read(const std::string& path, const std::vector<std::string>& names) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid())
    return errno_error(errno, fmt::format("read the kernel's types: {}", path),
                       "needs a kernel with CONFIG_DEBUG_INFO_BTF");
  KernelTypes types(std::move(file));
  if (!types.read_header() || !types.find_names(names) || !types.find_types())
    return error(Exit::kMissing, fmt::format("{} is not BTF as it is known here", path));
  return types;
}

bool KernelTypes::read_header() {
  btf_header head{};
  if (!copy(file_.at(0, sizeof head), head) || head.magic != BTF_MAGIC) return false;
  types_begin_ = std::size_t{head.hdr_len} + head.type_off;
  types_end_ = types_begin_ + head.type_len;
  strings_begin_ = std::size_t{head.hdr_len} + head.str_off;
  strings_end_ = strings_begin_ + head.str_len;
  return true;
}

// BTF holds each string once.
bool KernelTypes::find_names(const std::vector<std::string>& names) {
  std::string begun;  // the beginning of a string that continues in the next piece
  std::size_t string = strings_begin_;
  for (std::size_t at = strings_begin_; at < strings_end_;) {
    const auto piece = file_.at(at, std::min(FileWindow::kBytes, strings_end_ - at));
    if (piece.empty()) return false;
    at += piece.size();
    for (std::size_t from = 0; from < piece.size();) {
      const auto end = piece.find('\0', from);
      begun += piece.substr(from, end - from);
      if (end == std::string_view::npos) break;
      if (std::ranges::find(names, begun) != names.end())
        name_offsets_.emplace(begun, static_cast<std::uint32_t>(string - strings_begin_));
      string += begun.size() + 1;
      begun.clear();
      from = end + 1;
    }
  }
  return true;
}

std::size_t KernelTypes::type_at(std::size_t offset, btf_type& type) {
  if (offset >= types_end_ || !copy(file_.at(offset, sizeof type), type)) return 0;
  const auto tail = tail_bytes(type);
  return tail ? sizeof type + *tail : 0;
}

bool KernelTypes::find_types() {
  std::vector<std::uint32_t> wanted;
  for (const auto& [name, offset] : name_offsets_) wanted.push_back(offset);
  std::ranges::sort(wanted);
  std::uint32_t id = 1;  // 0 is void
  for (std::size_t at = types_begin_; at < types_end_; ++id) {
    if (id % kEach == 1) places_.push_back(at);
    btf_type type{};
    const std::size_t bytes = type_at(at, type);
    if (bytes == 0) return false;
    if (type.name_off != 0 && std::ranges::binary_search(wanted, type.name_off))
      ids_.try_emplace({kind_of(type), type.name_off}, id);
    at += bytes;
  }
  return true;
}

std::uint32_t KernelTypes::id(std::uint32_t kind, const std::string& name) const {
  const auto offset = name_offsets_.find(name);
  if (offset == name_offsets_.end()) return 0;
  const auto found = ids_.find({kind, offset->second});
  return found == ids_.end() ? 0 : found->second;
}

std::optional<std::size_t> KernelTypes::place_of(std::uint32_t id) {
  if (id == 0 || (id - 1) / kEach >= places_.size()) return std::nullopt;
  std::size_t at = places_[(id - 1) / kEach];
  for (std::uint32_t skip = (id - 1) % kEach; skip > 0; --skip) {
    btf_type type{};
    const std::size_t bytes = type_at(at, type);
    if (bytes == 0) return std::nullopt;
    at += bytes;
  }
  return at;
}

std::optional<std::uint32_t> KernelTypes::member_of(std::uint32_t id, std::uint32_t name, unsigned depth) {
  const auto place = place_of(id);
  btf_type type{};
  if (depth == 0 || !place || type_at(*place, type) == 0) return std::nullopt;
  if (kind_of(type) != BTF_KIND_STRUCT && kind_of(type) != BTF_KIND_UNION) return std::nullopt;
  const bool bitfields = BTF_INFO_KFLAG(type.info);
  for (std::uint32_t i = 0; i < count_of(type); ++i) {
    btf_member member{};
    if (!copy(file_.at(*place + sizeof type + i * sizeof member, sizeof member), member)) return std::nullopt;
    const std::uint32_t bits = bitfields ? BTF_MEMBER_BIT_OFFSET(member.offset) : member.offset;
    if (member.name_off == name) return bits / 8;
    if (member.name_off != 0) continue;
    if (const auto within = member_of(member.type, name, depth - 1)) return bits / 8 + *within;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> KernelTypes::member_offset(const std::string& structure,
                                                        const std::string& member) {
  const auto name = name_offsets_.find(member);
  if (name == name_offsets_.end()) return std::nullopt;
  return member_of(id(BTF_KIND_STRUCT, structure), name->second, kDeepest);
}

}  // namespace hopcost::analyzer
