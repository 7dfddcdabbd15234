// Containers that stand, found by the kernel's answers alone: nsglue's own modes, as if somebody else had
// made them, are recognised with the taps their files declare.
#include "nsglue/attach/attach.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/netns.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/nft_translations.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

struct Known {
  const char* topology;
  const char* node;  ///< the container's.
  const char* mode;
};

std::string known_name(const testing::TestParamInfo<Known>& known) {
  std::string name = known.param.topology;
  std::ranges::replace(name, '-', '_');
  return name;
}

class Attaches : public testing::TestWithParam<Known> {};

std::string reference(const std::string& name, const std::string& node) {
  return "netns:hc-" + name + "-" + node;
}

TEST_P(Attaches, RecognisesWhatItsFileDeclares) {
  const Topology declared = stage::shipped(GetParam().topology);
  NEEDS_MODE(declared);
  const std::string name = stage::instance("attach");
  const stage::Cleanup cleanup(name);
  const auto built = up(declared, name);
  ASSERT_TRUE(built) << hopcost::describe(built.error());
  const auto found = attach({reference(name, GetParam().node)}, {});
  ASSERT_TRUE(found) << hopcost::describe(found.error());
  EXPECT_EQ(found->front().mode, GetParam().mode);
  const auto way = describe(found->front().topology, "x");
  ASSERT_TRUE(way);
  ASSERT_EQ(way->taps.size(), built->taps.size()) << found->front().topology.summary;
  for (std::size_t i = 0; i < way->taps.size(); ++i) {
    EXPECT_EQ(way->taps[i].device, built->taps[i].device);
    EXPECT_EQ(way->taps[i].direction, built->taps[i].direction);
    EXPECT_NE(way->taps[i].netns.find(built->taps[i].netns), std::string::npos);
  }
  EXPECT_EQ(way->sender.device, built->sender.device);
  EXPECT_EQ(way->target.mac, built->target.mac);
  EXPECT_EQ(way->target.ipv4, built->target.ipv4);
  EXPECT_EQ(way->port, built->port);
  const auto drifts = check(found->front().topology, "x");
  ASSERT_TRUE(drifts) << hopcost::describe(drifts.error());
  EXPECT_TRUE(drifts->empty()) << text(drifts->front());
  const auto proof = prove(found->front().topology, "x");
  ASSERT_TRUE(proof) << hopcost::describe(proof.error());
  for (const std::string& f : proof->faults) ADD_FAILURE() << f;
}

INSTANTIATE_TEST_SUITE_P(Shipped, Attaches,
                         testing::Values(Known{"veth", "container", "veth"},
                                         Known{"bridge", "container", "bridge"},
                                         Known{"bridge-nat", "container", "bridge nat"},
                                         Known{"ovs", "container", "ovs"},
                                         Known{"macvlan", "container", "macvlan"},
                                         Known{"macvlan-passthru", "container", "macvlan"},
                                         Known{"ipvlan-l2", "container", "ipvlan"}),
                         known_name);

class AttachedContainer : public testing::Test {
 protected:
  void stand(const char* topology) {
    ASSERT_TRUE(up(stage::shipped(topology), name_));
    auto found = attach({reference(name_, "container")}, {});
    ASSERT_TRUE(found) << hopcost::describe(found.error());
    found_ = std::move(found->front());
  }
  const std::string name_ = stage::instance("attached");
  const stage::Cleanup cleanup_{name_};
  Attached found_;
};

TEST_F(AttachedContainer, ThatIsGoneIsDriftAndNoCrash) {
  NEEDS_NAMESPACES();
  stand("bridge");
  ASSERT_TRUE(down(name_));
  const auto drifts = check(found_.topology, "x");
  ASSERT_TRUE(drifts);
  ASSERT_FALSE(drifts->empty());
  EXPECT_NE(text(drifts->back()).find("network namespace expected"), std::string::npos)
      << text(drifts->back());
  const auto again = up(found_.topology, "x");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Exit::kMissing);
}

TEST_F(AttachedContainer, IsLeftAloneByUpAndDown) {
  NEEDS_NAMESPACES();
  stand("bridge");
  const auto before = stage::standing();
  EXPECT_TRUE(up(found_.topology, "x"));
  EXPECT_TRUE(down("x"));
  EXPECT_EQ(stage::standing(), before);
}

TEST_F(AttachedContainer, HasAHostOnItsWireAtAPortThatIsNotPublished) {
  NEEDS_MODE(stage::shipped("bridge-nat"));
  stand("bridge-nat");
  auto host = host_beside({found_.topology});
  ASSERT_TRUE(host) << hopcost::describe(host.error());
  EXPECT_EQ(host->target.text(), "dut/d0");
  EXPECT_EQ(host->port(), 10);
  EXPECT_TRUE(check(*host, "x")->empty());
  const auto proof = prove(*host, "x");
  ASSERT_TRUE(proof) << hopcost::describe(proof.error());
  for (const std::string& f : proof->faults) ADD_FAILURE() << f;
}

TEST_F(AttachedContainer, WhoseWireHasNoAddressHasNoHost) {
  NEEDS_NAMESPACES();
  stand("bridge");
  auto host = host_beside({found_.topology});
  ASSERT_FALSE(host);
  EXPECT_NE(host.error().what.find("dut/d0 has no IPv4 address"), std::string::npos);
}

TEST_F(AttachedContainer, IsNoOtherContainersWayIn) {
  NEEDS_NAMESPACES();
  const std::string other = stage::instance("other");
  const stage::Cleanup cleanup(other);
  ASSERT_TRUE(up(stage::shipped("nested-bridge"), other));
  auto found = attach({reference(other, "tester")}, {.wire = "nothing", .from = {}});
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().what.find("by the name nothing"), std::string::npos) << found.error().what;
}

TEST(Translations, OfOurOwnRulesAreRead) {
  const Topology t = stage::shipped("bridge-nat");
  NEEDS_MODE(t);
  Topology shifted = t;
  shifted.published[0].port = 700;
  const std::string name = stage::instance("translate");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(shifted, name));
  auto inside = NetnsScope::enter("hc-" + name + "-dut");
  auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
  ASSERT_TRUE(netfilter);
  const auto found = read_translations(*netfilter);
  ASSERT_TRUE(found) << hopcost::describe(found.error());
  ASSERT_EQ(found->size(), 2u) << "one of each family";
  EXPECT_EQ(found->front(), (Translation{700, *parse_address("198.18.1.2"), 9}));
  EXPECT_EQ(found->back(), (Translation{700, *parse_address("2001:2:0:1::2"), 9}));
}

}  // namespace
}  // namespace hopcost::nsglue
