// A life-cycle's figures from its trials.
#include "campaign/lifecycle/lifecycle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "campaign/lifecycle/lifecycle_json.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

Tried tried(std::size_t trials) {
  Tried t;
  t.cell.mode = "bridge";
  t.cell.containers = 4;
  t.cell.manner = Manner::kAtOnce;
  for (std::size_t i = 0; i < trials; ++i) {
    const double off = static_cast<double>(i);
    Trial trial;
    trial.all = 20 + off;
    trial.each = 10 + off;
    trial.steps = {{"links", 3 + off}, {"first packet", 1}};
    trial.removal_all = 7;
    trial.removal_steps = {{"dismantling", 5}};
    t.trials.push_back(std::move(trial));
  }
  return t;
}

TEST(Lifecycle, FiguresAreMediansWithIntervalsFromSixTrialsOn) {
  const json r = lifecycle_json({tried(7), tried(5)}, {}, 42, false);
  EXPECT_EQ(r["schema"], "hopcost.lifecycle/1");
  EXPECT_EQ(r["seed"], 42);
  ASSERT_EQ(r["cells"].size(), 2u);
  const json& cell = r["cells"][0];
  EXPECT_EQ(cell["manner"], "at once");
  ASSERT_EQ(cell["trials"].size(), 7u);
  EXPECT_EQ(cell["trials"][2]["steps"]["links"], 5);
  EXPECT_NEAR(cell["all"]["ms"], 23, 0.2);
  EXPECT_LT(cell["all"]["ci95_ms"][0], 23);
  EXPECT_GT(cell["all"]["ci95_ms"][1], 23);
  EXPECT_TRUE(r["cells"][1]["all"]["ci95_ms"].is_null());
  ASSERT_EQ(cell["steps"].size(), std::size(kBuildSteps));
  EXPECT_EQ(cell["steps"][1]["step"], "links");
  EXPECT_NEAR(cell["steps"][1]["ms"], 6, 0.3);
  EXPECT_DOUBLE_EQ(cell["steps"][0]["ms"], 0) << "a step that took no time";
  EXPECT_NEAR(cell["removal_steps"][2]["ms"], 5, 1e-9);
}

TEST(Lifecycle, IntervalsOfSkewedTimesStayAboveNought) {
  Tried t = tried(6);
  for (std::size_t i = 0; i < 6; ++i) t.trials[i].all = i == 3 ? 400 : 5;
  const json r = lifecycle_json({t}, {}, 1, false);
  EXPECT_GT(r["cells"][0]["all"]["ci95_ms"][0], 0);
}

TEST(Lifecycle, ACellWithoutTrialsIsLeftOut) {
  const json r = lifecycle_json({tried(0), tried(6)}, {}, 1, true);
  EXPECT_EQ(r["cells"].size(), 1u);
  EXPECT_EQ(r["partial"], true);
  const std::string table = lifecycle_table(r);
  EXPECT_NE(table.find("bridge"), std::string::npos);
  EXPECT_NE(table.find("at once"), std::string::npos);
}

TEST(Lifecycle, AnEnginesContainersHaveStepsAndATableOfTheirOwn) {
  Tried t = tried(6);
  t.cell.mode = "docker:busybox";
  t.cell.engine = *parse_engine("docker:busybox");
  for (Trial& trial : t.trials) trial.steps = {{"command", 300}, {"first answer", 0.5}};
  const json r =
      lifecycle_json({tried(6), t}, {{"podman:busybox", "podman is not installed here"}}, 1, false);
  EXPECT_TRUE(r["cells"][0]["engine"].is_null());
  EXPECT_EQ(r["cells"][1]["engine"], "docker");
  ASSERT_EQ(r["cells"][1]["steps"].size(), 2u);
  EXPECT_EQ(r["cells"][1]["steps"][0]["step"], "command");
  EXPECT_NEAR(r["cells"][1]["steps"][0]["ms"], 300, 1e-6);
  EXPECT_EQ(r["left_out"],
            (json{{{"engine", "podman:busybox"}, {"reason", "podman is not installed here"}}}));
  const std::string table = lifecycle_table(r);
  EXPECT_LT(table.find("bridge"), table.find("\nengine "));
  EXPECT_LT(table.find("first answer"), table.find("docker:busybox"));
}

TEST(Lifecycle, AnEngineIsNamedWithWhatItStarts) {
  EXPECT_EQ(parse_engine("podman:localhost/busybox:1")->what, "localhost/busybox:1");
  EXPECT_EQ(text(*parse_engine("lxc:c1")), "lxc:c1");
  for (const char* wrong : {"docker", "docker:", "rkt:x", "", ":x"}) {
    const auto r = parse_engine(wrong);
    ASSERT_FALSE(r) << wrong;
    EXPECT_EQ(r.error().code, Exit::kUsage) << wrong;
  }
}

TEST(Lifecycle, AnEngineThatIsNotInstalledIsSaidToBeMissing) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const std::string why = why_missing(*parse_engine("docker:busybox"));
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(why, "docker is not installed here: apt-get install docker.io");
}

TEST(Lifecycle, OptionsAreLookedAtBeforeAnythingIsBuilt) {
  LifecycleOptions o;
  EXPECT_TRUE(validate(o));
  o.containers = {257};
  EXPECT_EQ(validate(o).error().what, "--containers is 1 to 256");
  o.containers = {1};
  o.budget_s = 0;
  EXPECT_FALSE(validate(o));
  o.repeats = 3;
  EXPECT_TRUE(validate(o));
  o.modes = {};
  EXPECT_FALSE(validate(o));
}

}  // namespace
}  // namespace hopcost::campaign
