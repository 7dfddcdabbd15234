#include "pktgen/io/af_xdp/af_xdp_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "pktgen/io/af_xdp/newer_kernel.h"
#include "pktgen/io/af_xdp/xsk_features.h"
#include "pktgen/io/device.h"
#include "pktgen/io/number_list.h"
#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

using Stamps = HardwareClock::Stamps;
using Sockets = std::vector<std::shared_ptr<XskSocket>>;

constexpr std::uint32_t kMostUnasked = 64;  // queues tried when the driver does not say how many

const char* mode_name(XdpMode mode) {
  switch (mode) {
    case XdpMode::kZeroCopy:
      return "zero-copy";
    case XdpMode::kSkb:
      return "skb";
    default:
      return "copy";
  }
}

/// Opens a device's sockets one after the other.
class Opener {
 public:
  Opener(const PortOptions& o, const Device& device, TxLedger ledger)
      : options_(o),
        device_(device),
        ledger_(std::move(ledger)),
        request_{.device = o.spec.device,
                 .ifindex = device.index,
                 .mtu = device.mtu,
                 .numa = device.numa,
                 .mode = o.spec.mode,
                 .send_back = o.send_back,
                 .busy_poll_us = o.spec.busy_poll_us},
        may_stamp_departures_(o.send && !o.send_back &&
                              (xsk_features(device.index).value_or(0) & NETDEV_XSK_FLAGS_TX_TIMESTAMP) != 0) {
    if (o.send_back) request_.chunks *= 2;  // also the other direction's: nothing else is sent
    if (o.spec.frames != 0) request_.chunks = o.spec.frames;
  }

  /// Opens the port of one queue; it also receives on `others`.
  Result<AfXdpBackend::Open> open(std::uint32_t queue, const std::vector<std::uint32_t>& others) {
    auto clock =
        options_.receive ? HardwareClock::open(options_.spec.device, Stamps::kReceived) : std::nullopt;
    auto departures =
        may_stamp_departures_ ? HardwareClock::open(options_.spec.device, Stamps::kSent) : std::nullopt;
    received_on_.clear();
    request_.stamps = clock.has_value();
    request_.metadata = departures.has_value();
    auto first = socket(queue, options_.send);
    if (!first) return forward(first);
    // In copy mode the kernel would write the stamp, when it has finished with the frame.
    if ((*first)->mode() != XdpMode::kZeroCopy) departures.reset();
    if (!(*first)->stamps()) clock.reset();
    AfXdpBackend::Open port;
    port.info = {.backend = AfXdpBackend::kName,
                 .mode = mode_name((*first)->mode()),
                 .driver = device_.driver,
                 .mac = device_.mac,
                 .mtu = device_.mtu,
                 .numa = device_.numa,
                 .link_mbps = device_.link_mbps,
                 .busy_poll_us = options_.spec.busy_poll_us,
                 .rx_stamp = clock ? "hardware" : "software",
                 .tx_stamp = departures ? "hardware" : "software"};
    const std::uint32_t longest = (*first)->longest_frame();
    if (longest < device_.mtu + layout::kEthBytes + layout::kVlanBytes) port.info.longest_frame = longest;
    Sockets senders{*first};
    if (options_.receive) {
      auto sockets = receivers(std::move(*first), others);
      if (!sockets) return forward(sockets);
      port.info.rx_queues = received_on_;
      if (senders.front()->sends_back()) senders = *sockets;
      port.rx.emplace(std::move(*sockets), ledger_.link(), std::move(clock));
    }
    if (options_.send) port.tx.emplace(std::move(senders), ledger_, std::move(departures));
    return port;
  }

 private:
  Result<std::shared_ptr<XskSocket>> socket(std::uint32_t queue, bool send) {
    request_.queue = queue;
    request_.send = send;
    request_.receive = options_.receive;
    auto socket = XskSocket::open(request_);
    if (!socket) return socket;
    // The first socket finds the mode and loads the program that serves all of them.
    request_.mode = (*socket)->mode();
    request_.redirect = (*socket)->redirect();
    received_on_.push_back(queue);
    return socket;
  }
  Result<Sockets> receivers(std::shared_ptr<XskSocket> first, const std::vector<std::uint32_t>& others) {
    Sockets sockets{std::move(first)};
    request_.metadata = false;
    for (const std::uint32_t queue : others) {
      auto next = socket(queue, sockets.front()->sends_back());
      if (!next && next.error().err == EINVAL && !receive_queues(options_.spec.device))
        break;  // the last one
      if (!next) return forward(next);
      sockets.push_back(std::move(*next));
    }
    return sockets;
  }

  const PortOptions& options_;
  const Device& device_;
  TxLedger ledger_;
  XskRequest request_;
  bool may_stamp_departures_;
  std::vector<std::uint32_t> received_on_;
};

/// All receive queues of the device except the first.
std::vector<std::uint32_t> other_queues(const PortOptions& o) {
  std::vector<std::uint32_t> queues;
  const std::uint32_t end = receive_queues(o.spec.device).value_or(kMostUnasked);
  for (std::uint32_t q = 1; o.receive && q < end; ++q) queues.push_back(q);
  return queues;
}

void warn_of_tags(const PortOptions& o, const Device& device) {
  if (o.receive && device.takes_tags)
    log_warn("{} takes VLAN tags off before XDP sees a frame: ethtool -K {} rxvlan off", o.spec.device,
             o.spec.device);
}

/// Warns if a person named fewer queues than the device has: frames on the others go to the stack, and
/// nothing counts them.
void warn_of_others(const PortOptions& o) {
  const std::uint32_t there = receive_queues(o.spec.device).value_or(0);
  if (!o.receive || o.spec.queues.size() >= there) return;
  log_warn("{} receives on {} queues, and queue={} is read alone: what comes in on others counts as lost",
           o.spec.device, there, to_string(o.spec.queues));
}

}  // namespace

Result<std::vector<AfXdpBackend::Open>> AfXdpBackend::open(const PortOptions& o) {
  auto ledger = TxLedger::open(o.spec.device, o.spec.any_carrier);
  if (!ledger) return forward(ledger);
  auto device = read_device(o.spec.device);
  if (!device) return forward(device);
  warn_of_tags(o, *device);
  Opener opener(o, *device, *ledger);
  const auto others = o.spec.names_queues ? std::vector<std::uint32_t>{} : other_queues(o);
  if (o.spec.names_queues) warn_of_others(o);
  std::vector<Open> ports;
  for (const std::uint32_t queue : o.spec.queues) {
    auto port = opener.open(queue, others);
    if (!port) return forward(port);
    ports.push_back(std::move(*port));
  }
  // Some NICs take their link down for a moment when an XDP program is attached or a socket bound.
  if (auto ok = ledger->link()->await(); !ok) return forward(ok);
  return ports;
}

}  // namespace hopcost::pktgen
