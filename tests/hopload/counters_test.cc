// Counters of what works in a cgroup, against what is known to be done there and beside it.
#include "hopload/machine/counters.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

#include "hopload/machine/cgroup.h"

namespace hopcost::hopload {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPages = 4000;
constexpr int kSleeps = 300;
constexpr double kCpuS = 0.2;

double cpu_s() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// A child that faults pages, waits and computes, and then ends. `cgroup`: it goes there first, else it
/// stays.
void work_in(const fs::path& cgroup) {
  const pid_t child = fork();
  if (child == 0) {
    if (!cgroup.empty()) std::ofstream(cgroup / "cgroup.procs") << 0 << std::flush;
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* const at = mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(at, kPages * page, MADV_NOHUGEPAGE);
    for (std::size_t i = 0; i < kPages; ++i) static_cast<volatile char*>(at)[i * page] = 1;
    for (int i = 0; i < kSleeps; ++i) usleep(100);
    const double until = cpu_s() + kCpuS;
    while (cpu_s() < until) {
    }
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

double counted(const Counts& from, const Counts& to, Event event) {
  const auto e = static_cast<std::size_t>(event);
  return to[e].value_or(-1) - from[e].value_or(0);
}

/// This machine lets nobody, or not us, make a cgroup.
bool is_refused(const Error& e) {
  return e.code == Exit::kMissing || e.code == Exit::kPrivilege;
}

TEST(Counters, OfACgroupAreThoseOfWhatWorksThere) {
  const fs::path outside = [] {
    auto mine = Cgroup::enter();
    return mine ? mine->folder().parent_path() : fs::path();
  }();
  auto cgroup = Cgroup::enter();
  if (!cgroup && is_refused(cgroup.error())) GTEST_SKIP() << describe(cgroup.error());
  ASSERT_TRUE(cgroup) << describe(cgroup.error());
  const Counters all = Counters::of_all();
  auto inside = Counters::of_cgroup(cgroup->folder(), all);
  ASSERT_TRUE(inside) << describe(inside.error());
  if (inside->missing().find("page_faults") != std::string::npos) GTEST_SKIP() << inside->missing();
  const Counts begun = inside->read(), begun_all = all.read();
  work_in("");
  const Counts after_one = inside->read();
  work_in(outside);
  work_in(outside);
  const Counts end = inside->read(), end_all = all.read();

  const auto sleeps = static_cast<double>(kSleeps), pages = static_cast<double>(kPages);
  EXPECT_GT(counted(begun, after_one, Event::kPageFaults), pages);
  EXPECT_LT(counted(begun, after_one, Event::kPageFaults), 1.5 * pages);
  EXPECT_GT(counted(begun, after_one, Event::kContextSwitches), sleeps);
  EXPECT_GT(counted(begun, after_one, Event::kCpuTime) / 1e9 / kCpuS, 0.9);
  EXPECT_LT(counted(begun, after_one, Event::kCpuTime) / 1e9 / kCpuS, 2);
  // Those beside it are in none of its counters but their first steps, before they went.
  EXPECT_LT(counted(after_one, end, Event::kPageFaults), 0.5 * pages);
  EXPECT_LT(counted(after_one, end, Event::kContextSwitches), 0.5 * sleeps);
  EXPECT_LT(counted(after_one, end, Event::kCpuTime) / 1e9 / kCpuS, 0.5);
  EXPECT_GT(counted(begun_all, end_all, Event::kPageFaults), 3 * pages);
}

TEST(Counters, AFolderThatIsNoCgroupIsSaid) {
  EXPECT_FALSE(Counters::of_cgroup("/no/such/folder", Counters::of_all()));
  auto none = Counters::of_cgroup("/tmp", Counters::of_all());
  ASSERT_TRUE(none);
  EXPECT_NE(none->missing().find("page_faults of the container"), std::string::npos) << none->missing();
}

TEST(Cgroup, GoesWithItsOwnerAndWithTheDead) {
  fs::path folder;
  {
    auto mine = Cgroup::enter();
    if (!mine && is_refused(mine.error())) GTEST_SKIP() << describe(mine.error());
    ASSERT_TRUE(mine) << describe(mine.error());
    folder = mine->folder();
    EXPECT_TRUE(fs::exists(folder));
    std::ifstream in("/proc/self/cgroup");
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_NE(text.find("/" + folder.filename().string() + "\n"), std::string::npos) << text;
  }
  EXPECT_FALSE(fs::exists(folder));
  const pid_t dead = fork();
  if (dead == 0) {
    auto mine = Cgroup::enter();
    _exit(mine ? 0 : 1);  // without leaving it
  }
  waitpid(dead, nullptr, 0);
  const fs::path left = folder.parent_path() / ("hopcost-" + std::to_string(dead));
  EXPECT_TRUE(fs::exists(left)) << left;
  EXPECT_TRUE(Cgroup::enter());
  EXPECT_FALSE(fs::exists(left)) << left;
}

}  // namespace
}  // namespace hopcost::hopload
