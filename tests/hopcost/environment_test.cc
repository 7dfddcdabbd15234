// What a machine's description makes a run say of itself.
#include "campaign/bench/environment.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/machine.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json environment(json device, json tester) {
  json e = {{"emulated", std::move(device)}, {"sites", {{"device", "router7"}, {"tester", "bench1"}}}};
  if (!tester.is_discarded()) e["tester"] = {{"emulated", std::move(tester)}};
  return e;
}

TEST(Environment, EmulatedMachinesAreNamed) {
  const json none(json::value_t::discarded);
  EXPECT_TRUE(emulated_machines(environment(false, none)).empty());
  EXPECT_TRUE(emulated_machines(environment(nullptr, none)).empty());
  EXPECT_TRUE(emulated_machines(json::object()).empty()) << "of an older device";
  const auto one = emulated_machines(environment(true, none));
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0],
            "the CPU of router7 is EMULATED IN SOFTWARE (TCG): times are the emulator's, not a machine's");
  const auto both = emulated_machines(environment(true, true));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_NE(both[1].find("bench1"), std::string::npos) << both[1];
}

TEST(Environment, AMachineSaysWhetherItIsEmulatedWhereThatCanBeAsked) {
  const json machine = describe_machine();
  ASSERT_TRUE(machine.contains("emulated"));
#if defined(__x86_64__)
  EXPECT_TRUE(machine["emulated"].is_boolean());
#else
  EXPECT_TRUE(machine["emulated"].is_null());
#endif
}

}  // namespace
}  // namespace hopcost::campaign
