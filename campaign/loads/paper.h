// A paper's experiment run again: which loads on which modes, the paper's own rows, and whether what it
// claims holds here. Reads files; else pure. Includes base, stats.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/loads/load_case.h"
#include "stats/paired.h"

namespace hopcost::campaign {

/// One line of a paper's tables or text.
struct PaperRow {
  std::string where, what;  ///< "Table 2"; in words.
  std::string paper;        ///< The paper's figure, as it is printed there.
  std::string load, label;  ///< Of the case that shows it here: its load, and words its label has to have.
  std::string figure, mode,
      against;  ///< `mode` against `against`, which is host unless the file says otherwise.
  std::optional<Interval>
      claim;  ///< Where the contrast has to lie: a share, or in the figure's unit. Nothing: no claim.
  std::string cannot;  ///< Why there is nothing like it here; the rest is empty then.
};

struct Paper {
  std::string name, title, about;
  std::vector<std::string> modes;
  std::vector<LoadAsk> loads;
  std::vector<PaperRow> rows;
};

/// `name`: of a file of `folder`, or a path. doc/papers.md has the keys. Errors: kMissing, kUsage.
[[nodiscard]] Result<Paper> read_paper(const std::string& name, const std::filesystem::path& folder);

/// {"name", "title", "rows": [{"where", "what", "paper", "mode", "against", "figure", "unit", "here",
/// "contrast", "compared_by", "claim", "outcome", "reason"}]}, from the result of its loads (doc/loads.md).
/// `outcome`: holds, does not hold, undecided, no claim, or not measured.
[[nodiscard]] nlohmann::json judge_paper(const Paper& paper, const nlohmann::json& result);

/// Whether a claim holds, of a contrast's interval widened by what the controls differ by.
[[nodiscard]] std::string outcome_of(const std::optional<Interval>& claim,
                                     const std::optional<Interval>& contrast);

/// The rows as a table on the terminal.
[[nodiscard]] std::string paper_table(const nlohmann::json& judged);
/// As CSV (RFC 4180).
[[nodiscard]] std::string paper_csv(const nlohmann::json& judged);
/// As a LaTeX tabular.
[[nodiscard]] std::string paper_latex(const nlohmann::json& judged);

}  // namespace hopcost::campaign
