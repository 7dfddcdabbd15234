// The main of every test program: a program in which every test was skipped exits 77, so that it shows as
// skipped and never as passed.
#include <gtest/gtest.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // What is freed is kept. Else glibc may return the heap's end to the kernel and ask for it again for each
  // histogram of a simulated run: one test took 67 s so, and 3 s otherwise.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
  testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  const auto& run = *testing::UnitTest::GetInstance();
  if (status == 0 && run.skipped_test_count() > 0 && run.successful_test_count() == 0) return 77;
  return status;
}
