// Stands where the tests are that need libbpf.
#include <gtest/gtest.h>

namespace hopcost::analyzer {
namespace {

TEST(KernelTypes, AreWhatLibbpfReads) {
  GTEST_SKIP() << "built without bpf taps: " HOPCOST_WITHOUT_BPF;
}

}  // namespace
}  // namespace hopcost::analyzer
