// Writes a made-up result folder and its page, to be looked at: report_sample DIR
// [plain|one|undecided|unfit|partial|loads|rootless|many|hostile].
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "campaign/report/report.h"
#include "tests/report/sample_result.h"

using namespace hopcost::campaign;

namespace {

Sample sample_of(const std::string& variant) {
  Sample sample;
  if (variant == "one") sample.modes = {"host"};
  if (variant == "undecided") sample.undecided = true;
  if (variant == "unfit") sample.fit = false;
  if (variant == "partial") sample = {.builds = 3, .packets = 4000, .complete = false};
  if (variant == "loads") sample.loads = 2;
  if (variant == "rootless") sample.rootless = true;
  if (variant == "many")
    sample.modes = {"host", "veth", "bridge", "macvlan", "macvtap",  "vxlan",
                    "nat",  "ovs",  "vm",     "nested",  "redirect", "chain"};
  if (variant == "hostile")
    sample.modes = {"host", "</script><img src=x onerror=alert(1)>", "<!--<script>", "\u2028&amp;'\"`${1}"};
  return sample;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  write_sample(folder, sample_of(argc > 2 ? argv[2] : "plain"));
  const auto written = write_report(folder);
  if (!written) std::fprintf(stderr, "%s\n", hopcost::describe(written.error()).c_str());
  return written ? 0 : 1;
}
