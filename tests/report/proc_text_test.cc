#include "campaign/doctor/proc_text.h"

#include <gtest/gtest.h>

namespace hopcost::campaign {
namespace {

TEST(ProcText, EffectiveCapabilities) {
  EXPECT_EQ(effective_capabilities("Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\n"),
            0x1ffffffffffu);
  EXPECT_EQ(effective_capabilities("CapEff:\t0000000000003000\n"), 0x3000u);
  EXPECT_FALSE(effective_capabilities("Name:\tx\n"));
  EXPECT_FALSE(effective_capabilities(""));
}

TEST(ProcText, KernelVersion) {
  EXPECT_EQ(kernel_version("6.1.0-18-amd64"), std::pair(6u, 1u));
  EXPECT_EQ(kernel_version("5.10-rc3"), std::pair(5u, 10u));
  EXPECT_EQ(kernel_version("linux"), std::pair(0u, 0u));
  EXPECT_EQ(kernel_version(""), std::pair(0u, 0u));
  EXPECT_LT(kernel_version("5.9.1"), std::pair(5u, 10u));
}

TEST(ProcText, CmdlineValue) {
  const char* line = "root=/dev/vda1 quiet isolcpus=1 myisolcpus=7 isolcpus=2-3\n";
  EXPECT_EQ(cmdline_value(line, "isolcpus"), "2-3");
  EXPECT_EQ(cmdline_value(line, "quiet"), "");
  EXPECT_FALSE(cmdline_value(line, "qui"));
  EXPECT_FALSE(cmdline_value(line, "nohz_full"));
}

TEST(ProcText, CpuList) {
  EXPECT_EQ(cpu_list("0-2,5\n"), (std::vector<unsigned>{0, 1, 2, 5}));
  EXPECT_EQ(cpu_list("7"), (std::vector<unsigned>{7}));
  EXPECT_TRUE(cpu_list("").empty());
  EXPECT_TRUE(cpu_list("\n").empty());
  EXPECT_TRUE(cpu_list("(null)").empty());
  EXPECT_EQ(cpu_list("x,3"), (std::vector<unsigned>{3}));
  EXPECT_EQ(cpu_list("0-4294967295").size(), 4096u) << "an absurd list does not eat the memory";
}

TEST(ProcText, StealShare) {
  EXPECT_DOUBLE_EQ(*steal_share("cpu  50 0 30 10 0 0 0 10 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"), 0.1);
  EXPECT_DOUBLE_EQ(*steal_share("cpu  0 0 0 0 0 0 0 0 0 0\n"), 0);
  EXPECT_FALSE(steal_share("cpu  1 2 3\n"));
  EXPECT_FALSE(steal_share("intr 5\n"));
}

TEST(ProcText, MeminfoField) {
  EXPECT_EQ(meminfo_field("MemTotal:  100 kB\nHugePages_Total:      12\n", "HugePages_Total"), 12u);
  EXPECT_FALSE(meminfo_field("HugePages_Total_X: 5\n", "HugePages_Total"));
}

TEST(ProcText, CpuFlags) {
  const char* text = "model name\t: x\nflags\t\t: fpu tsc constant_tsc\n";
  EXPECT_TRUE(has_cpu_flag(text, "constant_tsc"));
  EXPECT_FALSE(has_cpu_flag(text, "nonstop_tsc"));
  EXPECT_FALSE(has_cpu_flag(text, "const"));
}

TEST(ProcText, TimeDaemons) {
  EXPECT_EQ(time_daemon_unit("systemd-timesyn"), "systemd-timesyncd") << "comm holds 15 bytes";
  EXPECT_EQ(time_daemon_unit("chronyd"), "chrony");
  EXPECT_EQ(time_daemon_unit("ptp4l"), "ptp4l");
  EXPECT_TRUE(time_daemon_unit("chronyc").empty());
}

TEST(ProcText, InstancesOfLeftovers) {
  EXPECT_EQ(instances_of({"hc-bridge-dut", "hc-bridge-tester", "hc-my-run-dut", "other", "hc-", "hc-x",
                          "hc--dut", "hc-y-"}),
            (std::vector<std::string>{"bridge", "my-run"}));
}

}  // namespace
}  // namespace hopcost::campaign
