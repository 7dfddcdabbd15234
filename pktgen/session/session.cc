#include "pktgen/session/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "base/log.h"
#include "base/privilege.h"
#include "base/units.h"
#include "pktgen/pace/thread.h"

namespace hopcost::pktgen {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return device();
}

/// The spec as text, with one of its queues alone.
std::string one_queue(PortSpec spec, std::uint32_t queue) {
  spec.queues = {queue};
  spec.names_queues = queue != 0;
  return to_string(spec);
}

int cpu_of(const std::vector<std::uint32_t>& cpus, std::size_t worker) {
  return cpus.empty() ? -1 : static_cast<int>(cpus[worker]);
}

}  // namespace

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(const Plan& plan) {
  std::unique_ptr<Session> s(new Session(plan));
  keep_off_cpus(plan.cpus);
  keep_off_cpus(plan.rx_cpus);
  s->seed_ = plan.seed ? *plan.seed : random_seed();
  if (auto ok = s->open_ports(); !ok) return forward(ok);
  if (auto ok = s->open_capture(); !ok) return forward(ok);
  if (auto ok = s->make_specs(); !ok) return forward(ok);
  if (auto ok = s->open_writers(); !ok) return forward(ok);
  auto clock = TscClock::calibrate();
  if (!clock) return forward(clock);
  s->clock_ = *clock;
  if (auto ok = s->start_senders(); !ok) return forward(ok);
  return s;
}

Result<void> Session::open_ports() {
  for (auto spec = plan_.ports.begin(); spec != plan_.ports.end(); ++spec) {
    const auto same = plan_.turns ? std::find(plan_.ports.begin(), spec, *spec) : spec;
    if (same != spec) {  // one port, several lanes
      lanes_.push_back(lanes_[static_cast<std::size_t>(same - plan_.ports.begin())]);
    } else if (auto ok = open_tx(*spec); !ok) {
      return ok;
    }
  }
  place_workers();
  if (!plan_.rx_ports.empty() && !plan_.profile) boards_ = std::vector<LatenessBoard>(lanes_.size());
  return plan_.rx_is_port ? Result<void>{} : open_rx();
}

/// Opens a port to send; each of its queues becomes a lane.
Result<void> Session::open_tx(const PortSpec& spec) {
  const bool receive = receives(plan_, spec);
  auto queues = open_queues({.spec = spec, .receive = receive, .i_mean_it = plan_.i_mean_it});
  if (!queues) return forward(queues);
  link_mbps_ += info_of(queues->front()).link_mbps;
  for (std::size_t q = 0; q < queues->size(); ++q) {
    if (receive && !can_receive((*queues)[q]))
      return error(Exit::kUsage, fmt::format("{} cannot receive", to_string(spec)));
    lanes_.push_back({one_queue(spec, spec.queues[q]), spec.queues[q], info_of((*queues)[q]), tx_.size()});
    tx_.push_back(std::move((*queues)[q]));
  }
  return {};
}

/// Makes one worker per lane, or with turns one for all lanes.
void Session::place_workers() {
  for (const LanePlace& lane : lanes_) {
    if (plan_.turns && !places_.empty()) {
      places_.front().port += " " + lane.port;
      continue;
    }
    places_.push_back({lane.port, lane.queue, cpu_of(plan_.cpus, places_.size()), lane.info});
  }
}

Result<void> Session::open_rx() {
  for (const auto& spec : plan_.rx_ports) {
    // The port only listens, but an XDP program there would still take the host's traffic.
    auto queues = open_queues({.spec = spec, .send = false, .receive = true, .i_mean_it = plan_.i_mean_it});
    if (!queues) return forward(queues);
    for (auto& q : *queues) {
      if (!can_receive(q)) return error(Exit::kUsage, fmt::format("{} cannot receive", to_string(spec)));
      rx_.push_back(std::move(q));
    }
  }
  return {};
}

Result<void> Session::open_capture() {
  if (!plan_.replay) return {};
  auto fd = open_to_read(plan_.replay->file);
  if (!fd) return forward(fd);
  capture_ = std::move(*fd);
  plan_.replay->descriptor = capture_.get();
  return {};
}

namespace {

/// A capture with one interface per port; lanes may share one.
Result<PcapngWriter> open_writer(const std::string& path, const std::vector<PortSpec>& ports) {
  auto writer = PcapngWriter::create(path, "pktgen " HOPCOST_VERSION);
  if (!writer) return writer;
  for (auto port = ports.begin(); port != ports.end(); ++port)
    if (std::find(ports.begin(), port, *port) == port) writer->add_interface(to_string(*port));
  return writer;
}

Result<RxCapture> open_rx_capture(const Plan& plan) {
  auto writer = open_writer(plan.rx_write, {plan.rx_ports.front()});
  if (!writer) return forward(writer);
  RxCapture capture{.writer = std::move(*writer)};
  if (plan.filter.empty()) return capture;
  auto wanted = libpcap::Filter::compile(plan.filter, kLinkTypeEthernet);
  if (!wanted) return forward(wanted);
  capture.wanted.emplace(std::move(*wanted));
  return capture;
}

}  // namespace

