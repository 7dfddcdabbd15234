#include "campaign/report/report.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/whole_file.h"
#include "campaign/report/fleet_page.h"
#include "campaign/report/folder.h"
#include "campaign/report/loads_page.h"
#include "campaign/report/page.h"
#include "campaign/report/series.h"

namespace hopcost::campaign {
namespace {

/// Reads environment.json; if that fails, gives the copy in result.json, with a note.
nlohmann::json read_environment(const std::filesystem::path& folder, const nlohmann::json& result,
                                std::vector<std::string>& notes) {
  auto environment = read_json(folder / "environment.json");
  if (environment) return *std::move(environment);
  notes.emplace_back("environment.json could not be read; the copy in result.json is shown instead.");
  return result.value("environment", nlohmann::json::object());
}

}  // namespace

Result<void> write_report(const std::filesystem::path& result_dir) {
  std::error_code none;
  if (std::filesystem::exists(result_dir / "fleet.json", none)) {
    auto fleet = read_json(result_dir / "fleet.json");
    return fleet ? replace_text(result_dir / "report.html", make_fleet_page(*fleet)) : forward(fleet);
  }
  auto result = read_result(result_dir);
  if (result && result->value("schema", "") == kLoadsSchema)
    return replace_text(result_dir / "report.html", make_loads_page(*result));
  if (!result) return forward(result);
  std::vector<std::string> notes;
  nlohmann::json data;
  data["environment"] = read_environment(result_dir, *result, notes);
  data["series"] = read_series(result_dir, *result, notes);
  result->erase("environment");
  data["result"] = *std::move(result);
  data["notes"] = notes;
  return replace_text(result_dir / "report.html", make_page(data));
}

}  // namespace hopcost::campaign
