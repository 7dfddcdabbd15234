// Both sides of the control channel: serve_control over a pipe pair, and Child against real processes.
#include "base/control.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/child.h"

namespace hopcost {
namespace {

using nlohmann::json;

/// Feeds `input` to a server whose "echo" answers its own "x", and gives the lines it wrote.
std::vector<json> converse(const std::string& input) {
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) return {};
  (void)!write(in[1], input.data(), input.size());
  close(in[1]);
  const std::map<std::string, ControlHandler> handlers = {
      {"echo",
       [](const json& r) -> Result<json> {
         return json{{"x", r.at("x")}};
       }},
      {"fail", [](const json&) -> Result<json> { return error(Exit::kMissing, "gone", "look elsewhere"); }}};
  EXPECT_TRUE(serve_control("test", handlers, nullptr, in[0], out[1]));
  close(out[1]);
  close(in[0]);
  std::string text;
  char chunk[4096];
  for (ssize_t n; (n = read(out[0], chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(n));
  close(out[0]);
  std::vector<json> lines;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    lines.push_back(json::parse(text.substr(at, end - at)));
  }
  return lines;
}

TEST(Control, HelloThenAnswersInOrder) {
  const auto lines = converse("{\"id\":1,\"op\":\"echo\",\"x\":5}\n{\"id\":2,\"op\":\"ping\"}\n");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["hello"], "test");
  EXPECT_EQ(lines[0]["protocol"], kControlProtocol);
  EXPECT_EQ(lines[1], (json{{"id", 1}, {"ok", true}, {"result", {{"x", 5}}}}));
  EXPECT_EQ(lines[2]["ok"], true);
}

// The library prints by recursion: what is nested without end is left out before.
TEST(Control, ALineOfBracketsIsAnswered) {
  const std::string deep = std::string(25'000, '[') + std::string(25'000, ']');
  const auto lines = converse("{\"id\":" + deep + ",\"op\":\"ping\"}\n{\"id\":[[2]],\"op\":\"ping\"}\n");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_LT(lines[1]["id"].dump().size(), 100u);
  EXPECT_EQ(lines[2]["id"], (json{{2}}));
}

TEST(Control, BadLinesAreAnsweredAndServedOn) {
  const auto lines = converse(
      "not json\n[1]\n{\"id\":3,\"op\":\"nope\"}\n{\"id\":4,\"op\":\"echo\"}\n{\"id\":5,\"op\":\"ping\"}\n");
  ASSERT_EQ(lines.size(), 6u);
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(lines[static_cast<std::size_t>(i)]["ok"], false);
  EXPECT_EQ(lines[5]["ok"],
            true);  // "echo" without "x" threw inside the JSON library, and the server lived on
}

TEST(Control, ErrorsKeepTheirCodeAndHint) {
  const auto lines = converse("{\"id\":1,\"op\":\"fail\"}\n");
  ASSERT_EQ(lines.size(), 2u);
  const Error e = error_from_json(lines[1]["error"]);
  EXPECT_EQ(e.what, "gone");
  EXPECT_EQ(e.hint, "look elsewhere");
  EXPECT_EQ(e.code, Exit::kMissing);
}

TEST(Control, StopInterruptsAndIsNotAnswered) {
  int in[2], out[2];
  ASSERT_EQ(pipe(in), 0);
  ASSERT_EQ(pipe(out), 0);
  std::atomic<bool> stop{false};
  const std::map<std::string, ControlHandler> handlers = {{"run", [&](const json&) -> Result<json> {
                                                             while (!stop) std::this_thread::yield();
                                                             return json{{"stopped", true}};
                                                           }}};
  std::thread server([&] { EXPECT_TRUE(serve_control("t", handlers, &stop, in[0], out[1])); });
  const std::string input = "{\"id\":1,\"op\":\"run\"}\n{\"op\":\"stop\"}\n{\"op\":\"quit\"}\n";
  ASSERT_EQ(write(in[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
  server.join();
  close(in[1]);
  close(out[1]);
  char text[4096];
  const ssize_t n = read(out[0], text, sizeof text);
  ASSERT_GT(n, 0);
  EXPECT_NE(std::string(text, static_cast<std::size_t>(n)).find("\"stopped\":true"), std::string::npos);
  close(in[0]);
  close(out[0]);
}

/// What the requests of `input` are answered; each handler is named in `said` whether a stop was meant for
/// it.
std::vector<bool> stops_seen(const std::string& input) {
  int in[2], out[2];
  EXPECT_EQ(pipe(in), 0);
  EXPECT_EQ(pipe(out), 0);
  std::atomic<bool> stop{false}, go{false};
  std::vector<bool> seen;
  const std::map<std::string, ControlHandler> handlers = {{"run", [&](const json&) -> Result<json> {
                                                             while (!go) std::this_thread::yield();
                                                             seen.push_back(stop);
                                                             return json::object();
                                                           }}};
  std::thread server([&] { EXPECT_TRUE(serve_control("t", handlers, &stop, in[0], out[1])); });
  EXPECT_EQ(write(in[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // all lines are read by then
  go = true;
  server.join();
  for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
  return seen;
}

TEST(Control, AStopIsForAllThatCameBeforeItAndForNothingBehindIt) {
  const std::string run = "{\"op\":\"run\"}\n", stop = "{\"op\":\"stop\"}\n", quit = "{\"op\":\"quit\"}\n";
  EXPECT_EQ(stops_seen(run + run + stop + run + quit), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(stops_seen(stop + run + quit), (std::vector<bool>{false}));
}

/// Whether a server whose lease is 1 s has ended by itself, told by how long it took; a ping every 300 ms
/// keeps it alive for `pings` of them.
double seconds_alive(int pings) {
  int in[2], out[2];
  EXPECT_EQ(pipe(in), 0);
  EXPECT_EQ(pipe(out), 0);
  const auto begun = std::chrono::steady_clock::now();
  std::thread server([&] { EXPECT_TRUE(serve_control("t", {}, nullptr, in[0], out[1])); });
  const auto say = [&](const std::string& line) {
    EXPECT_EQ(write(in[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
  };
  say("{\"id\":1,\"op\":\"session\",\"nonce\":\"x1\",\"lease_s\":1}\n");
  for (int i = 0; i < pings; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    say("{\"op\":\"ping\"}\n");
  }
  server.join();
  for (const int fd : {in[0], in[1], out[0], out[1]}) close(fd);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

TEST(Control, ASessionGivesTheNonceBack) {
  const auto lines = converse("{\"id\":1,\"op\":\"session\",\"nonce\":\"x1\",\"lease_s\":0}\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1]["result"]["nonce"], "x1");
}

TEST(Control, ALeaseEndsTheChannelOnceNobodySpeaks) {
  EXPECT_GE(seconds_alive(0), 1.0);
  EXPECT_GE(seconds_alive(6), 2.5) << "who speaks keeps it";
}

/// A child of a program of ours that a shell plays; what `says` prints comes before its hello.
Result<Child> played(const std::string& says, const std::string& version = HOPCOST_VERSION,
                     const std::string& nonce = "\\1") {
  const std::string script = says + "; echo '{\"hello\":\"x\",\"protocol\":2,\"version\":\"" + version +
                             "\"}'; while read -r line; do echo \"$line\" | sed "
                             "'s/.*\"id\":\\([0-9]*\\).*\"nonce\":\"\\([^\"]*\\)\".*/"
                             "{\"id\":\\1,\"ok\":true,\"result\":{\"nonce\":\"" +
                             nonce + "\"}}/'; done";
  std::signal(SIGPIPE, SIG_IGN);  // as in all our programs: a child may have gone before it is spoken to
  auto child = Child::spawn({.argv = {"/bin/sh", "-c", script}, .name = "x on far", .host = "far"});
  if (!child) return child;
  if (auto r = child->greet(); !r) return forward(r);
  return child;
}

TEST(Child, WhatALoginPrintsIsSkipped) {
  auto child =
      played("echo Welcome; echo '{\"last\":1}'; echo '[1,2'; echo banner >&2", HOPCOST_VERSION, "\\2");
  EXPECT_TRUE(child) << describe(child.error());
}

// A connection that is lost before the hello must not leave a child there for ever.
TEST(Child, TheLeaseIsAskedForBeforeTheHelloIsRead) {
  const std::string heard = testing::TempDir() + "hopcost-heard-" + std::to_string(getpid());
  auto child =
      Child::spawn({.argv = {"/bin/sh", "-c", "read -r line; echo \"$line\" >" + heard + "; cat >/dev/null"},
                    .name = "x on far",
                    .host = "far",
                    .lease = std::chrono::seconds(30)});
  ASSERT_TRUE(child);
  std::string line;
  for (int i = 0; i < 500 && line.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::getline(std::ifstream(heard), line);
  }
  std::filesystem::remove(heard);
  EXPECT_NE(line.find("\"lease_s\":30"), std::string::npos) << line;
}

TEST(Child, AHelloThatDoesNotAnswerIsNone) {
  auto child = played("true", HOPCOST_VERSION, "other");
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().what.find("does not answer what it is asked"), std::string::npos)
      << child.error().what;
}

TEST(Child, AnotherVersionIsTold) {
  auto child = played("true", "0.0.1");
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().what.find("0.0.1"), std::string::npos) << child.error().what;
}

TEST(Child, TheLastWordsBeforeAHelloAreTold) {
  auto child = played("echo first >&2; echo 'sudo: a password is required' >&2; exit 1");
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().what.find("status 1 before its hello: sudo: a password is required"),
            std::string::npos)
      << child.error().what;
}

TEST(Child, AProgramThatIsNotThereIsAnErrorNotAHang) {
  auto child = Child::start({"/nonexistent/program"});
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().what.find("127"), std::string::npos) << child.error().what;
}

TEST(Child, AnotherProtocolIsRefused) {
  auto child = Child::start({"/bin/sh", "-c", "echo '{\"hello\":\"x\",\"protocol\":99}'; cat >/dev/null"});
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().what.find("protocol"), std::string::npos);
}

TEST(Child, AChildThatDiesMidCallIsReported) {
  auto child =
      Child::start({"/bin/sh", "-c", "echo '{\"hello\":\"x\",\"protocol\":2}'; read line; kill -9 $$"});
  ASSERT_TRUE(child) << describe(child.error());
  auto reply = child->call("run", json::object());
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().what.find("signal 9"), std::string::npos) << reply.error().what;
}

// Each takes a second to end.
TEST(Child, DismissedChildrenEndAtTheSameTime) {
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<Child> children;
    for (int i = 0; i < 4; ++i) {
      auto child = Child::start(
          {"/bin/sh", "-c", "echo '{\"hello\":\"x\",\"protocol\":2}'; cat >/dev/null; exec sleep 1"});
      ASSERT_TRUE(child) << describe(child.error());
      children.push_back(std::move(*child));
    }
    for (Child& child : children) child.dismiss();
    EXPECT_FALSE(children.front().call("x", nlohmann::json::object())) << "nothing can be asked any more";
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4)) << "one after the other";
}

TEST(Child, ASilentChildTimesOut) {
  auto child = Child::start({"/bin/sh", "-c", "echo '{\"hello\":\"x\",\"protocol\":2}'; cat >/dev/null"});
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->call("run", json::object(), std::chrono::milliseconds(50)));
}

}  // namespace
}  // namespace hopcost