Result<void> Session::open_writers() {
  if (!plan_.write.empty()) {
    auto writer = open_writer(plan_.write, plan_.ports);
    if (!writer) return forward(writer);
    tx_writer_.emplace(std::move(*writer));
  }
  if (!plan_.hdr_log.empty()) {
    auto log = LatencyLog::create(plan_.hdr_log);
    if (!log) return forward(log);
    log_ = std::move(*log);
  }
  if (plan_.rx_write.empty()) return {};
  auto capture = open_rx_capture(plan_);
  if (!capture) return forward(capture);
  rx_capture_.emplace(std::move(*capture));
  return {};
}

Result<void> Session::make_specs() {
  if (plan_.replay && std::exchange(capture_read_, true) && lseek(capture_.get(), 0, SEEK_SET) != 0)
    return error(Exit::kUsage,
                 fmt::format("{} is no file but a stream: it can't be sent twice", plan_.replay->file),
                 "write it to a file first");
  specs_.clear();
  const std::size_t each = lanes_.size() / places_.size();  // lanes of a worker
  for (std::size_t w = 0; w < places_.size(); ++w) {
    std::vector<PortInfo> infos;
    for (std::size_t i = 0; i < each; ++i) infos.push_back(lanes_[w * each + i].info);
    auto spec = spec_of(plan_, infos, seed_, {.index = w, .of = places_.size(), .link_mbps = link_mbps_});
    if (!spec) return forward(spec);
    for (std::size_t i = 0; i < each; ++i) {
      const std::size_t lane = w * each + i;
      spec->lanes[i].port = &tx_[lanes_[lane].open];
      if (!boards_.empty()) spec->lanes[i].board = &boards_[lane];
    }
    specs_.push_back(std::move(*spec));
  }
  fresh_ = true;
  return {};
}

/// Makes the specs anew, for another rate. A capture of which nothing was sent yet is not opened again,
/// because it may be a stream.
Result<void> Session::remake_specs() {
  if (!fresh_ || !plan_.replay) return make_specs();
  auto spec = spec_of(plan_, seed_, {.index = 0, .of = 1, .link_mbps = link_mbps_}, specs_.front().lanes);
  if (!spec) return forward(spec);
  specs_.front() = std::move(*spec);
  return {};
}

Result<void> Session::start_senders() {
  const bool keeps_bpf =
      std::any_of(lanes_.begin(), lanes_.end(), [](const LanePlace& p) { return p.info.keeps_bpf; });
  constexpr int kCapNetAdmin = 12, kCapPerfmon = 38, kCapBpf = 39;
  const auto keep = keeps_bpf ? std::vector{kCapNetAdmin, kCapPerfmon, kCapBpf} : std::vector<int>{};
  for (std::size_t w = 0; w < places_.size(); ++w) {
    auto worker = SendWorker::start({.cpu = places_[w].cpu,
                                     .clock = *clock_,
                                     .lateness = plan_.metrics.has_value(),
                                     .writer = tx_writer_ ? &*tx_writer_ : nullptr,
                                     .ready = [keep] { return drop_thread_capabilities_but(keep); }});
    if (!worker) return forward(worker);
    senders_.add(std::move(*worker));
  }
  return drop_capabilities_but(keep);
}

/// One account per flow. A board finds a packet by its number in the lane. That is the probe's number only in
/// a lane of one flow, so a profile's flows get no board.
RxAccounts Session::accounts() const {
  std::vector<RxAccount> accounts;
  for (const RunSpec& spec : specs_) {
    for (const LaneSpec& lane : spec.lanes) {
      if (const auto* profile = std::get_if<ProfileSource>(&lane.source)) {
        for (const auto& flow : profile->flows()) accounts.emplace_back(flow.id, 0, nullptr);
      } else {
        accounts.emplace_back(static_cast<std::uint16_t>(plan_.frame.flow + accounts.size()), 0,
                              spec.pps > 0 ? lane.board : nullptr);
      }
    }
  }
  RxAccounts all(std::move(accounts));
  all.ignore_before(kernel_clock_ns(CLOCK_REALTIME));
  return all;
}

void Session::start_feed(const RxAccounts& accounts) {
  if (!plan_.live && plan_.stats_ns == 0 && !log_) return;
  std::vector<std::uint16_t> flows;
  for (const RxAccount& a : accounts.all()) flows.push_back(a.flow());
  feed_ = std::make_unique<LatencyFeed>(std::move(flows));
  if (log_)
    log_->start(*feed_, plan_.rx_is_port ? "rtt" : "one-way",
                plan_.stats_ns > 0 ? plan_.stats_ns : kNsPerSecond);
}

