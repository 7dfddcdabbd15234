#include "nsglue/kinds/kind.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace hopcost::nsglue {
namespace {

TEST(Kind, ListHoldsEveryKindOnceAndSorted) {
  std::set<std::string_view> names;
  for (const LinkKind* kind : all_kinds()) EXPECT_TRUE(names.insert(kind->name).second) << kind->name;
  EXPECT_EQ(kind_names(),
            "bridge, geneve, gre, ipvlan, macvlan, macvtap, ovs, sit, tun, veth, virtio, vlan, vrf, vxlan, "
            "wireguard");
  EXPECT_EQ(find_kind("veth")->shape, Shape::kPair);
  EXPECT_EQ(find_kind("unheard_of"), nullptr);
}

TEST(Kind, TablesAreSound) {
  for (const LinkKind* kind : all_kinds()) {
    EXPECT_EQ(kind->shape == Shape::kPair, kind->peer_attribute != 0) << kind->name;
    EXPECT_TRUE(kind->has_ports || kind->port_fields.empty()) << kind->name;
    EXPECT_TRUE(kind->config.starts_with("CONFIG_")) << kind->name;
    EXPECT_TRUE(kind->mac == MacFrom::kOwn || kind->mac == MacFrom::kNone || kind->shape == Shape::kOnLower)
        << kind->name;
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

TEST(Kind, AddressesAreInHostOrder) {
  const LinkKind& geneve = *find_kind("geneve");
  const auto remote = std::ranges::find(geneve.fields, std::string_view("remote"), &InfoField::key);
  ASSERT_NE(remote, geneve.fields.end());
  EXPECT_EQ(field_value(*remote, "198.18.2.1"), 0xc6120201u);
  EXPECT_EQ(field_text(*remote, 0xc6120201u), "198.18.2.1");
  EXPECT_FALSE(field_value(*remote, "198.18.2"));
  EXPECT_FALSE(field_value(*remote, "2001:2::1"));
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
