#include "pktgen/options/cli.h"

#include <CLI/CLI.hpp>

#include "pktgen/options/completion.h"

namespace hopcost::pktgen {
namespace {

void add_ports(CLI::App& app, Config& c) {
  app.add_option(
         "--port", c.ports,
         "Port to send from: "
         "BACKEND:DEVICE[@NETNS][,mode=zero-copy|copy|skb][,queue=0-3][,busy-poll=US][,frames=N][,carrier="
         "any], or "
         "dpdk:DEVARGS[@[NETNS][,hugepages=MiB][,limit=MBIT][,queue=0-3]] (doc/pktgen-backends.md). Each "
         "queue has a worker; may be given several times")
      ->allow_extra_args(false);
  app.add_option("--rx-port", c.rx_ports,
                 "Port to receive probes at: the sending port for round trips through a reflector, another "
                 "one for one-way times; may be given several times")
      ->allow_extra_args(false);
  app.add_option("--netns", c.netns, "Network namespace of ports that name none");
  app.add_option("--i-mean-it", c.i_mean_it,
                 "Name of a device to send or receive on although it carries a default route");
}

void add_frame(CLI::App& app, Config& c) {
  app.add_option("--dst-mac", c.dst_mac, "Destination MAC address (needed except by null)")->group("Frame");
  app.add_option("--src-mac", c.src_mac, "Source MAC address [the device's]")->group("Frame");
  app.add_option("--dst-ip", c.dst_ip, "Destination address, IPv4 or IPv6 [198.18.0.2, 2001:2::2]")
      ->group("Frame");
  app.add_option("--src-ip", c.src_ip, "Source address [198.18.0.1, 2001:2::1]")->group("Frame");
  app.add_option("--dst-port", c.dst_port, "UDP destination port")->capture_default_str()->group("Frame");
  app.add_option("--src-port", c.src_port, "UDP source port")->capture_default_str()->group("Frame");
  app.add_option("--flow", c.flow, "Flow id in the probe, 0..65535")->capture_default_str()->group("Frame");
  app.add_option("--size", c.size,
                 "Bytes of a frame with FCS, as RFC 2544 counts [64 over IPv4, 84 over IPv6]")
      ->group("Frame");
}

void add_profile(CLI::App& app, Config& c) {
  app.add_option(
         "--profile", c.profile,
         "Flows of frames that vary, in place of one fixed frame: a shipped profile's NAME, a FILE.toml or "
         "\"eth/ipv4(dst=198.18.0.1..198.18.0.254)/udp size=imix\" (doc/profiles.md)")
      ->group("Frame");
}

void add_load(CLI::App& app, Config& c) {
  app.add_option(
         "--rate", c.rate,
         "100kpps, 1Mpps, 500Mbit (on the wire: with FCS, preamble and gap), 500Mbit/l2 (frames with "
         "FCS), 50% (of the link) or max; a ramp 10kpps..1Mpps/10s, steps 10kpps/5s,20kpps/5s [max, or what "
         "the profile or capture says]")
      ->group("Load");
  app.add_option(
         "--train", c.train,
         "DEPARTURES,GAP: this many departures at a time, this far apart, then a pause that keeps the rate")
      ->group("Load");
  app.add_option("--turns", c.turns,
                 "DEPARTURES[,mirrored]: one worker sends from all --port in turn, this many departures from "
                 "each at a time, in random order (mirrored: then the same backwards)")
      ->group("Load");
  app.add_option("--gap", c.gap,
                 "Gaps between departures: constant, jittered (uniform within 10 %) or poisson")
      ->capture_default_str()
      ->group("Load");
  app.add_option("--burst", c.burst,
                 "Packets sent back to back at each departure; the packet rate stays the same")
      ->capture_default_str()
      ->group("Load");
  app.add_option("--count", c.count, "End after this many packets")->group("Load");
  app.add_option("--duration", c.duration, "End after this time (10s, 500ms, 2m) [10s, unless --count]")
      ->group("Load");
  app.add_flag("--no-stamp", c.no_stamp, "Send all frames as they were built, without number and time")
      ->group("Load");
  app.add_option("--seed", c.seed, "Seed for drawing gaps and turns [random, and printed]")->group("Load");
  app.add_option("--linger", c.linger, "How long to wait for the last probes")
      ->capture_default_str()
      ->group("Load");
}

void add_running(CLI::App& app, Config& c) {
  app.add_option("--cpu", c.cpu, "CPUs of the sending workers, one each: 1,3 or 0-1")->group("Running");
  app.add_option("--rx-cpu", c.rx_cpu, "CPUs of the receiving workers, one each")->group("Running");
  app.add_option("--stats-interval", c.stats_interval,
                 "Print a JSON line with counters this often (1s, 100ms)")
      ->group("Running");
  app.add_option("--hdr-log", c.hdr_log,
                 "Write the times of probes received at --rx-port to this HdrHistogram log: a line for each "
                 "flow every --stats-interval [1s]")
      ->group("Running");
  app.add_option("--control-socket", c.control_socket,
                 "Accept start, stop, result, rate, counters, status and quit at this unix socket, or with - "
                 "at standard input and output (doc/control-protocol.md); pktgen ends with quit")
      ->group("Running");
  app.add_flag("--paused", c.paused, "Open everything, then wait for start at the control socket")
      ->group("Running");
  app.add_option("--metrics", c.metrics,
                 "Serve OpenMetrics text: unix:PATH, 127.0.0.1:PORT or [::1]:PORT (doc/pktgen-live.md)")
      ->group("Running");
  app.add_flag("--json", c.json, "Print the result as one JSON object")->group("Running");
  app.add_flag("--quiet", c.quiet, "No live line")->group("Running");
  app.add_flag("--control", c.control, "Serve JSON lines on stdin and stdout (doc/control-protocol.md)")
      ->group("Running");
  app.add_flag("--list-backends", c.list_backends,
               "List the backends of this build, and why others are missing")
      ->group("Running");
}

void add_captures(CLI::App& app, Config& c) {
  app.add_option("--replay", c.replay, "Send the frames of this pcapng or pcap file")->group("Captures");
  app.add_option("--speed", c.speed, "Divide recorded gaps by this; not with --rate")
      ->capture_default_str()
      ->check(CLI::Range(1e-6, 1e6))
      ->group("Captures");
  app.add_option("--max-gap", c.max_gap, "Shorten longer recorded gaps to this (1s); not with --rate")
      ->group("Captures");
  app.add_option("--loop", c.loops, "Replay the file this many times; 0: until --duration or --count")
      ->capture_default_str()
      ->group("Captures");
  app.add_option("--write", c.write, "Also write sent frames to this pcapng file")->group("Captures");
  app.add_option("--filter", c.filter,
                 "Send (--replay) or write (--rx-write) only frames that match this expression in tcpdump's "
                 "language (pcap-filter(7))")
      ->group("Captures");
  app.add_option("--rx-write", c.rx_write, "Write frames received at --rx-port to this pcapng file")
      ->group("Captures");
}

void add_show(CLI::App& app, Config& c) {
  auto* show = app.add_subcommand("show", "Print the frames of a profile, as tshark would, and send nothing");
  show->add_option("PROFILE", c.profile, "As for --profile")->required();
  show->add_option("--count", c.count, "How many frames [10]");
  show->add_option("--pcap", c.show.pcap,
                   "Write them to this pcapng file; -: to standard output, and print nothing");
  show->add_flag("-v,--verbose", c.show.verbose,
                 "Every field of every layer, and whether checksums are right");
  show->add_option("--dst-mac", c.dst_mac, "Destination of flows that name none [02:00:00:00:00:02]");
  show->add_option("--src-mac", c.src_mac, "Source of flows that name none [02:00:00:00:00:01]");
  show->add_option("--seed", c.seed, "Seed of profiles that name none [1]");
  show->callback([&c] { c.show.asked = true; });
}

void add_reflect(CLI::App& app, Config& c) {
  auto* reflect = app.add_subcommand(
      "reflect", "Send probes back to where they came from, with the time they stayed here (doc/reflect.md)");
  reflect
      ->add_option("--port", c.reflect.port,
                   "Port to reflect at: af_packet:DEVICE[@NETNS], af_xdp:..., dpdk:..., or xdp:DEVICE, "
                   "which does all of it in the kernel")
      ->required();
  reflect->add_option("--netns", c.netns, "Network namespace of a port that names none");
  reflect->add_option("--i-mean-it", c.i_mean_it,
                      "Name of a device to reflect at although it carries the default route");
  reflect->add_option("--cpu", c.reflect.cpu, "CPU of the reflecting thread");
  reflect->add_option("--count", c.count, "End after this many reflected probes");
  reflect->add_option("--duration", c.duration, "End after this time [when stopped]");
  reflect->add_option("--stats-interval", c.stats_interval,
                      "Print a JSON line with counters this often (1s, 100ms)");
  reflect->add_flag("--json", c.json, "Print the result as one JSON object");
  reflect->add_flag("--quiet", c.quiet, "No live line");
  reflect->callback([&c] { c.reflect.asked = true; });
}

}  // namespace

std::variant<Config, Exit> parse_command_line(int argc, char** argv) {
  Config c;
  CLI::App app(
      "pktgen sends stamped probes at exact times, and says how exact they were.\n"
      "  pktgen --port af_xdp:veth0 --dst-mac 02:00:00:00:00:02 --rate 100kpps --size 64 --duration 10s",
      "pktgen");
  app.set_version_flag("--version", HOPCOST_VERSION);
  add_ports(app, c);
  add_frame(app, c);
  add_profile(app, c);
  add_load(app, c);
  add_captures(app, c);
  add_running(app, c);
  add_show(app, c);
  add_reflect(app, c);
  if (answer_completion(app, completion_values(), argc, argv)) return Exit::kOk;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? Exit::kOk : Exit::kUsage;
  }
  return c;
}

}  // namespace hopcost::pktgen
