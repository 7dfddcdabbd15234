#include "base/whole_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hopcost {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(WholeFile, IsReplacedOrLeftAsItWas) {
  std::string pattern = (fs::temp_directory_path() / "whole-file-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  const fs::path file = folder / "result.json";
  ASSERT_TRUE(replace_text(file, "one"));
  ASSERT_TRUE(replace_text(file, "two"));
  EXPECT_EQ(text_of(file), "two");
  const auto failed = replace_file(file, [](const fs::path& beside) -> Result<void> {
    std::ofstream(beside) << "half";
    return errno_error(ENOSPC, "write");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Exit::kPartial);
  EXPECT_EQ(failed.error().err, ENOSPC);
  EXPECT_NE(failed.error().what.find("result.json"), std::string::npos);
  EXPECT_EQ(text_of(file), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1)
      << "nothing beside it";
  fs::remove_all(folder);
}

TEST(WholeFile, AFolderThatIsNotThereIsNamed) {
  const auto failed = replace_text("/proc/nowhere/result.json", "x");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().what.find("/proc/nowhere/result.json"), std::string::npos);
  EXPECT_EQ(failed.error().err, ENOENT);
}

}  // namespace
}  // namespace hopcost
