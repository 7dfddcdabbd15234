// The doctor's findings as text and as JSON. Pure.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "campaign/doctor/doctor.h"

namespace hopcost::campaign {
namespace {

struct Look {
  const char* word;
  const char* json;
  const char* colour;
};

const Look& look_of(Finding::State state) {
  static constexpr Look kLooks[] = {
      {"ok  ", "ok", "\033[32m"}, {"warn", "warn", "\033[33m"}, {"FAIL", "fail", "\033[31m"}};
  return kLooks[static_cast<std::size_t>(state)];
}

/// Keeps a finding on one line, whatever control characters a file or the kernel put into it.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::ptrdiff_t count(const std::vector<Finding>& findings, Finding::State state) {
  return std::ranges::count(findings, state, &Finding::state);
}

}  // namespace

std::string render(const std::vector<Finding>& findings, bool colour) {
  const char* const plain = colour ? "\033[0m" : "";
  const char* const bold = colour ? "\033[1m" : "";
  const char* const faint = colour ? "\033[2m" : "";
  std::size_t width = 0;
  for (const Finding& f : findings) width = std::max(width, f.item.size());
  std::string text, area;
  for (const Finding& f : findings) {
    if (f.area != area) {
      text += fmt::format("{}{}{}{}\n", area.empty() ? "" : "\n", bold, f.area, plain);
      area = f.area;
    }
    const Look& look = look_of(f.state);
    text += fmt::format("  {}{}{}  {:<{}}  {}\n", colour ? look.colour : "", look.word, plain,
                        printable(f.item), width, printable(f.found));
    if (!f.mend.empty())
      text += fmt::format("  {:<{}}  {}-> {}{}\n", "", width + 6, faint, printable(f.mend), plain);
  }
  text += fmt::format("\n{} ok, {} to mind, {} that fail\n", count(findings, Finding::State::kOk),
                      count(findings, Finding::State::kWarn), count(findings, Finding::State::kFail));
  return text;
}

nlohmann::json to_json(const std::vector<Finding>& findings) {
  nlohmann::json all = nlohmann::json::array();
  for (const Finding& f : findings) {
    all.push_back({{"area", f.area},
                   {"item", f.item},
                   {"state", look_of(f.state).json},
                   {"found", f.found},
                   {"mend", f.mend.empty() ? nlohmann::json(nullptr) : nlohmann::json(f.mend)}});
  }
  return {{"schema", "hopcost.doctor/1"},
          {"findings", std::move(all)},
          {"ok", count(findings, Finding::State::kOk)},
          {"warn", count(findings, Finding::State::kWarn)},
          {"fail", count(findings, Finding::State::kFail)}};
}

}  // namespace hopcost::campaign
