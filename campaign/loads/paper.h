// A paper's experiment, run again: which loads on which modes, the paper's own figures, and whether its
// claims hold here. Reads files; else pure. Includes base, stats.
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

/// One figure of a paper's tables or text.
struct PaperRow {
  std::string where, what;  ///< Its place ("Table 2"), and what it is about, in words.
  std::string paper;        ///< The paper's figure, as printed there.
  std::string load, label;  ///< The case that shows it here: the load's name, and words that the case's label
                            ///< must have.
  /// `mode` is compared with `against`, which is host unless the file names another.
  std::string figure, mode, against;
  std::string against_load, against_label;  ///< The case of `against`; the same one unless the file names it.
  /// More than one: the claim is about each of these modes and the one before it. `against` is the first of
  /// them, `mode` the last.
  std::vector<std::string> order;
  /// The interval in which the contrast must lie, as a share or in the figure's unit; nothing: the row claims
  /// nothing.
  std::optional<Interval> claim;
  bool claims_ratio =
      false;           ///< The claim is about the ratio, also of figures that are compared by difference.
  std::string cannot;  ///< Why it can't be measured here; then load, figure and mode may be empty.
};

struct Paper {
  std::string name, title, about;
  std::vector<std::string> modes;
  std::vector<LoadAsk> loads;
  std::vector<PaperRow> rows;
};

/// Reads a paper's file (doc/papers.md has its keys). `name`: of a file in `folder`, or a path. Errors:
/// kMissing, kUsage.
[[nodiscard]] Result<Paper> read_paper(const std::string& name, const std::filesystem::path& folder);

/// Judges each row by the result of the paper's loads (doc/loads.md). Gives {"name", "title", "about",
/// "rows": [{"where", "what", "paper", "mode", "against", "order", "figure", "unit", "here", "here_ci95",
/// "contrast", "compared_by", "claim", "outcome", "reason"}]}. `outcome`: "holds", "does not hold",
/// "undecided", "no claim" or "not measured".
[[nodiscard]] nlohmann::json judge_paper(const Paper& paper, const nlohmann::json& result);

/// Parses a claim: "lower", "higher", "below X", "above X", "X, Y" (between them), or "times X" (the ratio is
/// X, give or take a fifth). Nothing for other words.
[[nodiscard]] std::optional<Interval> parse_claim(const std::string& text);

/// Whether a claim holds. `contrast`: its interval, widened by the lasting difference of the controls.
[[nodiscard]] std::string outcome_of(const std::optional<Interval>& claim,
                                     const std::optional<Interval>& contrast);

/// The rows as a table for the terminal.
[[nodiscard]] std::string paper_table(const nlohmann::json& judged);
/// The rows as CSV (RFC 4180).
[[nodiscard]] std::string paper_csv(const nlohmann::json& judged);
/// The rows as a LaTeX tabular.
[[nodiscard]] std::string paper_latex(const nlohmann::json& judged);

}  // namespace hopcost::campaign
