// One rule of nftables as the kernel takes it (linux/netfilter/nf_tables.h) and as nft(8) prints it, written
// word by word: each call appends one match or the verdict. One thread at a time. Includes base/ and
// topology/.
#pragma once

#include <cstdint>
#include <string>

#include "base/netlink/message.h"
#include "nsglue/topology/address.h"

namespace hopcost::nsglue {

/// Of linux/netfilter.h, which can't be included beside netinet/in.h; the next two as well.
enum NftVerdict : std::uint32_t { kNftDrop = 0, kNftAccept = 1 };
/// Where a chain stands in a packet's way: NF_INET_*.
enum NftHook : std::uint32_t {
  kNftPrerouting = 0,
  kNftInput = 1,
  kNftForward = 2,
  kNftOutput = 3,
  kNftPostrouting = 4
};
/// Its place among the chains of a hook: NF_IP_PRI_* of linux/netfilter_ipv4.h, the same for IPv6.
enum NftPriority : std::int32_t { kNftDestinationNat = -100, kNftFilter = 0, kNftSourceNat = 100 };

/// The table that holds all our rules of a family that are in nftables' dialect.
inline constexpr const char* kNftTable = "hopcost";

/// In whose expressions rules are written: nftables' own, or those that iptables-nft (1.8) writes: a counter
/// in each rule, and xtables' matches and targets where that program has no expression of nftables for them.
enum class NftDialect { kNftables, kIptables };

class NftRule {
 public:
  /// `family`: AF_INET or AF_INET6. Appended to the chain when it is sent.
  NftRule(int family, const char* chain, const std::string& table = kNftTable,
          NftDialect dialect = NftDialect::kNftables);

  NftRule& from_device(const std::string& device, bool is);  ///< it came in by the device, or by another.
  NftRule& to_device(const std::string& device, bool is);    ///< it goes out by the device, or by another.
  NftRule& to_this_host();                                   ///< its destination is an address of the node.
  NftRule& from_net(const Prefix& net);                      ///< its source is of that net.
  NftRule& to_address(const Prefix& address);  ///< its destination; the prefix length is ignored.
  NftRule& to_net(const Prefix& net);          ///< its destination is of that net.
  NftRule& udp_port(std::uint16_t port);       ///< destination port.
  NftRule& of_known_connection();              ///< established or related.
  NftRule& translate_to(const Prefix& address, std::uint16_t port);  ///< its destination becomes this one.
  NftRule& masquerade();                                             ///< its source becomes the node's own.
  NftRule& accept();                                                 ///< it passes.
  NftRule& drop();                                                   ///< it does not.

  [[nodiscard]] const char* chain() const noexcept { return chain_; }
  /// "fib daddr type local udp dport 9 dnat to 198.18.1.2:9".
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// The complete message. Nothing may be appended afterwards.
  [[nodiscard]] netlink::Message& finish();

 private:
  template <class Fill>
  void expression(const char* name, Fill&& fill);
  void say(const std::string& words);
  void load_meta(std::uint32_t key);
  void load(std::uint32_t base, std::uint32_t offset, std::uint32_t bytes);
  void mask(const void* bits, std::size_t bytes);
  void compare(std::uint32_t operation, const void* value, std::size_t bytes);
  void device(std::uint32_t key, const std::string& name, bool is);
  void address(const char* word, std::uint32_t offset, const Prefix& net);
  void immediate(std::uint32_t into, const void* value, std::size_t bytes);
  void verdict(NftVerdict verdict, const char* word);
  void count();
  void match(const char* name, std::uint32_t revision, const void* info, std::size_t bytes);
  void target(const char* name, std::uint32_t revision, const void* info, std::size_t bytes);

  int family_;
  NftDialect dialect_;
  const char* chain_;
  std::string text_;
  netlink::Message message_;
  nlattr* list_;
};

}  // namespace hopcost::nsglue
