// Tables a mode: latency, cost, what the processor did, slots; and pairs of modes.

/** A cell with a figure and its interval below; null shows a dash that says why. */
function figureCell(value, ci, why) {
  if (!isNumber(value)) {
    const dash = el("span", { class: "none" }, "–");
    return el("td", {}, tip(dash, "Not defined", [["", why || "not recorded"]]));
  }
  return el("td", {}, ns(value), isInterval(ci) ? el("span", { class: "ci" }, interval(ci)) : null);
}

const modeName = (mode, styles) => el("th", { scope: "row" }, swatch(styles.get(mode.name)), mode.name);

function latencyRow(mode, styles) {
  const e2e = object(mode.end_to_end_ns);
  const quantiles = kQuantiles.map(([key]) => figureCell(e2e[key], object(e2e.ci95)[key], object(e2e.undefined)[key]));
  return [modeName(mode, styles), ...quantiles, figureCell(e2e.mean), figureCell(e2e.min), figureCell(e2e.max),
    number(e2e.count)];
}

const kVerdicts = {
  higher: "costs more than host", lower: "costs less than host", same: "same as host, shown by equivalence",
  undecided: "neither a difference nor equality was shown",
};

function costRow(mode, styles) {
  const cost = mode.cost_vs_host_ns;
  if (!cost) return [modeName(mode, styles), "–", "–", "–", "–", "–", "reference"];
  const p = isNumber(cost.p_holm) ? (cost.p_holm < 0.0005 ? "< 0.0005" : number(cost.p_holm, 4)) : "–";
  const mean = object(cost.mean);
  return [modeName(mode, styles), signedNs(cost.estimate), interval(cost.ci95), interval(cost.bootstrap_ci95),
    el("td", {}, signedNs(mean.estimate), isInterval(mean.ci95) ? el("span", { class: "ci" }, interval(mean.ci95)) : null),
    p, kVerdicts[cost.verdict] || String(cost.verdict ?? "–")];
}

function workRow(mode, styles) {
  const work = object(mode.per_packet);
  const cell = (value, digits) => (isNumber(value) ? number(value, digits)
    : el("td", {}, tip(el("span", { class: "none" }, "–"), "Not counted", [["", work.missing || "no such counter here"]])));
  const ipc = isNumber(work.cycles) && isNumber(work.instructions) && work.cycles > 0
    ? number(work.instructions / work.cycles, 2) : "–";
  const few = (value) => (isNumber(value) && value !== 0 && value < 0.001 ? value.toExponential(1) : cell(value, 4));
  return [modeName(mode, styles), cell(work.cycles, 0), cell(work.instructions, 0), ipc, few(work.context_switches),
    few(work.page_faults)];
}

function slotRow(mode, styles) {
  const slots = Number(mode.slots) || 0;
  const voided = Number(mode.void_slots) || 0;
  const share = slots + voided > 0 ? voided / (slots + voided) : 0;
  const reasons = Object.entries(object(mode.void_reasons)).map(([gate, count]) => `${gate}: ${count}`).join(", ");
  return [modeName(mode, styles), number(slots), number(voided),
    el("td", { class: share > 0.05 ? "bad" : null }, percent(share, 1)), el("td", { class: "left wrap" }, reasons || "none")];
}

function modesSection(result, styles) {
  const modes = list(result.modes);
  return [
    el("p", { class: "lead" }, "One way: from the generator's transmit stamp to the last tap, that tap alone open. ",
      "A quantile is given only where at least 100 packets lie beyond it, and no more were lost; below it, its exact ",
      "95 % interval."),
    table([column("Mode"), ...kQuantiles.map(([, name]) => column(name, "ns")), column("mean", "ns"), column("min", "ns"),
      column("max", "ns"), column("packets")], modes.map((mode) => latencyRow(mode, styles)), "End-to-end latency"),
    table([column("Mode"), column("cycles"), column("instructions"), column("per cycle"), column("context switches"),
      column("page faults")], modes.map((mode) => workRow(mode, styles)),
    "Kernel side, a packet, on the CPU that sends and carries it through"),
    table([column("Mode"), column("slots used"), column("void"), column("void share"),
      el("th", { class: "left", scope: "col" }, "gates that voided them")],
    modes.map((mode) => slotRow(mode, styles)), "Slots. No gate looks at latency"),
  ];
}

const kCostHead = () => [column("Mode"), column("cost", "ns"), column("95 % interval", "ns"), column("bootstrap", "ns"),
  column("by means", "ns"), column("p (Holm)"), column("verdict")];

function costTable(result, styles) {
  return table(kCostHead(), list(result.modes).map((mode) => costRow(mode, styles)),
    "Hodges-Lehmann shift of the medians over blocks, Wilcoxon signed-rank interval");
}

function pairsTable(result) {
  const pairs = list(result.pairs);
  if (!pairs.length) return null;
  return el("details", { class: "data" }, el("summary", {}, `Every pair of modes (${pairs.length})`),
    table([column("Pair"), column("difference", "ns"), column("95 % interval", "ns")],
      pairs.map((pair) => [`${pair.a} ${kMinus} ${pair.b}`, signedNs(pair.estimate_ns), interval(pair.ci95)])));
}
