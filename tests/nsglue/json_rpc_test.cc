// Where a message of a stream ends, what errors say, and servers that answer badly or never.
#include "nsglue/kernel/json_rpc.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "nsglue/kernel/ovs_database.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// Listens at `path`, and gives its one connection to `serve` in a thread of its own.
class Server {
 public:
  explicit Server(std::function<void(int)> serve)
      : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    std::filesystem::remove(path);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    thread_ = std::jthread([this, serve = std::move(serve)] {
      const Fd connection(accept(listener_.get(), nullptr, nullptr));
      serve(connection.get());
    });
  }
  ~Server() { std::filesystem::remove(path); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string path = testing::TempDir() + "json_rpc_test." + std::to_string(getpid());

 private:
  Fd listener_;
  std::jthread thread_;
};

bool say(int connection, const std::string& text) {
  return send(connection, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// Reads requests, and gives each the next of these results.
auto answers(std::vector<json> results) {
  return [results = std::move(results)](int connection) {
    std::string read;
    int id = 0;
    for (const json& result : results) {
      char byte = 0;
      while (object_end(read) == std::string_view::npos && recv(connection, &byte, 1, 0) == 1) read += byte;
      read.clear();
      say(connection, json{{"id", id++}, {"error", nullptr}, {"result", result}}.dump());
    }
  };
}

// A deadline a read would never come.
TEST(JsonRpc, ACallEndsInTimeWhateverComesMeanwhile) {
  for (const std::string drop : {" ", R"({"id":"echo","method":"echo","params":[]})"}) {
    Server server([&](int connection) {
      for (int i = 0; i < 400 && say(connection, drop); ++i) std::this_thread::sleep_for(10ms);
    });
    const auto begun = std::chrono::steady_clock::now();
    {
      auto rpc = JsonRpc::connect(server.path, 200ms);
      ASSERT_TRUE(rpc);
      const auto answer = rpc->call("list_dbs", json::array());
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().what, "no answer to list_dbs within 200 ms");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  }
}

TEST(JsonRpc, ADatabaseThatAnswersOtherwiseThanRfc7047IsTold) {
  const json none = json::array({json{{"rows", json::array()}}});
  const auto rows = [](json row) { return json::array({json{{"rows", json::array({std::move(row)})}}}); };
  const std::vector<std::vector<json>> all = {
      {json("text")},
      {json::array({"text"})},
      {json::array({json{{"rows", "text"}}})},
      {rows("text")},
      {rows({{"_uuid", "1"}, {"name", "v0"}})},
      {rows({{"_uuid", "1"}, {"name", 3}, {"error", ""}, {"ofport", 1}})},
      {none, rows({{"_uuid", "1"}})},
      {none, none, rows({{"name", "br0"}})},
  };
  for (const auto& results : all) {
    Server server(answers(results));
    auto database = JsonRpc::connect(server.path, 5s);
    ASSERT_TRUE(database);
    const auto bridges = read_ovs_bridges(*database);
    ASSERT_FALSE(bridges) << results.back();
    EXPECT_EQ(bridges.error().what, "Open vSwitch's database answers otherwise than RFC 7047 has it");
  }
}

TEST(JsonRpc, AnObjectEndsWhereItsBraceDoes) {
  EXPECT_EQ(object_end(R"({"a":1})"), 7u);
  EXPECT_EQ(object_end(R"({"a":{"b":[1,2]}}{"c":)"), 17u);
  EXPECT_EQ(object_end(R"({"a":"}\"}"})"), 12u) << "braces and quotes within quotes";
  EXPECT_EQ(object_end(R"({"a":"x\\"})"), 11u) << "a backslash that stands for itself";
  EXPECT_EQ(object_end(R"({"a":{})"), std::string_view::npos);
  EXPECT_EQ(object_end(R"({"a":"})"), std::string_view::npos);
  EXPECT_EQ(object_end(""), std::string_view::npos);
}

TEST(JsonRpc, FaultsInTheirOwnWords) {
  EXPECT_EQ(fault_words("no such bridge"), "no such bridge");
  EXPECT_EQ(fault_words(json{{"error", "constraint violation"}, {"details", "twice br0"}}),
            "constraint violation: twice br0");
  EXPECT_EQ(fault_words(json{{"error", "timed out"}}), "timed out");
  EXPECT_EQ(fault_words(json{{"code", 3}}), R"({"code":3})");
}

}  // namespace
}  // namespace hopcost::nsglue
