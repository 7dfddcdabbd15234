#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace hopcost {
namespace {

TEST(Result, ErrnoDecidesTheExitCode) {
  EXPECT_EQ(errno_error(EPERM, "x").error().code, Exit::kPrivilege);
  EXPECT_EQ(errno_error(EACCES, "x").error().code, Exit::kPrivilege);
  EXPECT_EQ(errno_error(ENODEV, "x").error().code, Exit::kMissing);
  EXPECT_EQ(errno_error(EIO, "x").error().code, Exit::kFailure);
}

TEST(Result, DescribeSaysWhatWhyAndWhatNext) {
  const Error e{"open t0", ENODEV, "create it first", Exit::kMissing};
  EXPECT_EQ(describe(e), "open t0: No such device\n  create it first");
}

TEST(Result, APrivilegeErrorCarriesAHint) {
  EXPECT_NE(errno_error(EPERM, "x").error().hint, "");
}

}  // namespace
}  // namespace hopcost
