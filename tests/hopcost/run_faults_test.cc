// Everything that can go wrong around a run: what is told, what is kept, and that nothing is left behind.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "run_fixture.h"

namespace hopcost::campaign {
namespace {

TEST_F(Run, BadInputIsRefusedWithItsCodeAndAHint) {
  std::ofstream(folder_ + "/bad.toml") << "modes = ['host']\nbudget = = 3\n";
  std::ofstream(folder_ + "/old.toml") << "modes = ['host']\nmin_blocks = 8\n";
  const auto refused = [&](std::vector<std::string> more, int code, const std::string& says) {
    const Outcome o = run_program(short_run(std::move(more)));
    EXPECT_EQ(o.code, code) << o.err;
    EXPECT_NE(o.err.find(says), std::string::npos) << o.err;
  };
  refused({"--modes", "host,teleport"}, 4, "teleport");
  refused({"--modes", "host,teleport"}, 4, "macvlan");  // names what there is
  refused({"--rate", "0"}, 2, "rate");
  refused({"--rate", "fast"}, 2, "fast");
  refused({"--size", "63"}, 2, "64");
  refused({"--burst", "x"}, 2, "whole number");
  refused({"--train", "16"}, 2, "16,6");
  refused({"--train", "6,5"}, 2, "untimed");
  refused({"--backend", "carrier_pigeon"}, 2, "af_xdp");
  refused({"--cpu", "1023"}, 2, "CPU 1023");
  refused({folder_ + "/bad.toml"}, 2, "bad.toml:2:10");
  refused({folder_ + "/old.toml"}, 2, "min_blocks");
  refused({"--out", "/proc/nowhere"}, 4, "/proc/nowhere");
  refused({"--wrong"}, 2, "--wrong");
}

TEST_F(Run, ABudgetThatHoldsNoBuildIsRefused) {
  const Outcome o = run_program({"run", "--rate", "10", "--budget", "5s", "--out", folder_});
  EXPECT_EQ(o.code, 2);
  EXPECT_NE(o.err.find("the budget holds not one"), std::string::npos) << o.err;
  EXPECT_NE(o.err.find("--budget "), std::string::npos) << "what would do: " << o.err;
}

TEST_F(Run, WithoutPrivilegeItSaysWhatIsMissingAndLeavesNoFolder) {
  const std::string out = folder_ + "/never";
  const Outcome o =
      run_shell("setpriv --reuid=65534 --regid=65534 --clear-groups $HOPCOST_BIN run --out " + out);
  EXPECT_EQ(o.code, 3) << o.err;
  EXPECT_NE(o.err.find("--rootless"), std::string::npos);
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(Run, RootlessMeasuresAsAnOrdinaryUser) {
  const Outcome o = run_shell(
      "setpriv --reuid=65534 --regid=65534 --clear-groups $HOPCOST_BIN run --rootless --backend af_packet "
      "--builds 1 --slot-ms 20 --out " +
      folder_);
  if (o.code == 3) {
    EXPECT_NE(o.err.find("--rootless"), std::string::npos);
    GTEST_SKIP() << "the kernel forbids it: " << o.err;
  }
  EXPECT_EQ(o.code, 0) << o.err;
  expect_every_probe_accounted_for(result(), {"host", "veth", "bridge", "macvlan"});
  expect_every_figure(result());
}

// The namespaces of --rootless have a /run of their own: what is written there must not go with it.
TEST_F(Run, RootlessWritesWhereItWasTold) {
  const std::string out = "/run/hopcost-test-" + std::to_string(getpid());
  const Outcome o =
      run_shell("mkdir -m 777 " + out +
                " && setpriv --reuid=65534 --regid=65534 --clear-groups $HOPCOST_BIN run --rootless "
                "--modes bridge --builds 1 --slot-ms 20 --out " +
                out);
  if (o.code == 3) GTEST_SKIP() << "the kernel forbids it: " << o.err;
  EXPECT_TRUE(fs::exists(out + "/result.json")) << o.err;
  EXPECT_TRUE(fs::exists(out + "/report.html")) << o.err;
  fs::remove_all(out);
}

TEST_F(Run, AFullDiskLosesNothing) {
  const Outcome o =
      run_shell("unshare -m sh -c 'mkdir " + folder_ + "/small " + folder_ +
                "/tmp && mount -t tmpfs -o size=24k none " + folder_ + "/small && TMPDIR=" + folder_ +
                "/tmp $HOPCOST_BIN run --builds 1 --slot-ms 20 --out " + folder_ + "/small'");
  EXPECT_EQ(o.code, kPartial) << o.err;
  EXPECT_NE(o.err.find("No space left"), std::string::npos) << o.err;
  EXPECT_NE(o.out.find("macvlan"), std::string::npos) << "the table is printed all the same";
  int saved = 0;
  for (const auto& d : fs::recursive_directory_iterator(folder_ + "/tmp"))
    saved += d.path().filename() == "result.json" ? 1 : 0;
  EXPECT_EQ(saved, 1) << o.err;
}

TEST_F(Run, AStopAtAnyMomentLeavesNothingBehind) {
  for (const int ms : {1, 30, 80, 150, 250, 400, 700, 1200, 2000, 3100}) {
    const Outcome o = run_program({"run", "--slot-ms", "20", "--out", folder_}, ms, SIGINT);
    // Before the handlers stand, a signal ends the program as it ends any other.
    EXPECT_TRUE(o.code == kPartial || (ms == 1 && o.code == 128 + SIGINT)) << ms << " ms: " << o.code << "\n"
                                                                           << o.err;
    EXPECT_EQ(left_behind(), std::vector<std::string>{}) << ms;
    const json r = result();
    if (r.is_object()) {
      EXPECT_EQ(r["complete"], false);
      EXPECT_NE(r["partial_reason"].get<std::string>().find("signal"), std::string::npos);
    }
    fs::remove(folder_ + "/result.json");
  }
}

TEST_F(Run, AfterKill9NothingIsLeftForLong) {
  const Outcome killed = run_program({"run", "--out", folder_}, 1500, SIGKILL);
  EXPECT_EQ(killed.code, 128 + SIGKILL);
  for (int i = 0; i < 100 && !left_behind().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(left_behind(), std::vector<std::string>{});
}

TEST_F(Run, WhatKill9OfItsNsglueLeftTheNextRunCleansUp) {
  // The builder first: it would clean up when its parent goes.
  const Outcome killed =
      run_shell("$HOPCOST_BIN run --out " + folder_ +
                " & run=$!; sleep 1.5; for child in $(cat /proc/$run/task/*/children); do [ \"$(cat "
                "/proc/$child/comm)\" = nsglue ] && kill -9 $child; done; kill -9 $run; wait $run");
  EXPECT_EQ(killed.code, 128 + SIGKILL);
  EXPECT_NE(left_behind(), std::vector<std::string>{})
      << "nothing was there to clean up: the test proves nothing";
  const Outcome next = run_program(short_run({"--modes", "macvlan"}));  // other modes than the dead run's
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_NE(next.err.find("left behind"), std::string::npos) << next.err;
}

TEST_F(Run, AChildThatIsKilledEndsTheRunAsPartial) {
  // Again and again: one that is killed while its build is taken down is no loss.
  const Outcome o =
      run_shell("$HOPCOST_BIN run --instances 1 --slot-ms 20 --out " + folder_ +
                " & run=$!; sleep 4; while kill -0 $run 2>/dev/null; do for child in $(cat "
                "/proc/$run/task/*/children); do [ \"$(cat /proc/$child/comm)\" = pktgen ] && kill -9 "
                "$child; done; sleep 0.3; done 2>/dev/null; wait $run");
  EXPECT_EQ(o.code, kPartial) << o.err;
  EXPECT_NE(result()["partial_reason"].get<std::string>().find("signal 9"), std::string::npos) << o.err;
  EXPECT_GE(result()["builds"].size(), 1u) << "what was measured until then stays";
}

TEST_F(Run, TwoAtOnceAreRefused) {
  std::thread first([&] { EXPECT_EQ(run_program(short_run({"--builds", "2"})).code, 0); });
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  const Outcome o = run_program({"run", "--builds", "1", "--out", folder_ + "/second"});
  const Outcome rootless =
      run_shell("setpriv --reuid=65534 --regid=65534 --clear-groups $HOPCOST_BIN run --rootless --out " +
                folder_ + "/third");
  first.join();
  EXPECT_EQ(o.code, 7) << o.err;
  EXPECT_EQ(rootless.code, 7) << rootless.err;
  EXPECT_FALSE(fs::exists(folder_ + "/second")) << "a refused run leaves no folder";
}

TEST_F(Run, ABuildWhoseModesChangeUnderWayIsLeftOut) {
  std::thread meddler([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    (void)run_shell(in_bridges("ip -n $ns link set br0 mtu 1400"));
  });
  const Outcome o = run_program({"run", "--modes", "bridge", "--builds", "3", "--instances", "1", "--slot-ms",
                                 "300", "--out", folder_});
  meddler.join();
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  EXPECT_EQ(r["campaign"]["builds_void"], 1) << r["builds"];
  EXPECT_EQ(r["campaign"]["builds"], 2);
  EXPECT_NE(r["verdict"]["reasons"].dump().find("mtu"), std::string::npos) << r["verdict"];
}

}  // namespace
}  // namespace hopcost::campaign
