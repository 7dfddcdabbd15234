// Whose an instance is, as it stands in the mark.
#include "nsglue/kernel/owner.h"

#include <gtest/gtest.h>

#include "nsglue/kernel/mark.h"

namespace hopcost::nsglue {
namespace {

const Owner kSomebody{"0b3c7d5e-8d0e-4b57-9a52-6f1f6f0e5a11", 4026531836, 4194303, 18446744073709551615u};

TEST(OwnerText, ReadsBackAndRefusesWhatIsNone) {
  EXPECT_EQ(owner_text(kSomebody),
            "0b3c7d5e-8d0e-4b57-9a52-6f1f6f0e5a11:4026531836:4194303:18446744073709551615");
  EXPECT_EQ(parse_owner(owner_text(kSomebody)), kSomebody);
  for (const char* bad : {"", "boot", "boot:1:2", "boot:1:2:3:4", ":1:2:3", "boot:1:-2:3", "boot:1:0:3",
                          "boot:1:2x:3", "boot:1:2:"})
    EXPECT_FALSE(parse_owner(bad)) << bad;
}

TEST(MarkText, HoldsTheOwnerWithinTheKernelsLimit) {
  const Mark owned{"i", "t", "n", kSomebody};
  EXPECT_EQ(parse_mark(mark_text(owned))->owner, kSomebody);
  const Mark of_a_person{"i", "t", "n"};
  EXPECT_EQ(mark_text(of_a_person), "hopcost instance=i topology=t node=n");
  EXPECT_FALSE(parse_mark(mark_text(of_a_person))->owner);
  const Mark longest{std::string(40, 'i'), std::string(24, 't'), std::string(16, 'n'), kSomebody};
  EXPECT_LE(mark_text(longest).size(), 255u);  // IFALIASZ of linux/if.h, with its zero
}

}  // namespace
}  // namespace hopcost::nsglue
