// The main of every test program: a program in which every test was skipped exits 77, so that it shows as
// skipped and never as passed.
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  const auto& run = *testing::UnitTest::GetInstance();
  if (status == 0 && run.skipped_test_count() > 0 && run.successful_test_count() == 0) return 77;
  return status;
}
