// What speaks for the figures: the generator's audit of itself, the uncertainty budget, and every packet accounted for.

const kAuditNames = {
  offered_pps: ["offered rate", "pps"], achieved_pps: ["achieved rate", "pps"], departures: ["departures", ""],
  late_p50_ns: ["late, median", "ns"], late_p99_ns: ["late, p99", "ns"], late_max_ns: ["late, worst", "ns"],
  micro_bursts: ["micro-bursts", ""], missed_slots: ["missed departures", ""], tx_errors: ["transmit errors", ""],
  clock_uncertainty_ns: ["uncertainty of the clock's fit", "ns"],
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
  if (!Object.keys(audit).length) return [el("p", { class: "lead" }, "The generator's audit is not in this result.")];
  const within = withinRows(audit);
  const known = Object.keys(kAuditNames).filter((key) => key in audit);
  const rest = Object.keys(audit).filter((key) => !(key in kAuditNames) && !/^within_\d+_ns$/.test(key) && !/histogram$/.test(key));
  const rows = known.map((key) => [kAuditNames[key][0], auditValue(audit[key]), el("td", { class: "left unit" }, kAuditNames[key][1])])
    .concat(rest.map((key) => [key, el("td", { class: "wrap" }, auditValue(audit[key])), ""]));
  return [
    el("p", { class: "lead" }, "Departures are planned ahead and never wait for replies; this is how well the plan was kept."),
    within.length ? table(["Departures", "", "share"], within.map(([name, share]) =>
      [name, el("td", { class: "left" }, meter(share)), percent(share, 3)]), "Distance of a departure from its plan") : null,
    table(["Figure", "value", ""], rows),
  ];
}

/** One row a term, with its share of the variance, and the sums below. */
function budgetTable(budget, caption) {
  const terms = list(budget.terms);
  const complete = terms.every((term) => isNumber(term.ns));
  const total = terms.reduce((sum, term) => sum + (isNumber(term.ns) ? term.ns ** 2 : 0), 0);
  const rows = terms.map((term) => [String(term.term), isNumber(term.ns) ? ns(term.ns) : "not known",
    el("td", { class: "left" }, meter(total > 0 && isNumber(term.ns) ? term.ns ** 2 / total : 0)),
    el("td", { class: "left wrap" }, String(term.how ?? ""))]);
  const sum = (name, value, how) => [el("th", { scope: "row" }, el("strong", {}, name)), el("td", {}, el("strong", {}, ns(value))), "",
    el("td", { class: "left wrap" }, how)];
  return table([column("Term"), column("standard", "ns"), el("th", { class: "left", scope: "col" }, "share of the variance"),
    el("th", { class: "left", scope: "col" }, "how it is known")],
  [...rows, sum("combined", budget.combined_ns, `root of the sum of squares${complete ? "" : "; what is not known is not in it"}`),
    sum("expanded", budget.expanded_k2_ns, "k = 2, about 95 %")], caption);
}

/** One row a hop, one column a term. */
function hopBudgets(modes, styles) {
  const hops = modes.flatMap((mode) => list(mode.hops).filter((hop) => hop.uncertainty).map((hop) => [mode, hop]));
  if (!hops.length) return null;
  const names = list(hops[0][1].uncertainty.terms).map((term) => String(term.term));
  const rows = hops.map(([mode, hop]) => [modeName(mode, styles), `${hop.from} → ${hop.to}`,
    el("td", {}, el("strong", {}, ns(hop.uncertainty.expanded_k2_ns))), ns(hop.uncertainty.combined_ns), ...names.map((name) => {
      const term = object(list(hop.uncertainty.terms).find((one) => one.term === name));
      return el("td", { title: String(term.how ?? "") }, isNumber(term.ns) ? ns(term.ns) : "not known");
    })]);
  return table([column("Mode"), column("hop"),
    ...["expanded, k = 2", "combined", ...names].map((name) => el("th", { class: "narrow", scope: "col" }, name))],
  rows, "Each hop's mean, ns; what is not known is not in the sums");
}

function budgetSection(result, styles) {
  const modes = list(result.modes);
  const costs = modes.filter((mode) => object(mode.cost_vs_host_ns).uncertainty);
  const widest = result.uncertainty_budget;
  if (!costs.length && !widest) return [el("p", { class: "lead" }, "No uncertainty budget in this result.")];
  const tables = costs.length
    ? costs.map((mode) => budgetTable(mode.cost_vs_host_ns.uncertainty, `${mode.name}: cost against host`))
    : [budgetTable(widest)];
  return [el("p", { class: "lead" }, "Standard uncertainties of each figure, as they are known, and what they come to together."),
    ...tables, hopBudgets(modes, styles)];
}

const lossCell = (count) => (Number(count) > 0 ? el("td", { class: "bad" }, number(count)) : number(count));

function accountingSection(result, styles) {
  const modes = list(result.modes);
  const verdict = (mode) => {
    if (!mode.sent) return el("td", {}, "nothing counted");
    const closes = mode.sent === mode.received + mode.lost;
    return el("td", { class: closes ? "good" : "bad" }, closes ? "closes" : "does not close");
  };
  const whole = modes.map((mode) => [modeName(mode, styles), number(mode.sent), number(mode.received), lossCell(mode.lost),
    number(mode.duplicates), number(mode.reordered), verdict(mode)]);
  const taps = modes.flatMap((mode) => list(mode.taps).map((tap) => [modeName(mode, styles),
    el("td", { class: "left" }, String(tap.name)), el("td", { class: "left" }, String(tap.device ?? "–")), number(tap.seen),
    lossCell(tap.lost), number(tap.duplicates), number(tap.reordered), lossCell(tap.ring_drops)]));
  return [el("p", { class: "lead" }, "Every probe is sent, and then either received or lost; no third thing happens to it."),
    table([column("Mode"), column("sent"), column("received"), column("lost"), column("duplicates"), column("reordered"),
      column("sent = received + lost")], whole, "A mode's path"),
    taps.length ? table([column("Mode"), el("th", { class: "left", scope: "col" }, "tap"),
      el("th", { class: "left", scope: "col" }, "device"), column("seen"), column("lost"), column("duplicates"),
      column("reordered"), column("ring drops")], taps, "Each tap. Ring drops are the tap's own, and part of lost") : null];
}
