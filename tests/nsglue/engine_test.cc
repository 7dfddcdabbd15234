// How engines' clients are asked, and what is made of their answers: with clients that are scripts.
#include "nsglue/attach/engine.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nsglue/attach/reference.h"

namespace hopcost::nsglue {
namespace {

class Engines : public testing::Test {
 protected:
  Engines() {
    std::string folder = testing::TempDir() + "engines-XXXXXX";
    folder_ = mkdtemp(folder.data());
    path_ = getenv("PATH");
    setenv("PATH", (folder_ + ":" + path_).c_str(), 1);
  }
  ~Engines() override {
    setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  /// A client of that name runs the shell's commands.
  void client(const std::string& name, const std::string& script) const {
    const std::string file = folder_ + "/" + name;
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    chmod(file.c_str(), 0755);
  }
  void only_ours() const { setenv("PATH", folder_.c_str(), 1); }

  std::string folder_, path_;
};

Error error_of(const std::string& engine, const std::string& container) {
  auto pid = container_process(engine, container);
  EXPECT_FALSE(pid);
  return pid ? Error{} : pid.error();
}

TEST_F(Engines, AreAskedForAContainerByName) {
  client("docker", "test \"$*\" = 'container inspect --format {{.State.Pid}} web' && echo 4711");
  client("lxc-info", "test \"$4\" = web && echo 4712");
  client("runc", "echo '{\"id\": \"web\", \"pid\": 4713, \"status\": \"running\"}'");
  EXPECT_EQ(container_process("docker", "web").value_or(-1), 4711);
  EXPECT_EQ(container_process("lxc", "web").value_or(-1), 4712);
  EXPECT_EQ(container_process("runc", "web").value_or(-1), 4713);
  client("crictl", "test \"$*\" = 'inspect --output go-template --template={{.info.pid}} 1f2e' && echo 4714");
  EXPECT_EQ(container_process("cri", "1f2e").value_or(-1), 4714);
}

TEST_F(Engines, ThatAreNotThereAreSaidToBeMissing) {
  only_ours();
  const Error e = error_of("podman", "web");
  EXPECT_EQ(e.code, Exit::kMissing);
  EXPECT_EQ(e.what, "podman is not installed here: there is no podman");
  EXPECT_EQ(e.hint, "install it: apt-get install podman");
}

TEST_F(Engines, TellWhatTheyComplainOf) {
  client("docker", "echo 'Cannot connect to the Docker daemon' >&2; echo more >&2; exit 1");
  const Error e = error_of("docker", "web");
  EXPECT_EQ(e.code, Exit::kMissing);
  EXPECT_EQ(e.what, "docker shows no container 'web': Cannot connect to the Docker daemon");
  EXPECT_EQ(e.hint, "see what runs: docker ps; where its daemon is down: systemctl start docker");
}

TEST_F(Engines, HaveContainersThatDoNotRun) {
  client("docker", "echo 0");
  client("lxc-info", "echo -1");
  client("crictl", "echo 0");
  EXPECT_EQ(error_of("docker", "web").hint, "start it: docker start web");
  EXPECT_EQ(error_of("lxc", "web").what, "lxc's container 'web' does not run");
  EXPECT_EQ(error_of("cri", "1f2e").hint, "start it: crictl start 1f2e");
}

TEST(References, AreNamesOfThingsAndNoOptions) {
  for (const char* text :
       {"web", "docker:", "docker:--help", "pid:x", "pid:-1", "pid:", "moby:web", ":web", ""}) {
    auto found = locate(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Exit::kUsage) << text;
    EXPECT_EQ(found.error().what, "'" + std::string(text) + "' names no container");
  }
}

TEST(References, MustLeadSomewhere) {
  for (const char* text : {"pid:999999999", "netns:no-such", "netns:/no/such"}) {
    auto found = locate(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Exit::kMissing) << text;
  }
  EXPECT_TRUE(locate("here"));
}

}  // namespace
}  // namespace hopcost::nsglue
