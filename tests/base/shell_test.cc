#include "base/shell.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

TEST(Shell, ReadsBackTheWordsItIsGiven) {
  for (const std::string word :
       {"plain", "", "two words", "it's", "$HOME $(id) `id` \\ \"x\" ;&|*?", "two\nlines"}) {
    const auto output = shell_output("printf %s " + shell_quoted(word));
    ASSERT_TRUE(output);
    EXPECT_EQ(output->text, word);
    EXPECT_EQ(output->status, 0);
  }
}

TEST(Shell, SaysHowItEnded) {
  EXPECT_EQ(shell_output("exit 7")->status, 7);
  EXPECT_EQ(shell_output("no-such-program-anywhere 2>/dev/null")->status, 127);
  EXPECT_EQ(shell_output("kill -9 $$")->status, -1);
}

TEST(Shell, KeepsAllThatIsPrinted) {
  EXPECT_EQ(shell_output("seq 1 20000")->text.size(), 108'894u);
}

}  // namespace
}  // namespace hopcost
