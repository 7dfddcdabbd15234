// The kernel's types, read from its BTF (Documentation/bpf/btf.rst in the kernel) piece by piece: the whole
// has 5 MB and more, and only a handful of names is looked for. Set-up only; one thread at a time. Includes
// base only.
#pragma once

#include <linux/btf.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// A file read at random through one small window.
class FileWindow {
 public:
  /// Takes the file.
  explicit FileWindow(Fd file) : file_(std::move(file)), bytes_(kBytes) {}
  /// `size` bytes from `offset` on, until the next call; empty where the file ends before or size is beyond
  /// kBytes.
  [[nodiscard]] std::string_view at(std::size_t offset, std::size_t size);
  static constexpr std::size_t kBytes = std::size_t{64} << 10;

 private:
  Fd file_;
  std::vector<char> bytes_;
  std::size_t begin_ = 0, end_ = 0;  // of the file
};

class KernelTypes {
 public:
  /// Looks for `names`, of types and of members, in one pass. Errors: those of open(2); kMissing for a file
  /// that is not BTF in this machine's byte order.
  [[nodiscard]] static Result<KernelTypes> read(const std::string& path,
                                                const std::vector<std::string>& names);

  /// The id of the type of this kind (BTF_KIND_...); 0 when there is none, or its name was not asked for.
  [[nodiscard]] std::uint32_t id(std::uint32_t kind, const std::string& name) const;
  /// Where a structure's member begins, in bytes; members of unnamed structures within count as its own.
  [[nodiscard]] std::optional<std::uint32_t> member_offset(const std::string& structure,
                                                           const std::string& member);

 private:
  explicit KernelTypes(Fd file) : file_(std::move(file)) {}
  [[nodiscard]] bool read_header();
  [[nodiscard]] bool find_names(const std::vector<std::string>& names);
  [[nodiscard]] bool find_types();
  /// The type at an offset; how long its record is, 0 where there is none.
  [[nodiscard]] std::size_t type_at(std::size_t offset, btf_type& type);
  [[nodiscard]] std::optional<std::size_t> place_of(std::uint32_t id);
  [[nodiscard]] std::optional<std::uint32_t> member_of(std::uint32_t id, std::uint32_t name, unsigned depth);

  FileWindow file_;
  std::size_t types_begin_ = 0, types_end_ = 0, strings_begin_ = 0, strings_end_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> name_offsets_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> ids_;  // by kind and name
  std::vector<std::size_t> places_;                                       // of each kEach-th type
};

}  // namespace hopcost::analyzer
