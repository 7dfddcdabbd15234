// What a run does with its result folder when it leaves nothing in it, and where it writes.
#include "campaign/run_start.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

class ResultFolders : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "hopcost-folder-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    base_ = name;
  }
  void TearDown() override { fs::remove_all(base_); }
  /// Makes the folder, and lets it go without a result.
  static void leave_empty(const fs::path& path) { EXPECT_TRUE(ResultFolder::make(path)); }

  fs::path base_;
};

TEST_F(ResultFolders, OneThatWasMadeForNothingGoes) {
  leave_empty(base_ / "new");
  EXPECT_FALSE(fs::exists(base_ / "new"));
}

TEST_F(ResultFolders, APersonsOwnStays) {
  fs::create_directory(base_ / "own");
  leave_empty(base_ / "own");
  EXPECT_TRUE(fs::exists(base_ / "own"));
  fs::create_directory_symlink(base_ / "own", base_ / "link");
  leave_empty(base_ / "link");
  EXPECT_TRUE(fs::is_symlink(base_ / "link"));
}

TEST_F(ResultFolders, OneWithAResultStays) {
  {
    auto folder = ResultFolder::make(base_ / "full");
    ASSERT_TRUE(folder);
    Exit code = Exit::kOk;
    const auto saved = folder->save(code, [](const fs::path& into) -> Result<void> {
      std::ofstream(into / "result.json") << "{}";
      return {};
    });
    ASSERT_TRUE(saved);
    EXPECT_EQ(*saved, base_ / "full");
    EXPECT_EQ(code, Exit::kOk);
  }
  EXPECT_TRUE(fs::exists(base_ / "full/result.json"));
}

}  // namespace
}  // namespace hopcost::campaign
