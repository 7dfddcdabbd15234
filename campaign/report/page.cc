#include "campaign/report/page.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "campaign/report/assets.h"

namespace hopcost::campaign {
namespace {

constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {{"<", "\\u003c"},
                                                                      {">", "\\u003e"},
                                                                      {"&", "\\u0026"},
                                                                      {"\xe2\x80\xa8", "\\u2028"},
                                                                      {"\xe2\x80\xa9", "\\u2029"}};

/// The escape for the character that `text` begins with; null when it needs none.
const std::pair<std::string_view, std::string_view>* escape_at(std::string_view text) {
  for (const auto& escape : kEscapes)
    if (text.starts_with(escape.first)) return &escape;
  return nullptr;
}

}  // namespace

std::string script_safe_json(const nlohmann::json& data) {
  const std::string plain = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string safe;
  safe.reserve(plain.size() + plain.size() / 16);
  for (std::size_t i = 0; i < plain.size();) {
    const auto* escape = escape_at(std::string_view(plain).substr(i));
    if (escape == nullptr) {
      safe += plain[i++];
    } else {
      safe += escape->second;
      i += escape->first.size();
    }
  }
  return safe;
}

std::string make_page(const nlohmann::json& data) {
  const std::string json = script_safe_json(data);
  const std::array<std::pair<std::string_view, std::string_view>, 4> parts{{{"@@style@@", assets::kStyle},
                                                                            {"@@data@@", json},
                                                                            {"@@library@@", assets::kLibrary},
                                                                            {"@@script@@", assets::kScript}}};
  // One pass over our own template: inserted text is never searched for markers.
  std::string page;
  std::string_view rest = assets::kPage;
  for (const auto& [marker, text] : parts) {
    const std::size_t at = rest.find(marker);
    page += rest.substr(0, at);
    page += text;
    rest.remove_prefix(at + marker.size());
  }
  page += rest;
  return page;
}

}  // namespace hopcost::campaign
