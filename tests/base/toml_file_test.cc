#include "base/toml_file.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

std::string error_of(std::string_view text, auto&& ask) {
  auto file = TomlFile::parse(text, "f.toml");
  if (!file) return file.error().what;
  TomlTable root = file->root();
  auto r = ask(root);
  if (!r) return r.error().what;
  auto end = root.finish();
  return end ? "" : end.error().what;
}

TEST(TomlFile, SyntaxErrorNamesLineAndColumn) {
  auto file = TomlFile::parse("a = 1\nb = = 2\n", "f.toml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Exit::kUsage);
  EXPECT_TRUE(file.error().what.starts_with("f.toml:2:5:")) << file.error().what;
}

TEST(TomlFile, WrongTypeRangeAndUnknownKeyPointAtThePlace) {
  const auto rate = [](TomlTable& t) { return t.optional_int("rate", 1, 100); };
  EXPECT_TRUE(
      error_of("\nrate = 0\n", rate).starts_with("f.toml:2:8: 'rate' must be a whole number from 1 to 100"));
  EXPECT_TRUE(error_of("rate = \"x\"", rate).starts_with("f.toml:1:8:"));
  EXPECT_TRUE(error_of("rate = 5\n  tare = 6\n", rate).starts_with("f.toml:2:3: unknown key 'tare'"));
  EXPECT_EQ(error_of("rate = 5", rate), "");
}

TEST(TomlFile, MissingKeyPointsAtTheTable) {
  EXPECT_NE(error_of("[x]\n", [](TomlTable& t) { return t.string("name"); }), "");
}

TEST(TomlFile, TablesAndStrings) {
  auto file = TomlFile::parse("names = ['a', 'b']\n[[link]]\nkind='veth'\n[[link]]\nkind='bridge'\n", "f");
  ASSERT_TRUE(file);
  TomlTable root = file->root();
  EXPECT_EQ(root.strings("names")->size(), 2u);
  auto links = root.tables("link");
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 2u);
  EXPECT_EQ(*(*links)[1].string("kind"), "bridge");
  EXPECT_TRUE(root.finish());
}

TEST(TomlFile, AMissingFileIsMissing) {
  auto file = TomlFile::read("/nonexistent/x.toml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Exit::kMissing);
}

}  // namespace
}  // namespace hopcost
