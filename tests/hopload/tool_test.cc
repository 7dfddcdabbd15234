// Programs of others as loads: their figures, and all the ways in which they fail.
#include "hopload/tool/tool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace hopcost::hopload {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::vector<ToolFigure> speed() {
  return {{.name = "speed",
           .unit = "x",
           .better = "higher",
           .pointer = {},
           .regex = "speed ([0-9.]+)",
           .scale = 1,
           .compared_by = "ratio",
           .same_within = 0}};
}

Result<json> run(const std::string& script, std::chrono::nanoseconds length = 10ms) {
  ToolClient client(
      {.command = {"sh", "-c", script}, .netns = {}, .address = "192.0.2.1", .port = 77, .cpu = {}}, speed());
  return client.run(length);
}

TEST(Tool, GivesItsFiguresAndWhatItUsed) {
  auto answer = run("echo speed 12.5; echo more >&2");
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ((*answer)["figures"], (json{{"speed", 12.5}}));
}

TEST(Tool, AddressPortAndTimeAreFilledIn) {
  const ToolSpec spec{.command = {"t", "{address}:{port}", "-t{seconds}", "{seconds}"},
                      .netns = {},
                      .address = "2001:2::1",
                      .port = 77,
                      .cpu = {}};
  EXPECT_EQ(filled_in(spec, 0.5), (std::vector<std::string>{"t", "2001:2::1:77", "-t0.5", "0.5"}));
  EXPECT_EQ(filled_in(spec, 1).back(), "1");
}

TEST(Tool, AUrlHasAnIPv6AddressInBrackets) {
  ToolSpec spec{
      .command = {"http://{host}:{port}/"}, .netns = {}, .address = "2001:2::1", .port = 77, .cpu = {}};
  EXPECT_EQ(filled_in(spec, 1).front(), "http://[2001:2::1]:77/");
  spec.address = "198.18.0.2";
  EXPECT_EQ(filled_in(spec, 1).front(), "http://198.18.0.2:77/");
}

// This process ignores SIGPIPE, and a tool's pipes would then be written to for ever.
TEST(Tool, SignalsAreAsAShellHasThem) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  auto answer = run("grep -q '^SigIgn:.*[02468ace]...$' /proc/self/status && echo speed 1");
  signal(SIGPIPE, before);
  EXPECT_TRUE(answer) << describe(answer.error());
}

TEST(Tool, EachWayToFailIsNamed) {
  const auto says = [](const std::string& script, const std::string& words) {
    const auto answer = run(script);
    ASSERT_FALSE(answer) << script;
    EXPECT_NE(describe(answer.error()).find(words), std::string::npos) << describe(answer.error());
  };
  says("echo no such host >&2; exit 3", "sh ended with status 3: no such host");
  says("kill -9 $$", "sh was ended by signal 9");
  says("echo sped 12", "the figure speed is not in what the tool printed");
  says("", "it printed nothing");
}

TEST(Tool, WhatIsMissingIsSaidBeforeItIsStarted) {
  auto spec = read_tool_spec({{"command", {"no-such-tool-anywhere"}}});
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, Exit::kMissing);
  EXPECT_NE(spec.error().what.find("no-such-tool-anywhere"), std::string::npos);
}

/// Not gone, and no zombie that nobody has waited for.
bool runs(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  in >> number >> name >> state;
  return in && state != "Z";
}

// What a tool started in the background goes with it.
TEST(Tool, NothingIsLeftBehind) {
  Process process = *Process::start({"sh", "-c", "sleep 1000 & echo $!; wait"}, "", {});
  std::string words;
  while ((words = process.out()).empty()) usleep(1000);
  const pid_t background = std::stoi(words);
  EXPECT_TRUE(runs(background));
  { const Process gone = std::move(process); }
  for (int i = 0; i < 1000 && runs(background); ++i) usleep(1000);
  EXPECT_FALSE(runs(background));
}

TEST(Tool, AServerIsWaitedForUntilItListens) {
  const auto open = [](const std::string& script) {
    return ToolServer::open({.command = {"python3", "-c", script},
                             .netns = {},
                             .address = "127.0.0.1",
                             .port = 29'871,
                             .cpu = {}});
  };
  const std::string listens =
      "import socket, time; s = socket.socket(); time.sleep(.2); s.bind(('127.0.0.1', {port})); s.listen(); "
      "time.sleep(";
  auto server = open(listens + "1000)");
  ASSERT_TRUE(server) << describe(server.error());
  EXPECT_TRUE((*server)->check());
  server->reset();
  auto dies = open("import sys; sys.exit('out of order')");
  ASSERT_FALSE(dies);
  EXPECT_NE(dies.error().what.find("out of order"), std::string::npos) << dies.error().what;
  auto short_lived = open(listens + ".3); sys.exit(4)");
  ASSERT_TRUE(short_lived) << describe(short_lived.error());
  Result<void> alive = {};
  for (int i = 0; i < 200 && alive; ++i) {
    usleep(10'000);
    alive = (*short_lived)->check();
  }
  ASSERT_FALSE(alive);
  EXPECT_NE(alive.error().what.find("the server ended with status"), std::string::npos) << alive.error().what;
}

}  // namespace
}  // namespace hopcost::hopload
