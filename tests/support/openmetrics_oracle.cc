#include "tests/support/openmetrics_oracle.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/shell.h"

namespace hopcost {

bool have_openmetrics_parser() {
  return std::system("/usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' >/dev/null 2>&1") ==
         0;
}

nlohmann::json parse_openmetrics(const std::string& text) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("hopcost-om-" + std::to_string(getpid()));
  std::ofstream(path) << text;
  const std::string command =
      "/usr/bin/python3 -c 'import json, sys\n"
      "from prometheus_client.openmetrics.parser import text_string_to_metric_families\n"
      "text = open(sys.argv[1], newline=\"\").read()\n"
      "print(json.dumps({s.name + json.dumps(s.labels, sort_keys=True): s.value\n"
      "                  for f in text_string_to_metric_families(text) for s in f.samples}))' " +
      path;
  const std::string out = output_of(command);
  std::filesystem::remove(path);
  const auto j = nlohmann::json::parse(out, nullptr, false);
  return j.is_object() ? j : nlohmann::json::object();
}

}  // namespace hopcost
