// The path as a picture: what must be in it. How it looks is for people.
#include <gtest/gtest.h>

#include <algorithm>

#include "nsglue/show/path.h"
#include "nsglue/show/show_svg.h"
#include "nsglue/topology/containers.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

class Pictures : public testing::TestWithParam<std::string> {};

/// How often devices are drawn: each as often as packets pass it, and once where they don't.
std::size_t devices_drawn(const Topology& t) {
  const std::vector<Hop> path = path_of(t);
  const auto off = std::ranges::count_if(
      t.devices, [&](const Device& d) { return std::ranges::find(path, d.at, &Hop::at) == path.end(); });
  return path.size() + static_cast<std::size_t>(off);
}

TEST_P(Pictures, HaveEveryNodeDeviceAndTapAsPacketsPassThem) {
  const Topology t = stage::shipped(GetParam());
  const std::string svg = show_svg(t, "mine", std::nullopt);
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_EQ(count(svg, "class=\"device\"") + count(svg, "class=\"off\""), devices_drawn(t));
  EXPECT_EQ(count(svg, "class=\"taptext\""), t.taps.size());
  for (const Node& n : t.nodes) EXPECT_NE(svg.find(">" + n.name + "</text>"), std::string::npos) << n.name;
  EXPECT_NE(svg.find("It does not stand"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Shipped, Pictures, testing::ValuesIn(stage::all_shipped()), stage::parameter_name);

TEST(Picture, TellsWhatIsNotQuietWithItsSignsEscaped) {
  const std::vector<Unquiet> odd = {{"dut/d0", "rps_cpus", "<3>", "0 & none"}};
  const std::string svg = show_svg(stage::shipped("bridge"), "mine", odd);
  EXPECT_NE(svg.find("dut/d0  rps_cpus = &lt;3&gt;  (quiet: 0 &amp; none)"), std::string::npos);
  EXPECT_EQ(svg.find("<3>"), std::string::npos);
  EXPECT_NE(show_svg(stage::shipped("bridge"), "m", std::vector<Unquiet>()).find("All settings are quiet."),
            std::string::npos);
}

TEST(Picture, OfManyContainersDrawsTheFirst) {
  const std::string svg = show_svg(*with_containers(stage::shipped("bridge"), 9), "bridge.x9", std::nullopt);
  EXPECT_NE(svg.find("the first of 9 containers"), std::string::npos);
  EXPECT_NE(svg.find(">container_1</text>"), std::string::npos);
  EXPECT_EQ(svg.find("container_2"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::nsglue
