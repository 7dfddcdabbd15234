#include "campaign/loads/loads_folder.h"

#include <nlohmann/json.hpp>

#include "base/whole_file.h"
#include "campaign/loads/loads_json.h"
#include "campaign/report/report.h"
#include "campaign/result/log_file.h"

namespace hopcost::campaign {

Result<void> write_loads_folder(const std::filesystem::path& folder, const nlohmann::json& result,
                                const MeasuredLoads& measured, double start_unix_s) {
  if (auto r = replace_text(folder / "result.json", result.dump(1) + "\n"); !r) return r;
  if (auto r = replace_text(folder / "environment.json", measured.environment.dump(1) + "\n"); !r) return r;
  std::string samples;
  for (const nlohmann::json& quantum : measured.samples) samples += quantum.dump() + "\n";
  if (auto r = replace_text(folder / "machine.jsonl", samples); !r) return r;
  for (std::size_t i = 0; i < measured.cases.size(); ++i) {
    const auto& histograms = measured.cases[i].histograms;
    for (std::size_t lane = 0; lane < histograms.size(); ++lane) {
      if (histograms[lane].count() == 0) continue;
      const auto log = folder / load_log_name(measured, i, lane);
      if (auto r = replace_log(log, "latency", histograms[lane], {start_unix_s, measured.elapsed_s}); !r)
        return r;
    }
  }
  return write_report(folder);
}

}  // namespace hopcost::campaign
