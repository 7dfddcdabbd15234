// A connection's folder goes with its owner, or with the next one when its owner was killed.
#include "campaign/site/private_folder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

class Folders : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(place_.data()), nullptr);
    setenv("XDG_RUNTIME_DIR", place_.c_str(), 1);
  }
  void TearDown() override {
    before_.empty() ? unsetenv("XDG_RUNTIME_DIR") : setenv("XDG_RUNTIME_DIR", before_.c_str(), 1);
    fs::remove_all(place_);
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(place_), {}));
  }

  std::string place_ = "/tmp/folders-XXXXXX";

 private:
  std::string before_ = std::getenv("XDG_RUNTIME_DIR") == nullptr ? "" : std::getenv("XDG_RUNTIME_DIR");
};

TEST_F(Folders, IsItsOwnersAloneAndGoesWithIt) {
  {
    auto folder = PrivateFolder::make();
    ASSERT_TRUE(folder) << describe(folder.error());
    struct stat is {};
    ASSERT_EQ(stat(folder->path().c_str(), &is), 0);
    EXPECT_EQ(is.st_mode & 0777, 0700u);
    EXPECT_EQ(folder->path().parent_path(), place_);
    std::ofstream(folder->path() / "log") << "Welcome.";
  }
  EXPECT_EQ(count(), 0u);
}

TEST_F(Folders, OfAKilledOwnerGoesWithTheNextAndThatOfALivingOneStays) {
  const auto living = PrivateFolder::make();
  ASSERT_TRUE(living);
  const pid_t child = fork();
  if (child == 0) {
    const auto mine = PrivateFolder::make();
    if (mine) std::ofstream(mine->path() / "log") << "Welcome.";
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(count(), 2u);
  const auto next = PrivateFolder::make();
  ASSERT_TRUE(next);
  EXPECT_EQ(count(), 2u);
  EXPECT_TRUE(fs::exists(living->path()));
}

TEST_F(Folders, WhatIsSomebodysStays) {
  fs::create_directory(fs::path(place_) / "hopcost.plans1");
  std::ofstream(fs::path(place_) / "hopcost.plans1" / "plan.toml") << "mine";
  ASSERT_TRUE(PrivateFolder::make());
  EXPECT_TRUE(fs::exists(fs::path(place_) / "hopcost.plans1" / "plan.toml"));
}

}  // namespace
}  // namespace hopcost::campaign
