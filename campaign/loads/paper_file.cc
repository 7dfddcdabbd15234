#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

#include "base/completion.h"
#include "base/text.h"
#include "base/toml_file.h"
#include "campaign/loads/paper.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

Result<std::string> word(TomlTable& table, const char* key, std::string otherwise) {
  auto value = table.optional_string(key);
  if (!value) return forward(value);
  return value->value_or(std::move(otherwise));
}

/// Reads a claim: "lower", "higher", or the two numbers between which the contrast must lie, as in "-0.05,
/// 0.05".
Result<std::optional<Interval>> read_claim(TomlTable& table) {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  auto text = table.optional_string("claim");
  if (!text) return forward(text);
  if (!*text) return std::optional<Interval>();
  if (**text == "lower") return std::optional(Interval{-kAny, 0});
  if (**text == "higher") return std::optional(Interval{0, kAny});
  const auto ends = split(**text, ',');
  const auto number = [&](std::size_t i) -> std::optional<double> {
    char* end = nullptr;
    const double value = std::strtod(ends[i].c_str(), &end);
    const bool whole =
        end != ends[i].c_str() && ends[i].find_first_not_of(' ', end - ends[i].c_str()) == std::string::npos;
    return whole ? std::optional(value) : std::nullopt;
  };
  const auto lo = ends.size() == 2 ? number(0) : std::nullopt,
             hi = ends.size() == 2 ? number(1) : std::nullopt;
  if (!lo || !hi || !(*lo < *hi))
    return table.fault("claim", "\"lower\", \"higher\", or two numbers, as in \"-0.05, 0.05\"");
  return std::optional(Interval{*lo, *hi});
}

Result<PaperRow> read_row(TomlTable& table) {
  PaperRow row;
  for (auto [key, into] : {std::pair{"where", &row.where},
                           {"what", &row.what},
                           {"paper", &row.paper},
                           {"load", &row.load},
                           {"label", &row.label},
                           {"figure", &row.figure},
                           {"mode", &row.mode},
                           {"cannot", &row.cannot}}) {
    auto value = word(table, key, "");
    if (!value) return forward(value);
    *into = std::move(*value);
  }
  auto against = word(table, "against", "host");
  if (!against) return forward(against);
  row.against = std::move(*against);
  auto claim = read_claim(table);
  if (!claim) return forward(claim);
  row.claim = *claim;
  if (row.what.empty()) return table.fault("what", "a row says what it is of");
  if (row.cannot.empty() && (row.load.empty() || row.figure.empty() || row.mode.empty()))
    return table.fault("load", "a row has load, figure and mode, or says why it cannot be had");
  if (auto r = table.finish(); !r) return forward(r);
  return row;
}

/// Reads a [[load]]: `use`, and parameters that replace those of the load's file.
Result<LoadAsk> read_ask(TomlTable& table) {
  LoadAsk ask;
  auto use = table.string("use");
  if (!use) return forward(use);
  ask.use = std::move(*use);
  for (const std::string& key : table.keys()) {
    if (key == "use") continue;
    auto text = table.optional_text(key);
    if (!text) return forward(text);
    ask.parameters[key] = split(**text, '|');
  }
  return ask;
}

template <class T, class Read>
Result<void> read_all(TomlTable& root, const char* key, Read&& read, std::vector<T>& into) {
  auto tables = root.tables(key);
  if (!tables) return forward(tables);
  for (TomlTable& table : *tables) {
    auto one = read(table);
    if (!one) return forward(one);
    into.push_back(std::move(*one));
  }
  return {};
}

Result<Paper> read_root(TomlTable& root) {
  Paper paper;
  for (auto [key, into] :
       {std::pair{"name", &paper.name}, {"title", &paper.title}, {"about", &paper.about}}) {
    auto value = root.string(key);
    if (!value) return forward(value);
    *into = std::move(*value);
  }
  auto modes = root.strings("modes");
  if (!modes) return forward(modes);
  paper.modes = std::move(*modes);
  if (auto r = read_all(root, "load", read_ask, paper.loads); !r) return forward(r);
  if (auto r = read_all(root, "row", read_row, paper.rows); !r) return forward(r);
  if (paper.loads.empty()) return root.fault("load", "a paper needs a [[load]]");
  if (auto r = root.finish(); !r) return forward(r);
  return paper;
}

}  // namespace

Result<Paper> read_paper(const std::string& name, const fs::path& folder) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  const fs::path path = is_path ? fs::path(name) : folder / (name + ".toml");
  std::error_code none;
  if (!fs::exists(path, none))
    return error(Exit::kMissing, fmt::format("there is no paper '{}'", name),
                 fmt::format("there are {}; or name a file", fmt::join(shipped_names("papers"), ", ")));
  auto file = TomlFile::read(path);
  if (!file) return forward(file);
  TomlTable root = file->root();
  return read_root(root);
}

}  // namespace hopcost::campaign