void Session::start_receivers() {
  receivers_.clear();
  if (plan_.rx_ports.empty()) return;
  const RxAccounts fresh = accounts();
  start_feed(fresh);
  std::size_t worker = 0;
  for (AnyPort& port : plan_.rx_is_port ? tx_ : rx_) {
    if (!can_receive(port)) continue;
    receivers_.add(std::make_unique<RxWorker>(
        port, fresh, *clock_, cpu_of(plan_.rx_cpus, worker++), rx_capture_ ? &*rx_capture_ : nullptr,
        plan_.metrics.has_value(), feed_ ? &feed_->add_recorder() : nullptr));
  }
}

Result<void> Session::begin(std::uint64_t earliest_ns) {
  if (!fresh_) {
    if (auto ok = make_specs(); !ok) return ok;
  }
  fresh_ = false;
  start_receivers();
  senders_.begin(specs_, earliest_ns);
  return {};
}

Result<Outcome> Session::finish() {
  auto results = senders_.finish();
  if (!results) {
    specs_.clear();
    (void)receivers_.finish(0, std::chrono::milliseconds(0));
    return forward(results);
  }
  RunResult total = merge_results(*results);
  Outcome o{.places = places_,
            .lanes = lanes_,
            .specs = std::move(specs_),
            .results = std::move(*results),
            .total = std::move(total),
            .flows = {},
            .rx = {}};
  specs_.clear();
  o.flows = ended_ = sent_flows(o.specs, o.total, plan_.frame.flow);
  o.rx = receivers_.finish(o.probes(), std::chrono::milliseconds(plan_.linger_ns / 1'000'000));
  if (rx_capture_ && rx_capture_->written == 0)
    log_warn("{} has no packet: {}", plan_.rx_write,
             rx_capture_->seen == 0
                 ? "nothing came in"
                 : fmt::format("--filter picked none of {} that came in", rx_capture_->seen));
  if (log_) log_->end_run();
  return o;
}

std::vector<SentFlow> Session::sent_now() const {
  if (specs_.empty() || fresh_) return ended_;
  return sent_flows_now(specs_, plan_.frame.flow);
}

Result<void> Session::set_rate(const std::string& text) {
  auto pieces = parse_rate_pieces(text);
  if (!pieces) return forward(pieces);
  if (plan_.replay) {
    if (auto ok = check_replay_rate(*pieces); !ok) return ok;
  }
  if (!specs_.empty() && !fresh_) {  // begun and not finished
    if (auto ok = running() ? change_gaps(*pieces) : Result<void>{}; !ok) return ok;
    plan_.rate = std::move(*pieces);
    return {};
  }
  std::swap(plan_.rate, *pieces);
  auto made = remake_specs();
  if (made) return {};
  std::swap(plan_.rate, *pieces);
  fresh_ = fresh_ && plan_.replay;  // else begin() makes them anew
  return forward(made);
}

Result<void> Session::set_length(std::optional<std::uint64_t> count,
                                 std::optional<std::uint64_t> duration_ns) {
  if (!specs_.empty() && !fresh_) return error(Exit::kUsage, "a run is under way", "stop it first");
  if (count && *count < places_.size())
    return error(Exit::kUsage, fmt::format("a count of {} leaves some of {} workers nothing to send", *count,
                                           places_.size()));
  plan_.count = count;
  plan_.duration_ns = duration_ns;
  return remake_specs();
}

Result<void> Session::change_gaps(const std::vector<RatePiece>& pieces) {
  const RunSpec& first = specs_.front();
  const RatePiece& rate = pieces.front();
  if (pieces.size() > 1 || rate.ns != 0 || rate.from.unit == Rate::Unit::kMax)
    return error(Exit::kUsage, "a run that lasts takes one rate: no ramp, no steps and not max",
                 "stop it, set the rate, and start again");
  if (first.recorded || first.pps == 0)
    return error(Exit::kUsage, "this run has no rate that could change: it is flat out, or at recorded times",
                 "stop it, set the rate, and start again");
  auto steps = steps_of(pieces, mean_size(plan_, first.lanes.front().source), link_mbps_);
  if (!steps) return forward(steps);
  if (auto ok = check_train(plan_, *steps); !ok) return ok;
  const double gap_ns = 1e9 * first.burst * static_cast<double>(specs_.size()) / steps->front().from;
  const auto apart_ns = specs_.size() > 1 ? workers_apart_ns(plan_, *steps) : std::nullopt;
  const double per_ns = clock_->ticks_per_ns();
  senders_.set_gap(gap_ns * per_ns, apart_ns ? std::optional(*apart_ns * per_ns) : std::nullopt);
  return {};
}

Result<void> Session::flush() {
  if (log_) {
    if (auto ok = log_->written(); !ok) return ok;
  }
  for (PcapngWriter* writer :
       {tx_writer_ ? &*tx_writer_ : nullptr, rx_capture_ ? &rx_capture_->writer : nullptr}) {
    if (writer == nullptr) continue;
    if (auto ok = writer->flush(); !ok) return ok;
  }
  return {};
}

}  // namespace hopcost::pktgen
