#include "pktgen/source/profile/read_short.h"

#include <fmt/format.h>

#include "pktgen/source/profile/flow_text.h"
#include "pktgen/source/profile/words.h"

namespace hopcost::pktgen {
namespace {

/// Reads the text and keeps track of the column.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }
  [[nodiscard]] std::string where() const { return fmt::format("profile:1:{}", at_ + 1); }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }
  /// The text up to one of the characters `ends`, or the end.
  std::string word(const char* ends) {
    const auto end = std::min(text_.find_first_of(ends, at_), text_.size());
    std::string w = text_.substr(at_, end - at_);
    at_ = end;
    return w;
  }
  [[nodiscard]] std::unexpected<Error> fault(const std::string& what) const {
    return error(Exit::kUsage, fmt::format("{}: {}", where(), what));
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

Result<void> at(const std::string& where, Result<void> result) {
  if (!result) result.error().what = fmt::format("{}: {}", where, result.error().what);
  return result;
}

/// "(NAME=VALUE,...)".
Result<void> read_fields(Reader& r, ProfileFlow& flow) {
  if (!r.take('(')) return {};
  while (!r.take(')')) {
    const std::string where = r.where();
    const std::string name = r.word("=,)");
    if (!r.take('=')) return r.fault("here should be FIELD=VALUE");
    const std::string value = r.word(",)");
    if (auto ok = at(where, set_field(flow, name, value)); !ok) return ok;
    r.take(',');
    if (r.done()) return r.fault("a ')' is missing");
  }
  return {};
}

Result<ProfileFlow> read_flow(Reader& r) {
  ProfileFlow flow;
  r.skip_spaces();
  flow.where = flow.sizes_where = r.where();
  do {
    const std::string where = r.where();
    if (auto ok = at(where, add_layer(flow, r.word("/( ;"))); !ok) return forward(ok);
    if (auto ok = read_fields(r, flow); !ok) return forward(ok);
    if (auto ok = at(where, finish_layer(flow)); !ok) return forward(ok);
  } while (r.take('/'));
  for (r.skip_spaces(); !r.done() && r.peek() != ';'; r.skip_spaces()) {
    const std::string where = r.where();
    const std::string name = r.word("= ;");
    if (!r.take('=')) return r.fault("here should be NAME=VALUE");
    if (name == "size") flow.sizes_where = where;
    if (auto ok = at(where, set_property(flow, name, r.word(" ;"))); !ok) return forward(ok);
  }
  return flow;
}

}  // namespace

bool is_short_profile(const std::string& text) {
  return text.starts_with("eth") &&
         (text.size() == 3 || std::string("/( ").find(text[3]) != std::string::npos);
}

Result<Profile> read_short_profile(const std::string& text) {
  Profile p{.name = text, .description = {}, .seed = {}, .flows = {}};
  Reader r(text);
  do {
    auto flow = read_flow(r);
    if (!flow) return forward(flow);
    p.flows.push_back(std::move(*flow));
  } while (r.take(';'));
  if (auto ok = finish_profile(p); !ok) return forward(ok);
  return p;
}

}  // namespace hopcost::pktgen
