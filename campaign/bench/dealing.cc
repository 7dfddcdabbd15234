#include "campaign/bench/dealing.h"

#include <algorithm>

#include "campaign/bench/lanes.h"

namespace hopcost::campaign {
namespace {

/// Deals 0 .. count-1 in random order, each once before any comes again.
class Deck {
 public:
  Deck(std::size_t count, Random& random) : count_(count), random_(random) {}
  std::size_t next() {
    if (left_.empty()) left_ = draw_order(count_, random_);
    const std::size_t dealt = left_.back();
    left_.pop_back();
    return dealt;
  }

 private:
  std::size_t count_;
  Random& random_;
  std::vector<std::size_t> left_;
};

}  // namespace

Dealing Dealing::draw(const Load& load, std::uint64_t packets, Random& random) {
  Dealing dealing(load.deal, load.containers);
  const auto length = static_cast<std::size_t>(std::clamp<std::uint64_t>(packets, 1, kLongest));
  dealing.aim_ = draw_order(load.containers, random).front();
  if (load.deal == Deal::kAlone) {
    dealing.order_ = {dealing.aim_};
    return dealing;
  }
  const bool aimed = load.deal == Deal::kAimed;
  Deck deck(aimed ? load.containers - 1 : load.containers, random);
  for (std::size_t i = 0; i < length; ++i) {
    if (aimed && i % 2 == 0) {
      dealing.order_.push_back(dealing.aim_);
      continue;
    }
    const std::size_t dealt = deck.next();
    dealing.order_.push_back(aimed && dealt >= dealing.aim_ ? dealt + 1 : dealt);
  }
  return dealing;
}

}  // namespace hopcost::campaign
