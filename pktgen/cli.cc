#include "pktgen/cli.h"

#include <CLI/CLI.hpp>

namespace hopcost::pktgen {
namespace {

void add_ports(CLI::App& app, Config& c) {
  app.add_option("--port", c.port,
                 "Port to send from: BACKEND:DEVICE[@NETNS][,mode=zero-copy|copy|skb][,queue=N], or "
                 "dpdk:DEVARGS[@[NETNS][,hugepages=MiB]] (doc/pktgen-backends.md)");
  app.add_option(
      "--rx-port", c.rx_port,
      "Port the probes come in at: the same for the round trip through a reflector, another for one-way");
  app.add_option("--netns", c.netns, "Network namespace of ports that name none");
  app.add_option("--i-mean-it", c.i_mean_it,
                 "Name of a device to send on although it carries the default route");
}

void add_frame(CLI::App& app, Config& c) {
  app.add_option("--dst-mac", c.dst_mac, "Destination MAC address (needed, but for null)")->group("Frame");
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

void add_load(CLI::App& app, Config& c) {
  app.add_option("--rate", c.rate,
                 "100kpps, 1Mpps, 500Mbit (on the wire: with FCS, preamble and gap), 500Mbit/l2 (frames with "
                 "FCS) or max")
      ->capture_default_str()
      ->group("Load");
  app.add_option("--gap", c.gap,
                 "Gaps between departures: constant, jittered (uniform within 10 %) or poisson")
      ->capture_default_str()
      ->group("Load");
  app.add_option("--burst", c.burst, "Packets that leave back to back at each departure; the rate stays")
      ->capture_default_str()
      ->group("Load");
  app.add_option("--count", c.count, "End after so many packets")->group("Load");
  app.add_option("--duration", c.duration, "End after this time (10s, 500ms, 2m) [10s, unless --count]")
      ->group("Load");
  app.add_flag("--no-stamp", c.no_stamp, "Send all frames as they were built, without number and time")
      ->group("Load");
  app.add_option("--seed", c.seed, "Of the gaps [random, and printed]")->group("Load");
  app.add_option("--linger", c.linger, "How long to wait for the last probes")
      ->capture_default_str()
      ->group("Load");
}

void add_running(CLI::App& app, Config& c) {
  app.add_option("--cpu", c.cpu, "CPU of the sending thread")->group("Running");
  app.add_option("--rx-cpu", c.rx_cpu, "CPU of the receiving thread")->group("Running");
  app.add_flag("--json", c.json, "Print the result as one JSON object")->group("Running");
  app.add_flag("--quiet", c.quiet, "No live line")->group("Running");
  app.add_flag("--control", c.control, "Serve JSON lines on stdin and stdout (doc/control-protocol.md)")
      ->group("Running");
  app.add_flag("--list-backends", c.list_backends,
               "Say which backends this build holds, and why not the others")
      ->group("Running");
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
  add_load(app, c);
  add_running(app, c);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? Exit::kOk : Exit::kUsage;
  }
  return c;
}

}  // namespace hopcost::pktgen
