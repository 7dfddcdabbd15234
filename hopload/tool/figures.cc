#include "hopload/tool/figures.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/control.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

Result<ToolFigure> read_one(const json& j) {
  auto name = get_string(j, "name");
  if (!name) return forward(name);
  ToolFigure f{.name = std::move(*name),
               .unit = get_string_or(j, "unit", ""),
               .better = get_string_or(j, "better", ""),
               .pointer = get_string_or(j, "pointer", ""),
               .regex = get_string_or(j, "regex", ""),
               .scale = get_number_or(j, "scale", 1),
               .compared_by = get_string_or(j, "compared_by", "ratio"),
               .same_within = get_number_or(j, "same_within", 0),
               .over_containers = get_string_or(j, "over_containers", "mean")};
  if (f.better != "higher" && f.better != "lower")
    return error(Exit::kUsage, fmt::format("figure {}: better is \"higher\" or \"lower\"", f.name));
  if (f.over_containers != "sum" && f.over_containers != "mean")
    return error(Exit::kUsage, fmt::format("figure {}: over_containers is \"sum\" or \"mean\"", f.name));
  if (!f.pointer.empty() && !f.regex.empty())
    return error(Exit::kUsage, fmt::format("figure {} has a pointer and a regex", f.name),
                 "give one of them");
  if (!f.pointer.empty() && f.pointer.front() != '/')
    return error(Exit::kUsage,
                 fmt::format("figure {}: the pointer '{}' does not begin with /", f.name, f.pointer));
  try {
    if (!f.regex.empty() && std::regex(f.regex).mark_count() < 1)
      return error(Exit::kUsage, fmt::format("figure {}: the regex has no group in parentheses", f.name));
  } catch (const std::regex_error& e) {
    return error(Exit::kUsage, fmt::format("figure {}: '{}' is no regex: {}", f.name, f.regex, e.what()));
  }
  return f;
}

std::unexpected<Error> nowhere(const ToolFigure& f, const std::string& why, const std::string& words) {
  std::string begin = words.substr(0, 120);
  for (char& c : begin) {
    if (c == '\n') c = ' ';
  }
  return error(Exit::kFailure, fmt::format("the figure {} is not in what the tool printed: {}", f.name, why),
               words.empty() ? "it printed nothing" : fmt::format("it printed: {}", begin));
}

/// Errors: also kFailure where the document says that something went wrong, as iperf3's does in `error`,
/// whatever figures it has.
Result<double> by_pointer(const ToolFigure& f, const json& document, const std::string& words) {
  if (document.is_discarded()) return nowhere(f, "that is not JSON", words);
  if (const auto fault = document.find("error");
      fault != document.end() && fault->is_string() && !fault->get_ref<const std::string&>().empty())
    return error(Exit::kFailure, "the tool says: " + fault->get<std::string>());
  try {
    const json& at = document.at(json::json_pointer(f.pointer));
    if (at.is_number()) return at.get<double>();
    return nowhere(f, f.pointer + " is no number", words);
  } catch (const json::exception&) {
    return nowhere(f, "there is no " + f.pointer, words);
  }
}

Result<double> by_regex(const ToolFigure& f, const std::string& words) {
  std::smatch found;
  if (!std::regex_search(words, found, std::regex(f.regex)))
    return nowhere(f, "nothing matches " + f.regex, words);
  const std::string number = found[1].str();
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (number.empty() || end == number.c_str()) return nowhere(f, "'" + number + "' is no number", words);
  return value;
}

}  // namespace

Result<std::vector<ToolFigure>> read_tool_figures(const json& request) {
  const auto list = request.find("figures");
  if (list == request.end() || !list->is_array() || list->empty())
    return error(Exit::kUsage, "member \"figures\": expected a list of figures",
                 "see doc/control-protocol.md");
  std::vector<ToolFigure> figures;
  for (const json& j : *list) {
    auto one = read_one(j);
    if (!one) return forward(one);
    figures.push_back(std::move(*one));
  }
  return figures;
}

json describe_figures(const std::vector<ToolFigure>& figures) {
  json all = json::array();
  for (const ToolFigure& f : figures) {
    all.push_back({{"name", f.name},
                   {"unit", f.unit},
                   {"better", f.better},
                   {"compared_by", f.compared_by},
                   {"same_within", f.same_within},
                   {"over_containers", f.over_containers}});
  }
  return all;
}

Result<json> find_figures(const std::vector<ToolFigure>& figures, const std::string& words,
                          double elapsed_s) {
  json document, found = json::object();
  for (const ToolFigure& f : figures) {
    if (!f.pointer.empty() && document.is_null()) document = json::parse(words, nullptr, false);
    auto value = !f.pointer.empty() ? by_pointer(f, document, words)
                 : !f.regex.empty() ? by_regex(f, words)
                                    : Result<double>(elapsed_s);
    if (!value) return forward(value);
    if (!std::isfinite(*value)) return nowhere(f, fmt::format("{} is not finite", *value), words);
    found[f.name] = *value * f.scale;
  }
  return found;
}

}  // namespace hopcost::hopload
