// One path: its taps in the order a packet passes them, what brings them together, and the sinks at its end.
// One thread at a time; who shares it locks around it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/tap/any_tap.h"
#include "analyzer/watch/account.h"
#include "analyzer/watch/sink.h"

namespace hopcost::analyzer {

class Path {
 public:
  /// No taps yet.
  explicit Path(Account::Options options) : options_(options) {}

  /// Sets the taps, in order; what they were is given back for closing. Forgets all that was counted.
  [[nodiscard]] std::vector<AnyTap> set_taps(std::vector<AnyTap> taps);
  /// Takes the taps out, for opening more beside them or closing them.
  [[nodiscard]] std::vector<AnyTap> take_taps() { return set_taps({}); }
  /// It stays open as long as the path.
  void add_sink(Sink sink) { sinks_.push_back(std::move(sink)); }

  [[nodiscard]] const std::vector<AnyTap>& taps() const noexcept { return taps_; }
  [[nodiscard]] const std::vector<Sink>& sinks() const noexcept { return sinks_; }
  /// Null while there is no tap.
  [[nodiscard]] Account* account() noexcept { return account_ ? &*account_ : nullptr; }
  /// Null while there is no tap, and when packets are matched.
  [[nodiscard]] Lanes* lanes() noexcept { return account_ ? account_->lanes() : nullptr; }

  /// Accounts all that the taps hold.
  void drain() noexcept;
  /// Throws away all that the taps hold, and their counts of drops.
  void discard() noexcept;

  /// Names, and ring drops per tap since discard().
  [[nodiscard]] std::vector<TapFacts> facts();
  /// Frames that passed tap `i` since discard() and carry nothing by which to know them.
  [[nodiscard]] std::uint64_t others(std::size_t i) const noexcept { return others_[i]; }
  /// Milliseconds after a packet passed by which drain() has it from every tap.
  [[nodiscard]] unsigned settle_ms() const noexcept;

 private:
  [[nodiscard]] bool drain_some(std::size_t most) noexcept;

  Account::Options options_;
  std::vector<AnyTap> taps_;
  std::vector<Sink> sinks_;
  std::optional<Account> account_;
  std::vector<std::uint64_t> drops_, others_;
};

}  // namespace hopcost::analyzer
