#include "stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/fd.h"
#include "base/netns.h"
#include "base/privilege.h"
#include "base/programs.h"

namespace hopcost::nsglue::stage {
namespace {

Result<void> write_file(const std::string& path, const std::string& text) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), text.data(), text.size()) < 0)
    return errno_error(errno, "write " + path);
  return {};
}

}  // namespace

Result<void> enter_user_namespace() {
  const auto uid = getuid();
  const auto gid = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0)
    return errno_error(errno, "make a user namespace");
  if (auto done = write_file("/proc/self/setgroups", "deny"); !done) return done;
  if (auto done = write_file("/proc/self/uid_map", fmt::format("0 {} 1", uid)); !done) return done;
  if (auto done = write_file("/proc/self/gid_map", fmt::format("0 {} 1", gid)); !done) return done;
  if (mount("none", "/run", "tmpfs", 0, nullptr) != 0) return errno_error(errno, "mount a tmpfs on /run");
  return {};
}

std::string reason_to_skip() {
  static const std::string kReason = [] {
    if (have_capability(CAP_SYS_ADMIN) && have_capability(CAP_NET_ADMIN)) return std::string();
    auto entered = enter_user_namespace();
    return entered ? std::string() : "needs root or user namespaces: " + hopcost::describe(entered.error());
  }();
  return kReason;
}

bool is_real_root() {
  std::ifstream map("/proc/self/uid_map");  // "0 0 4294967295" in the first user namespace
  unsigned long inside = 0, outside = 0, count = 0;
  map >> inside >> outside >> count;
  return getuid() == 0 && inside == 0 && outside == 0 && count > 1;
}

std::vector<std::string> all_shipped() {
  std::vector<std::string> names;
  const auto dir = find_data("topologies");
  if (!dir) return names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(*dir, none)) {
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> modes_under_test() {
  const char* wanted = getenv("HOPCOST_TEST_MODES");
  if (wanted == nullptr) return all_shipped();
  std::istringstream list(wanted);
  std::vector<std::string> names;
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  return names;
}

Topology shipped(const std::string& name) {
  auto dir = find_data("topologies");
  auto topology = dir ? find_topology(name, *dir) : Result<Topology>(std::unexpected(dir.error()));
  if (topology) return *topology;
  std::fprintf(stderr, "%s\n", hopcost::describe(topology.error()).c_str());
  std::abort();
}

std::string parameter_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string lacking(const Topology& topology) {
  if (getenv("HOPCOST_TEST_MODES") != nullptr) return {};
  const auto lack = lacks(topology);
  if (!lack) return hopcost::describe(lack.error());
  return lack->empty() ? std::string() : lack->front();
}

std::string instance(const std::string& suffix) {
  return fmt::format("t{}-{}", getpid(), suffix);
}

void plant_empty_name(const std::string& netns, mode_t mode) {
  const std::string path = fmt::format("{}/{}", kNetnsDir, netns);
  const Fd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  ASSERT_TRUE(file.valid()) << path;
}

std::set<std::string> standing() {
  std::set<std::string> all;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kNetnsDir, none)) {
    all.insert("namespace " + entry.path().filename().string());
  }
  for (const std::string& name : interface_names()) all.insert("device " + name);
  return all;
}

std::set<std::string> standing_of(const std::string& instance) {
  std::set<std::string> own;
  for (const std::string& name : standing()) {
    if (name.starts_with("namespace hc-" + instance + "-")) own.insert(name);
  }
  return own;
}

}  // namespace hopcost::nsglue::stage
