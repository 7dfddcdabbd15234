// What speaks for the figures: the generator's audit of itself, and every packet accounted for.

const kAuditNames = {
  offered_pps: ["planned rate", "packets/s"], achieved_pps: ["achieved rate", "packets/s"], departures: ["departures", ""],
  late_p50_ns: ["behind plan, median", "ns"], late_p99_ns: ["behind plan, p99", "ns"], late_max_ns: ["behind plan, at most", "ns"],
  micro_bursts: ["departures closer than half the planned gap", ""], missed_slots: ["departures given up", ""],
  tx_errors: ["packets that could not be sent", ""], clock_uncertainty_ns: ["standard uncertainty of the sender's clock", "ns"],
};

/** Departures within N ns of plan, as shares. Counts when `departures` is there, else shares already. */
function withinRows(audit) {
  return Object.keys(audit).map((key) => [key, /^within_(\d+)_ns$/.exec(key)]).filter(([, match]) => match)
    .sort((a, b) => Number(a[1][1]) - Number(b[1][1])).map(([key, match]) => {
      const counted = isNumber(audit.departures) && audit.departures > 0;
      return [`within ${match[1]} ns`, isNumber(audit[key]) ? (counted ? audit[key] / audit.departures : audit[key]) : null];
    });
}

function meter(share) {
  const bar = el("i");
  bar.style.width = `${Math.min(100, Math.max(0, (share ?? 0) * 100))}%`;
  return el("span", { class: "meter", role: "img", "aria-label": percent(share) }, bar);
}

function auditValue(value) {
  if (value === null || value === undefined) return "–";
  if (isNumber(value)) return number(value, Number.isInteger(value) ? 0 : digitsFor(value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function generatorSection(result) {
  const audit = object(result.generator);
  if (!Object.keys(audit).length) return [lead("The generator's audit is not in this result.")];
  const within = withinRows(audit);
  const known = Object.keys(kAuditNames).filter((key) => key in audit);
  const rest = Object.keys(audit).filter((key) => !(key in kAuditNames) && !/^within_\d+_ns$/.test(key) && !/histogram$/.test(key));
  const unit = (key) => el("td", { class: "left unit" }, kAuditNames[key][1]);
  const rows = known.map((key) => [kAuditNames[key][0], auditValue(audit[key]), unit(key)])
    .concat(rest.map((key) => [key, el("td", { class: "wrap" }, auditValue(audit[key])), ""]));
  return [
    lead("The generator plans every departure ahead and never waits for an answer. This is how well it kept to its plan."),
    within.length ? table(["Departures", leftColumn(""), "share"], within.map(([name, share]) =>
      [name, el("td", { class: "left" }, meter(share)), percent(share, 3)]),
    "How far departures were from their planned time.", true) : null,
    table(["Figure", "value", ""], rows, null, true),
  ];
}

const lossCell = (count) => (Number(count) > 0 ? el("td", { class: "bad" }, number(count)) : number(count));

function accountingSection(view, styles) {
  const modes = list(view.modes);
  const verdict = (mode) => {
    if (!mode.sent) return el("td", {}, "nothing counted");
    const closes = mode.sent === mode.received + mode.lost;
    return el("td", { class: closes ? "good" : "bad" }, closes ? "yes" : "no");
  };
  const whole = modes.map((mode) => [modeName(mode, styles), number(mode.sent), number(mode.received), lossCell(mode.lost),
    number(mode.duplicates), number(mode.reordered), verdict(mode)]);
  const taps = modes.flatMap((mode) => list(mode.taps).map((tap) => [modeName(mode, styles),
    el("td", { class: "left" }, String(tap.name)), el("td", { class: "left" }, String(tap.device ?? "–")), number(tap.seen),
    lossCell(tap.lost), number(tap.duplicates), number(tap.reordered), lossCell(tap.ring_drops)]));
  return [lead("Every packet that was sent is either received or lost. Nothing else can happen to it."),
    table([column("Mode"), column("sent"), column("received"), column("lost"), column("duplicates"), column("reordered"),
      column("sent = received + lost")], whole, "At the end of each mode's path."),
    taps.length ? table([column("Mode"), leftColumn("tap"), leftColumn("device"), column("seen"), column("lost"),
      column("duplicates"), column("reordered"), narrow("ring drops")], taps,
    "At each tap, in the slots with all taps open. Ring drops are packets that the tap itself missed. They are part of lost.") : null];
}
