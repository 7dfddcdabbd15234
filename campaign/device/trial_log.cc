#include "campaign/device/trial_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>

#include "base/control.h"
#include "base/whole_file.h"

namespace hopcost::campaign {

using nlohmann::json;

Result<TrialLog> TrialLog::open(const std::filesystem::path& file, bool resume) {
  TrialLog log;
  std::string whole;
  if (resume) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const json j = json::parse(line, nullptr, false);
      auto trial = j.is_object() ? trial_from_json(j.value("trial", json())) : std::nullopt;
      if (!trial) continue;
      whole += line + "\n";
      log.held_[get_string_or(j, "name", "")].push_back(std::move(*trial));
    }
  }
  if (auto r = replace_text(file, whole); !r) return forward(r);
  log.file_.reset(std::fopen(file.c_str(), "ae"));
  if (!log.file_) return errno_error(errno, fmt::format("write {}", file.string()));
  return log;
}

std::optional<TrialResult> TrialLog::take(const std::string& name) {
  const auto at = held_.find(name);
  if (at == held_.end() || at->second.empty()) return std::nullopt;
  TrialResult trial = std::move(at->second.front());
  at->second.pop_front();
  ++count_;
  return trial;
}

Result<void> TrialLog::add(const std::string& name, const TrialResult& trial) {
  ++count_;
  const std::string line = json{{"name", name}, {"trial", to_json(trial)}}.dump() + "\n";
  if (std::fputs(line.c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0)
    return error(Exit::kPartial, "the log of trials can't be written", "is the disk full?");
  return {};
}

}  // namespace hopcost::campaign
