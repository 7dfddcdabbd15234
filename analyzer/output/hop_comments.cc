#include "analyzer/output/hop_comments.h"

#include <fmt/format.h>

namespace hopcost::analyzer {

namespace {

std::int64_t difference(std::uint64_t from, std::uint64_t to) {
  return static_cast<std::int64_t>(to - from);
}

}  // namespace

void HopComments::remember(const Sight& s) {
  const auto [at, fresh] = known_.try_emplace(s.number);
  if (fresh) {
    order_.push_back(s.number);
    if (order_.size() > kRemembered) {
      known_.erase(order_.front());
      order_.pop_front();
    }
  }
  Known& k = at->second;
  const auto mark = static_cast<std::uint16_t>(1u << s.tap);
  if (k.seen & mark) {
    k.twice = true;
    return;
  }
  k.seen = static_cast<std::uint16_t>(k.seen | mark);
  k.ns[s.tap] = s.ns;
}

std::string HopComments::name_of_packet(const Sight& s) const {
  if (match_ != Match::kProbe) return to_string(s.flow);
  return fmt::format("flow {} seq {}", s.number >> 48, s.number & kProbeSequenceMask);
}

std::string HopComments::comment(const Sight& s) const {
  const auto at = known_.find(s.number);
  if (at == known_.end()) return name_of_packet(s);
  const Known& k = at->second;
  if (k.twice && match_ != Match::kProbe)
    return fmt::format("ambiguous: another packet is the same, {}", name_of_packet(s));
  if (k.ns[s.tap] != s.ns) return fmt::format("seen before at {}, {}", taps_[s.tap], name_of_packet(s));
  std::string text;
  if (s.tap > 0) {
    const auto& from = taps_[s.tap - 1];
    if ((k.seen >> (s.tap - 1) & 1u) == 0) {
      text = fmt::format("not seen at {}, ", from);
    } else {
      text = fmt::format("hop {}->{} {} ns, ", from, taps_[s.tap], difference(k.ns[s.tap - 1], s.ns));
    }
  }
  if (match_ == Match::kProbe) {
    text += fmt::format("since tx {} ns, ", difference(s.tx_ns, s.ns));
  } else if (s.tap > 1 && (k.seen & 1u) != 0) {
    text += fmt::format("since {} {} ns, ", taps_[0], difference(k.ns[0], s.ns));
  }
  return text + name_of_packet(s);
}

}  // namespace hopcost::analyzer
