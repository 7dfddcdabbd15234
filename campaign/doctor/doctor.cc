#include "campaign/doctor/doctor.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "campaign/doctor/checks.h"

namespace hopcost::campaign {

std::string read_small(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  std::string content = text.str();
  while (!content.empty() && content.back() == '\n') content.pop_back();
  return content;
}

std::vector<std::string> process_names() {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at("/proc", failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string pid = at->path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (std::string name = read_small(at->path() / "comm"); !name.empty()) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

std::vector<Finding> examine() {
  Findings findings;
  const Means means = check_privilege(findings);
  check_backends(means, findings);
  check_modes(means, findings);
  check_clock(means, findings);
  check_machine(findings);
  return findings;
}

}  // namespace hopcost::campaign
