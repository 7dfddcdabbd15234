#include "analyzer/tap/bpf/kernel_types.h"

#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace hopcost::analyzer {
namespace {

constexpr const char* kRunning = "/sys/kernel/btf/vmlinux";

using Btf = std::unique_ptr<btf, decltype(&btf__free)>;

/// BTF in a file of its own.
class BtfFile {
 public:
  explicit BtfFile(std::string_view bytes) {
    const int fd = mkstemp(path_.data());
    EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    close(fd);
  }
  ~BtfFile() { std::remove(path_.c_str()); }
  BtfFile(const BtfFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "hopcost-btf-XXXXXX";
};

/// struct outer { int first; struct { int x; union { int deep; struct { int y; int deepest; }; }; }; } behind
/// `before` other types.
std::string nested(int before) {
  const Btf made(btf__new_empty(), btf__free);
  btf* const b = made.get();
  const int number = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
  for (int i = 0; i < before; ++i) btf__add_typedef(b, ("t" + std::to_string(i)).c_str(), number);
  btf__add_struct(b, "outer", 16);
  const int outer = static_cast<int>(btf__type_cnt(b)) - 1;
  btf__add_field(b, "first", number, 0, 0);
  btf__add_field(b, nullptr, outer + 1, 32, 0);
  btf__add_struct(b, nullptr, 12);
  btf__add_field(b, "x", number, 0, 0);
  btf__add_field(b, nullptr, outer + 2, 32, 0);
  btf__add_union(b, nullptr, 8);
  btf__add_field(b, "deep", number, 0, 0);
  btf__add_field(b, nullptr, outer + 3, 0, 0);
  btf__add_struct(b, nullptr, 8);
  btf__add_field(b, "y", number, 0, 0);
  btf__add_field(b, "deepest", number, 32, 0);
  std::uint32_t size = 0;
  const void* bytes = btf__raw_data(b, &size);
  return {static_cast<const char*>(bytes), size};
}

const std::vector<std::string> kNames = {"outer", "first", "deep", "deepest", "t7", "nowhere"};

TEST(KernelTypes, MembersOfUnnamedStructuresCountAsTheOuterOnes) {
  for (const int before : {0, 1000, 20'000}) {
    const BtfFile file(nested(before));
    auto types = KernelTypes::read(file.path(), kNames);
    ASSERT_TRUE(types) << describe(types.error());
    EXPECT_EQ(types->member_offset("outer", "first"), 0u);
    EXPECT_EQ(types->member_offset("outer", "deep"), 8u);
    EXPECT_EQ(types->member_offset("outer", "deepest"), 12u);
    EXPECT_EQ(types->member_offset("outer", "nowhere"), std::nullopt);
    EXPECT_EQ(types->member_offset("nowhere", "deep"), std::nullopt);
    EXPECT_EQ(types->id(BTF_KIND_TYPEDEF, "t7"), before == 0 ? 0u : 9u);
    EXPECT_EQ(types->id(BTF_KIND_STRUCT, "t7"), 0u);
  }
}

TEST(KernelTypes, FindsInTheRunningKernelWhatLibbpfFinds) {
  const Btf whole(btf__parse(kRunning, nullptr), btf__free);
  if (!whole) GTEST_SKIP() << "this kernel has no BTF";
  const std::vector<std::pair<std::uint32_t, std::string>> sought = {
      {BTF_KIND_STRUCT, "sk_buff"},
      {BTF_KIND_STRUCT, "net_device"},
      {BTF_KIND_STRUCT, "rtnl_link_stats64"},
      {BTF_KIND_TYPEDEF, "btf_trace_netif_rx"},
      {BTF_KIND_TYPEDEF, "btf_trace_net_dev_xmit"}};
  std::vector<std::string> names;
  for (const auto& s : sought) names.push_back(s.second);
  const auto types = KernelTypes::read(kRunning, names);
  ASSERT_TRUE(types) << describe(types.error());
  for (const auto& [kind, name] : sought)
    EXPECT_EQ(types->id(kind, name),
              static_cast<std::uint32_t>(btf__find_by_name_kind(whole.get(), name.c_str(), kind)))
        << name;
}

TEST(KernelTypes, BrokenFilesAreRefused) {
  const std::string whole = nested(20);
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
    const BtfFile file(whole.substr(0, bytes));
    EXPECT_FALSE(KernelTypes::read(file.path(), kNames)) << bytes;
  }
  std::string odd = whole;
  odd[31] = 0x1f;  // the first type's kind
  EXPECT_FALSE(KernelTypes::read(BtfFile(odd).path(), kNames));
  EXPECT_FALSE(KernelTypes::read("/tmp/no-such-file", kNames));
}

}  // namespace
}  // namespace hopcost::analyzer
