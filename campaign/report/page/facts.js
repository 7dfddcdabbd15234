// How the figures were made, in a line of facts; the words of this page; and what a reader has to bear in mind.

const kEndedBy = {
  width: "until every interval was narrow enough", budget: "until the time was up", builds: "for the builds asked for",
  stop: "until it was stopped",
};
const kSteering = { inline: "on the sender's CPU (inline)", steered: "on another CPU, kept awake (steered)" };
const kWires = { bpf: "a BPF program", macvlan: "a macvlan and a bridge" };
const kGaps = { constant: "equal gaps", jittered: "gaps varied by ±10 %", poisson: "random gaps (Poisson)" };
const kStamps = {
  tap: "the taps themselves", software: "the kernel, before the taps", hardware: "the network card", mixed: "not always the same",
  none: "nobody",
};

const counted = (value, what) => (isNumber(value) ? `${number(value)} ${what}` : null);

function facts(view) {
  const campaign = object(view.campaign);
  const gap = kGaps[object(view.load).gap];
  const seconds = isNumber(view.elapsed_s) ? `${number(view.elapsed_s, 1)} s` : null;
  const ended = kEndedBy[campaign.ended_by];
  const rows = [
    ["Load", loadText(view.load) + (gap ? `, ${gap}` : "")],
    ["Measured", seconds && ended ? `${seconds}, ${ended}` : seconds],
    ["Builds", counted(campaign.builds, `used, ${number(campaign.builds_void ?? 0)} thrown away`)],
    ["Trains", counted(campaign.train, `packets, the first ${number(campaign.untimed ?? 0)} not timed`)],
    ["Device under test works", kSteering[campaign.steering] ?? campaign.steering],
    ["Smallest cost it would find", isNumber(view.mde_ns) ? `${ns(view.mde_ns)} ns` : null],
    ["Sent by", campaign.backend], ["Watched by", isText(campaign.tap_kind) ? `${campaign.tap_kind} taps` : null],
    ["From the interface to the modes by", kWires[campaign.wire] ?? campaign.wire],
    ["Arrival stamped by", kStamps[view.stamp_regime] ?? view.stamp_regime], ["Seed", campaign.seed],
  ];
  return el("dl", { class: "facts" }, rows.filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
}

const kWords = [
  ["mode", "A way to connect a container to the network: a bridge, a macvlan and so on."],
  ["host", "The same packet without a container. It ends on the machine itself. Every cost is counted from here."],
  ["cost", "The median time of a packet in a mode less the same for host. Both were sent within milliseconds of each other."],
  ["share of host", "The cost divided by host's own median time. A slow CPU slows both, so this figure changes less from run to run."],
  ["train", "A few packets of one mode in a row. The modes take turns, train by train, in random order."],
  ["build", "All modes set up anew from nothing. Each build has several instances of each mode and gives one figure for each mode, the " +
    "mean over its instances."],
  ["95 % interval", "It says how far the figure may be off. Of a hundred such intervals about 95 hold the true value. It comes from " +
    "how much the builds differ from each other."],
  ["p, after Holm", "The chance of a difference this large if there was none. Holm's correction allows for asking about several " +
    "modes at once."],
  ["SD", "Standard deviation: how far the figures of single builds scatter."],
  ["=host", "Host measured a second time, on the same instance. The true difference is 0, so this shows the noise of the method."],
  ["host#2", "Host once more, by instances of its own, set up beside the first. It shows how much instances of one mode differ."],
  ["tap", "A point where packets are watched as they pass. A hop is the way from one tap to the next."],
];

const glossary = () => el("details", { class: "data" }, el("summary", {}, "The words on this page"),
  el("dl", { class: "words" }, kWords.map(([word, meaning]) => [el("dt", {}, word), el("dd", {}, meaning)]).flat()));

function banner(kind, title, reasons) {
  return el("div", { class: `banner ${kind}`, role: "alert" }, el("strong", {}, title),
    reasons.length ? el("ul", {}, reasons.map((reason) => el("li", {}, String(reason)))) : null);
}

/** What else a reader has to bear in mind, though the run itself may not have said so. */
function cautions(result, notes) {
  const found = [];
  if (["software", "mixed"].includes(result.stamp_regime)) {
    found.push("The kernel stamped packets before the taps saw them. Hops may be wrong, and by a different amount in each mode: " +
      "see doc/measuring.md.");
  }
  if (object(result.clocks).one_clock === false) {
    const oneWay = object(result.clocks.one_way), us = (ns) => (ns / 1000).toFixed(2);
    found.push("Tester and device have a clock each, so that times since sending are unknown. Costs, and hops on the device, need no common clock." +
      (Number.isFinite(oneWay.from_ns) ? ` Host's one-way time is ${us(oneWay.from_ns)} to ${us(oneWay.to_ns)} us (by: ${oneWay.by}).` : ""));
  }
  for (const machine of list(object(result.campaign).machines).filter((each) => each.accelerator === "tcg")) {
    found.push(`${machine.mode}: the virtual machine was emulated in software (TCG). Its figure is the emulator's speed, not a machine's.`);
  }
  const said = list(object(result.verdict).reasons).some((reason) => String(reason).includes("=host"));
  if (object(result.aa).holds_zero === false && !said) {
    found.push(`Host measured twice does not come out as equal (=host, ${interval(result.aa.ci95)} ns): ` +
      "take every interval as wider than it is printed.");
  }
  return found.concat(notes);
}

function banners(result, notes) {
  const verdict = object(result.verdict);
  const reasons = list(verdict.reasons);
  const made = [];
  if (verdict.fit !== true) made.push(banner("unfit", "Unfit: this run does not support any claim", reasons));
  if (result.complete !== true) {
    made.push(banner("partial", "Partial: the run was stopped early",
      [result.partial_reason || "no reason was recorded", "What was measured until then is shown."]));
  }
  const others = cautions(result, notes).concat(verdict.fit === true ? reasons : []);
  if (others.length) made.push(banner("caution", "Bear in mind", others));
  return made;
}
