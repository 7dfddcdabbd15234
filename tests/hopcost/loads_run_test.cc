// Loads on real modes: that they agree with others' tools, and that no fault of a tool or a mode ends the
// run.
#include <algorithm>
#include <cmath>
#include <set>

#include "loads_fixture.h"

namespace hopcost::campaign {
namespace {

TEST_F(Loads, GiveEveryFigureOfEveryMode) {
  const Outcome o = load({"rr:size=1/1", "nuttcp:size=1448,direction=up", "--modes", "veth,bridge",
                          "--builds", "1", "--quantum", "50ms"});
  EXPECT_EQ(o.code, 0) << o.err;
  ASSERT_EQ(cases().size(), 3u) << o.err;
  for (const json& c : cases()) {
    for (const json& f : c["figures"]) {
      for (const json& m : f["modes"]) {
        EXPECT_TRUE(m["estimate"].is_number()) << c["load"] << f["name"] << m;
        EXPECT_EQ(m["vs_host"].is_object(), m["name"] != "host") << m;
      }
      EXPECT_TRUE(f["aa"].is_object());
      EXPECT_TRUE(f["instance"].is_object());
    }
    for (const auto& [name, log] : c["hlog"].items())
      EXPECT_TRUE(fs::exists(folder_ + "/" + log.get<std::string>())) << log;
  }
  EXPECT_EQ(cases()[0]["hlog"].size(), 5u) << "three modes and two controls";
  EXPECT_EQ(result()["void_quanta"], json::array());
  EXPECT_TRUE(fs::exists(folder_ + "/report.html"));
  EXPECT_TRUE(result()["environment"]["kernel"].is_string());
  const Outcome again = run_program({"report", folder_});
  EXPECT_EQ(again.code, 0) << again.err;
}

// Two programs, one path, turn by turn. Each has its own way to wait for an answer, and so a time of its own.
// A machine that takes the CPU away for part of a quantum of a second makes one of them slower by half: so
// each has three lanes, of which the fastest counts, and three rounds.
TEST_F(Loads, RoundTripsAgreeWithSockperf) {
  const auto fastest = [&](std::size_t of) {
    const json f = figure(cases()[of], "p50");
    const double host = mode(f, "host")["estimate"];
    return host + std::min({0.0, f["aa"]["estimate"].get<double>(), f["instance"]["estimate"].get<double>()});
  };
  double ratio = 0;
  for (int round = 0; round < 3 && std::abs(ratio - 1) > 0.3; ++round) {
    const Outcome o = load({"rr:protocol=udp,size=14/14", "sockperf:protocol=udp", "--modes", "host",
                            "--builds", "1", "--quantum", "1s"});
    ASSERT_EQ(o.code, 0) << o.err;
    ratio = fastest(0) / fastest(1);
  }
  EXPECT_NEAR(ratio, 1, 0.3);
}

TEST_F(Loads, OverIPv6WhatKnowsIPv4AloneIsLeftOut) {
  const Outcome o = load({"stream:size=1448,direction=up", "sockperf:protocol=udp", "wrk", "--ipv6",
                          "--modes", "host", "--builds", "1"});
  EXPECT_EQ(o.code, kPartial) << o.err;
  EXPECT_TRUE(mode(figure(cases()[0], "goodput"), "host")["estimate"].is_number());
  EXPECT_NE(cases()[1]["left_out"].dump().find("IPv4"), std::string::npos) << cases()[1];
  EXPECT_TRUE(mode(figure(cases()[2], "requests"), "host")["estimate"].is_number());
  EXPECT_EQ(result()["void_quanta"], json::array());
}

TEST_F(Loads, ProgramsRunNativelyAndInTheContainer) {
  const Outcome o = load({"memory-stream", "stream-udp:size=16384,direction=down,parallel=2",
                          "qperf:protocol=udp", "--modes", "bridge", "--builds", "1", "--quantum", "1s"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(result()["void_quanta"], json::array());
  ASSERT_EQ(cases().size(), 3u);
  for (const json& c : cases())
    for (const char* name : {"host", "bridge"})
      EXPECT_GT(mode(c["figures"][0], name)["estimate"].get<double>(), 0) << c["load"];
}

TEST_F(Loads, ContainersWorkAtOnceAndEachIsTold) {
  const Outcome o = load({"rr:protocol=udp,size=8/8", "coap:method=get,integers=1000", "--containers", "1,3",
                          "--modes", "bridge,bridge-nat", "--builds", "1", "--quantum", "50ms"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(result()["void_quanta"], json::array());
  ASSERT_EQ(cases().size(), 4u);
  for (const json& c : cases()) {
    const std::size_t containers = c["containers"];
    EXPECT_EQ(c["each"].size(), containers > 1 ? containers : 0) << c["label"];
    if (containers == 1) continue;
    for (const char* name : {"host", "bridge", "bridge-nat"}) {
      double sum = 0;
      for (const json& one : c["each"]) sum += mode(one, name)["estimate"].get<double>();
      EXPECT_NEAR(mode(figure(c, "transactions"), name)["estimate"].get<double>() / sum, 1, 1e-6) << name;
      EXPECT_GT(mode(figure(c, "fairness"), name)["estimate"].get<double>(), 1.0 / 3);
      EXPECT_LE(mode(figure(c, "fairness"), name)["estimate"].get<double>(), 1 + 1e-9);
    }
  }
}

TEST_F(Loads, WhatWorksInTheContainerIsCountedApart) {
  const auto tool = [&](const std::string& name, const std::string& client) {
    std::ofstream(folder_ + "/" + name + ".toml")
        << "name = '" << name << "'\nkind = 'tool'\nclient = " << client
        << "\n[parameters]\nfrom = 'container'\n"
        << "[[figure]]\nname = 'time'\nunit = 's'\nbetter = 'lower'\n";
    return folder_ + "/" + name + ".toml";
  };
  const std::string busy = tool("busy",
                                R"(["python3", "-c", "import time\nwhile time.process_time() < 0.4: pass"])"),
                    idle = tool("idle", "['sleep', '0.4']");
  Outcome o = load({busy, idle, "--modes", "bridge", "--builds", "1", "--count-containers"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json reasons = result()["reasons"], counted = cases();
  const auto says = [&](const char* words) { return reasons.dump().find(words) != std::string::npos; };
  if (says("cgroups of version 2") || says("Permission denied") || says("Read-only")) GTEST_SKIP() << reasons;
  const auto cpus = [&](int i, const char* of) {
    for (const json& f : counted[i]["machine"]) {
      if (f["name"] == "container_cpu_busy") return mode(f, of)["estimate"].get<double>();
    }
    return -1.0;
  };
  for (const char* of : {"host", "bridge"}) {
    EXPECT_GT(cpus(1, of), 0) << counted[1]["machine"];
    EXPECT_GT(cpus(0, of), 2 * cpus(1, of)) << counted[0]["machine"];
    EXPECT_LT(cpus(0, of), 1.2);
  }
  fs::remove_all(folder_);
  fs::create_directory(folder_);
  o = load({tool("idle", "['sleep', '0.1']"), "--modes", "bridge", "--builds", "1"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(cases()[0]["machine"].dump().find("container_"), std::string::npos) << "nobody asked";
}

// A tool that is missing, one that prints rubbish, one that dies: each is named, and the run ends with the
// rest.
TEST_F(Loads, FaultyToolsAreNamedAndTheRestIsMeasured) {
  const auto tool = [&](const std::string& name, const std::string& client) {
    std::ofstream(folder_ + "/" + name + ".toml")
        << "name = '" << name
        << "'\nkind = 'tool'\ninstall = 'ask around'\nquantum_s = 0.05\nclient = " << client
        << "\n[[figure]]\nname = 'speed'\nunit = 'x'\nbetter = 'higher'\nregex = 'speed ([0-9]+)'\n";
    return folder_ + "/" + name + ".toml";
  };
  const Outcome o = load({tool("absent", "['no-such-tool-anywhere']"), tool("rubbish", "['echo', 'sped 12']"),
                          tool("dying", "['sh', '-c', 'kill -9 $$']"), "rr:protocol=udp,size=1/1", "--modes",
                          "bridge", "--builds", "3", "--quantum", "50ms"});
  EXPECT_EQ(o.code, kPartial) << o.err;
  const json r = result();
  EXPECT_EQ(r["complete"], true);
  EXPECT_EQ(r["campaign"]["builds"], 3);
  EXPECT_NE(r["cases"][0]["left_out"].dump().find("no-such-tool-anywhere"), std::string::npos)
      << r["cases"][0];
  EXPECT_NE(r["cases"][0]["left_out"].dump().find("ask around"), std::string::npos) << r["cases"][0];
  EXPECT_TRUE(mode(figure(r["cases"][3], "p50"), "bridge")["estimate"].is_number());
  EXPECT_EQ(mode(figure(r["cases"][3], "p50"), "bridge")["builds"], 3);
  std::map<std::string, int> voids;
  for (const json& v : r["void_quanta"]) ++voids[v["load"].get<std::string>()];
  // 4 lanes, 2 quanta each, each once again, in the 2 builds after which nobody tries any more.
  EXPECT_EQ(voids, (std::map<std::string, int>{{"dying", 32}, {"rubbish", 32}}));
  EXPECT_NE(r["reasons"].dump().find("signal 9"), std::string::npos);
  EXPECT_NE(r["reasons"].dump().find("sped 12"), std::string::npos);
  EXPECT_NE(o.out.find("not measured"), std::string::npos) << o.out;
}

TEST_F(Loads, AServerThatDiesOnceCostsOneQuantum) {
  std::ofstream(folder_ + "/serve.py")
      << "import os, socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n"
         "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
         "s.bind(('', int(sys.argv[1]))); s.listen()\n"
         "while True:\n c, a = s.accept()\n"
         " if not os.path.exists(sys.argv[2]):\n  open(sys.argv[2], 'w').close(); sys.exit('on purpose')\n"
         " c.sendall(b'speed 12'); c.close()\n";
  std::ofstream(folder_ + "/t.toml")
      << "name = 't'\nkind = 'tool'\nport = 7000\nserver = ['python3', '" << folder_
      << "/serve.py', '{port}', '" << folder_ << "/died']\n"
      << "client = ['python3', '-c', 'import socket, time; s = socket.create_connection((\"{address}\", "
         "{port})); "
         "d = s.recv(99).decode(); d or time.sleep(0.5); print(d)']\n"  // by then the server's end is seen
      << "[[figure]]\nname = 'speed'\nunit = 'x'\nbetter = 'higher'\nregex = 'speed ([0-9]+)'\n";
  const Outcome o = load({folder_ + "/t.toml", "--modes", "bridge", "--builds", "1"});
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  ASSERT_EQ(r["void_quanta"].size(), 1u) << r["void_quanta"];
  EXPECT_NE(r["void_quanta"][0]["reason"].get<std::string>().find("on purpose"), std::string::npos)
      << r["void_quanta"];
  EXPECT_EQ(r["void_quanta"][0]["second_attempt"], false);
  const json speed = figure(r["cases"][0], "speed");
  for (const json& m : speed["modes"]) EXPECT_EQ(m["by_build"], (json{12})) << m;
}

TEST_F(Loads, AContainerThatGoesInAQuantumVoidsItsModeInThatBuild) {
  const Outcome o = load_where_hopload(once_under_way(in_bridges("ip -n $ns link del v0")),
                                       "rr:protocol=udp,size=8/8 --modes bridge --builds 3 --quantum 200ms");
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  EXPECT_EQ(r["campaign"]["builds"], 3) << r["reasons"];
  EXPECT_EQ(r["campaign"]["builds_void"], 0);
  EXPECT_NE(r["reasons"].dump().find("bridge is left out of build 0"), std::string::npos) << r["reasons"];
  const json p50 = figure(r["cases"][0], "p50");
  EXPECT_EQ(mode(p50, "host")["builds"], 3);
  EXPECT_EQ(mode(p50, "bridge")["builds"], 2);
  EXPECT_EQ(p50["aa"]["builds"], 3);
  // None where it went between two quanta, and nobody asked for it again.
  for (const json& v : r["void_quanta"]) EXPECT_EQ(v["mode"], "bridge") << v;
  std::map<std::string, std::set<int>> of;  // builds that have time series, by mode
  std::ifstream lines(folder_ + "/machine.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const json quantum = json::parse(line);
    of[quantum["mode"]].insert(quantum["build"].get<int>());
  }
  EXPECT_EQ(of["host"].size(), 3u);
  EXPECT_EQ(of["bridge"].size(), 2u) << "what does not count is in no file";
}

// All modes are compared with host: where host's settings change, nothing of the build counts.
TEST_F(Loads, ABuildWhoseHostChangesDoesNotCount) {
  const std::string change =
      "for ns in $(ip netns list | cut -d' ' -f1 | grep -e '-dut$'); do ip -n $ns link show br0 >/dev/null "
      "2>&1 || "
      "ip -n $ns link set d0 txqueuelen 7; done";
  const Outcome o = load_where_hopload(once_under_way(change),
                                       "rr:protocol=udp,size=8/8 --modes bridge --builds 2 --quantum 200ms");
  EXPECT_EQ(o.code, 0) << o.err;
  const json r = result();
  EXPECT_EQ(r["campaign"]["builds"], 1) << r["reasons"];
  EXPECT_EQ(r["campaign"]["builds_void"], 1) << r["reasons"];
  EXPECT_NE(r["reasons"].dump().find("a build is left out: settings changed under way"), std::string::npos);
  EXPECT_EQ(mode(figure(r["cases"][0], "p50"), "bridge")["builds"], 1);
}

TEST_F(Loads, PacketsAreSentInTheSameBuilds) {
  const Outcome o = load({"packets", "rr:protocol=udp,size=1/1,containers=2", "--modes", "veth,bridge",
                          "--builds", "2", "--quantum", "100ms"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(result()["void_quanta"], json::array());
  const json p50 = figure(cases()[0], "p50");
  EXPECT_EQ(p50["compared_by"], "difference");
  const double host = mode(p50, "host")["estimate"];
  for (const char* name : {"veth", "bridge"}) {
    EXPECT_EQ(mode(p50, name)["builds"], 2);
    EXPECT_GT(mode(p50, name)["vs_host"]["estimate"].get<double>(), 0) << name;
    EXPECT_LT(mode(p50, name)["vs_host"]["estimate"].get<double>(), 4 * host) << name;
    EXPECT_EQ(mode(figure(cases()[0], "lost"), name)["estimate"], 0) << name;
  }
  EXPECT_LT(std::abs(p50["aa"]["estimate"].get<double>()), host / 4);
  EXPECT_TRUE(fs::exists(folder_ + "/" + cases()[0]["hlog"]["bridge"].get<std::string>()));
  EXPECT_TRUE(mode(figure(cases()[1], "p50"), "bridge")["estimate"].is_number()) << "sockets work after it";
}

TEST_F(Loads, AKilledChildIsReplaced) {
  const Outcome o = load_where_hopload(once_under_way("kill -9 $$"),
                                       "rr:protocol=udp,size=8/8 --modes bridge --builds 2 --quantum 200ms");
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(result()["campaign"]["builds"], 2);
  EXPECT_FALSE(result()["void_quanta"].empty());
}

TEST_F(Loads, AStopKeepsWhatThereIsAndLeavesNothingBehind) {
  const Outcome o = load_where_hopload(once_under_way("kill -INT $PPID"),
                                       "rr:protocol=udp,size=8/8 --modes bridge --quantum 200ms");
  EXPECT_EQ(o.code, kPartial) << o.err;
  EXPECT_EQ(result()["complete"], false);
  EXPECT_NE(result()["partial_reason"].get<std::string>().find("signal"), std::string::npos);
}

// A whole paper, with the fewest builds: every row has a figure or a reason, in every file.
TEST_F(Loads, APaperRunsToItsEnd) {
  const Outcome o = run_program({"paper", "morabito2017", "--builds", "1", "--seed", "3", "--out", folder_});
  ASSERT_EQ(o.code, 0) << o.err;
  const json paper = result()["paper"];
  std::size_t measured = 0;
  for (const json& row : paper["rows"]) {
    measured += row["here"].is_number() ? 1 : 0;
    EXPECT_TRUE(row["here"].is_number() || row["reason"].is_string()) << row;
    EXPECT_NE(o.out.find(row["what"].get<std::string>()), std::string::npos) << row;
  }
  EXPECT_GE(measured, 10u) << paper;
  const auto read = [&](const char* name) {
    std::ifstream in(folder_ + "/" + name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_EQ(std::ranges::count(read("paper.csv"), '\n'), static_cast<long>(paper["rows"].size() + 1));
  EXPECT_NE(read("paper.tex").find("\\end{tabular}"), std::string::npos);
  EXPECT_NE(read("report.html").find("one packet"), std::string::npos);
}

TEST_F(Loads, BadInputIsRefused) {
  const auto refused = [&](std::vector<std::string> arguments, int code, const std::string& says) {
    const Outcome o = load(std::move(arguments));
    EXPECT_EQ(o.code, code) << o.err;
    EXPECT_NE(o.err.find(says), std::string::npos) << o.err;
  };
  refused({}, 2, "LOAD");
  refused({"teleport"}, 4, "sockperf");  // names what there is
  refused({"rr:speed=1"}, 2, "there are connections");
  refused({"rr:rate=x"}, 2, "no number");
  refused({"rr:rate=1000"}, 2, "size=8/8 or more");
  refused({"capacity", "--ipv6"}, 2, "84 to 9216 bytes");
  refused({"capacity", "--containers", "2"}, 2, "one container's");
  refused({"packets:size=20"}, 2, "20");
  refused({"packets:rate=-5"}, 2, "-5");
  refused({"packets:burst=2"}, 2, "no parameter 'burst'");
  refused({"packets", "--containers", "2"}, 2, "one container");
  refused({"rr", "--containers", "0"}, 2, "1 to 256");
  refused({"stream", "--quantum", "300ms"}, 2, "whole seconds");
  refused({"rr", "--modes", "teleport"}, 4, "teleport");
}

}  // namespace
}  // namespace hopcost::campaign
