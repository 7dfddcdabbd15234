#include "nsglue/kinds/kind.h"

#include <gtest/gtest.h>

#include <set>

namespace hopcost::nsglue {
namespace {

TEST(Kind, ListHoldsEveryKindOnceAndSorted) {
  std::set<std::string_view> names;
  for (const LinkKind* kind : all_kinds()) EXPECT_TRUE(names.insert(kind->name).second) << kind->name;
  EXPECT_EQ(kind_names(), "bridge, macvlan, veth");
  EXPECT_EQ(find_kind("veth")->shape, Shape::kPair);
  EXPECT_EQ(find_kind("ipvlan"), nullptr);
}

TEST(Kind, TablesAreSound) {
  for (const LinkKind* kind : all_kinds()) {
    EXPECT_EQ(kind->shape == Shape::kPair, kind->peer_attribute != 0) << kind->name;
    EXPECT_EQ(kind->has_ports, !kind->port_fields.empty()) << kind->name;
    for (const auto fields : {kind->fields, kind->port_fields}) {
      std::set<std::string> keys;
      for (const InfoField& f : fields) {
        EXPECT_TRUE(keys.insert(f.key).second) << f.key;
        EXPECT_EQ(field_value(f, field_text(f, f.ours)), f.ours) << f.key;
        EXPECT_EQ(field_value(f, field_text(f, f.kernel_default)), f.kernel_default) << f.key;
      }
    }
  }
}

TEST(Kind, WordsAndNumbers) {
  const InfoField& mode = find_kind("macvlan")->fields[0];
  EXPECT_EQ(field_value(mode, "passthru"), 8u);
  EXPECT_EQ(field_text(mode, 8), "passthru");
  EXPECT_FALSE(field_value(mode, "8"));
  EXPECT_FALSE(field_value(find_kind("bridge")->fields[0], "1x"));
}

}  // namespace
}  // namespace hopcost::nsglue
