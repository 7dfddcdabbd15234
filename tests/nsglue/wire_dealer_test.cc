// Which way frames are dealt: the one that is asked for, or the one that this kernel and this NIC can do.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>

#include "nsglue/wire/nic.h"
#include "stage.h"
#include "wire_bench.h"

namespace hopcost::nsglue {
namespace {

using namespace wire_bench;

std::string refusal(const std::string& wire) {
  const auto nic = DealingNic::open(kNic, "", wire);
  return nic ? "taken"
             : fmt::format("{} {}", static_cast<int>(nic.error().code), hopcost::describe(nic.error()));
}

TEST(WireDealer, ANicThatIsAPortIsRefusedWithoutBpf) {
  NEEDS_NAMESPACES();
  on_a_bench([&] {
    make_nic_a_port();
    const std::string told = refusal("macvlan");
    EXPECT_TRUE(told.starts_with("7 nic0 can have no macvlan: it is a port of a bridge")) << told;
    EXPECT_NE(told.find("ip link set nic0 nomaster"), std::string::npos) << told;
    EXPECT_EQ(refusal("auto"), "taken") << "BPF is before the bridge";
  });
}

TEST(WireDealer, ANicWithAMacvlanOfItsOwnIsTold) {
  NEEDS_NAMESPACES();
  on_a_bench([&] {
    ASSERT_TRUE(put_macvlan("only", "passthru"));
    const std::string told = refusal("macvlan");
    EXPECT_TRUE(told.starts_with("4 nic0 can have no macvlan of mode source")) << told;
    EXPECT_NE(told.find("passthru"), std::string::npos) << told;
  });
}

TEST(WireDealer, AnotherWordIsAnError) {
  NEEDS_NAMESPACES();
  on_a_bench([&] { EXPECT_TRUE(refusal("pigeon").starts_with("2 ")) << refusal("pigeon"); });
}

/// Runs `test` in a process whose kernel answers to bpf(2) with `err`; with a `command` to that command
/// alone. Gives what `test` gives, as an exit code.
int without_bpf(int err, const std::function<int()>& test, std::optional<std::uint32_t> command = {}) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr bool kLittle = std::endian::native == std::endian::little;
    const std::uint32_t at = offsetof(seccomp_data, args) + (kLittle ? 0 : 4);
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
        BPF_JUMP(BPF_JMP | (command ? BPF_JEQ : BPF_JGE) | BPF_K, command.value_or(0), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(err)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog all = {.len = std::size(program), .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0)
      _exit(77);
    _exit(test());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Before Linux 6.6 there is no tcx, and the program is a tc filter, which stays when its process is killed.
TEST(WireDealer, AFilterThatAKilledRunLeftIsTakenOffByTheNextHoweverThatDeals) {
  NEEDS_NAMESPACES();
  on_a_bench([&] {
    const int code = without_bpf(
        EINVAL,
        [&] {
          {
            const auto nic = DealingNic::open(kNic, "", "auto");
            if (!nic || nic->wire() != "bpf" || filters_of_nic() != "hopcost wire") return 1;
          }
          if (!filters_of_nic().empty()) return 2;
          auto nic = DealingNic::open(kNic, "", "auto");
          if (!nic) return 3;
          new DealingNic(std::move(*nic));  // no destructor takes its filter off
          return 0;
        },
        BPF_LINK_CREATE);
    if (code == 77) GTEST_SKIP() << "this kernel has no seccomp filters";
    ASSERT_EQ(code, 0);
    EXPECT_EQ(filters_of_nic(), "hopcost wire");
    EXPECT_EQ(refusal("macvlan"), "taken");
    EXPECT_EQ(filters_of_nic(), "");
  });
}

TEST(WireDealer, WithoutBpfItIsMacvlanByItselfAndSaysWhy) {
  NEEDS_NAMESPACES();
  for (const int err : {ENOSYS, EPERM}) {
    on_a_bench([&] {
      const int code = without_bpf(err, [&] {
        const auto nic = DealingNic::open(kNic, "", "auto");
        if (!nic) return std::puts(hopcost::describe(nic.error()).c_str()), 1;
        if (nic->wire() != "macvlan") return 2;
        if (nic->reason().find("BPF") == std::string::npos) return 3;
        return refusal("bpf").starts_with(err == ENOSYS ? "4 " : "3 ") ? 0 : 4;
      });
      if (code == 77) GTEST_SKIP() << "this kernel has no seccomp filters";
      EXPECT_EQ(code, 0) << err;
    });
  }
}

TEST(WireDealer, WithNeitherBothReasonsAreTold) {
  NEEDS_NAMESPACES();
  on_a_bench([&] {
    make_nic_a_port();
    const int code = without_bpf(ENOSYS, [&] {
      const std::string told = refusal("auto");
      std::puts(told.c_str());
      return told.starts_with("7 this kernel has no BPF, and without BPF nic0 can have no macvlan") ? 0 : 1;
    });
    if (code == 77) GTEST_SKIP() << "this kernel has no seccomp filters";
    EXPECT_EQ(code, 0);
  });
}

}  // namespace
}  // namespace hopcost::nsglue
