#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "campaign/loads/paper.h"
#include "campaign/report/figure_text.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// The columns of one row, as text.
std::vector<std::string> row_columns(const json& row) {
  return {row["where"],
          row["what"],
          row["paper"],
          figure_text(row["here"], row["here_ci95"], row["unit"].is_string() ? row["unit"] : json("")),
          row["contrast"].is_object() ? contrast_text(row, row["contrast"]) : "",
          row["outcome"],
          row["reason"].is_string() ? row["reason"].get<std::string>() : ""};
}

constexpr const char* kHeads[] = {"where",   "what",  "paper", "here", "mode against the other",
                                  "outcome", "reason"};

std::string tex(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\')
      safe += "\\textbackslash{}";
    else if (c == '~')
      safe += "\\textasciitilde{}";
    else if (c == '^')
      safe += "\\textasciicircum{}";
    else if (std::string("&%$#_{}").find(c) != std::string::npos)
      safe += std::string("\\") + c;
    else
      safe += c;
  }
  return safe;
}

}  // namespace

std::string paper_table(const json& judged) {
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back(kHeads, kHeads + 6);
  std::map<std::string, int> outcomes;
  for (const json& row : judged["rows"]) {
    ++outcomes[row["outcome"].get<std::string>()];
    lines.push_back(row_columns(row));
  }
  std::vector<std::size_t> widths(5);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text = judged["title"].get<std::string>() + "\n\n";
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) text += fmt::format("{:<{}}  ", line[i], widths[i]);
    text += line[5] + "\n";
    if (line.size() > 6 && !line[6].empty()) text += fmt::format("{:<{}}  ({})\n", "", widths[0], line[6]);
  }
  text += "\n";
  for (const auto& [outcome, n] : outcomes) text += fmt::format("{} {}, ", n, outcome);
  text.resize(text.size() - (outcomes.empty() ? 0 : 2));
  return text + "\n";
}

std::string paper_csv(const json& judged) {
  std::string text;
  for (const char* head : kHeads) text += (text.empty() ? "" : ",") + csv_text(head);
  text += "\r\n";
  for (const json& row : judged["rows"]) {
    std::string line;
    for (const std::string& column : row_columns(row)) line += (line.empty() ? "" : ",") + csv_text(column);
    text += line + "\r\n";
  }
  return text;
}

std::string paper_latex(const json& judged) {
  std::string text = "% " + judged["title"].get<std::string>() + "\n\\begin{tabular}{llllll}\n";
  for (std::size_t i = 0; i < 6; ++i) text += std::string(i == 0 ? "" : " & ") + kHeads[i];
  text += " \\\\ \\hline\n";
  for (const json& row : judged["rows"]) {
    const auto all = row_columns(row);
    for (std::size_t i = 0; i < 6; ++i) text += (i == 0 ? "" : " & ") + tex(all[i]);
    text += " \\\\\n";
  }
  return text + "\\end{tabular}\n";
}

}  // namespace hopcost::campaign
