// Tables a mode: latency, what the processor did for a packet, slots.

/** A cell with a figure and its interval below; null shows a dash that says why. */
function figureCell(value, ci, why) {
  if (!isNumber(value)) {
    const dash = el("span", { class: "none" }, "–");
    return el("td", {}, tip(dash, "Not defined", [["", why || "not recorded"]]));
  }
  return el("td", {}, ns(value), isInterval(ci) ? el("span", { class: "ci" }, interval(ci)) : null);
}

/** The first cell of a row: the mode's mark and name, and what else there is to say, below. */
const modeName = (mode, styles, below) =>
  el("th", { scope: "row" }, swatch(styles.get(mode.name)), mode.name, below ? el("span", { class: "ci" }, below) : null);

function latencyRow(mode, styles) {
  const e2e = object(mode.end_to_end_ns);
  const quantiles = kQuantiles.map(([key]) => figureCell(e2e[key], object(e2e.ci95)[key], object(e2e.undefined)[key]));
  const range = isNumber(e2e.min) && isNumber(e2e.max) ? [el("div", {}, ns(e2e.min)), ns(e2e.max)] : "–";
  return [modeName(mode, styles, isNumber(e2e.count) ? `${number(e2e.count)} packets` : null), ...quantiles, figureCell(e2e.mean),
    el("td", {}, range)];
}

function workRow(mode, styles) {
  const work = object(mode.per_packet);
  const cell = (value, digits) => (isNumber(value) ? number(value, digits)
    : el("td", {}, tip(el("span", { class: "none" }, "–"), "Not counted", [["", work.missing || "no such counter here"]])));
  const ipc = isNumber(work.cycles) && isNumber(work.instructions) && work.cycles > 0
    ? number(work.instructions / work.cycles, 2) : "–";
  const few = (value) => (isNumber(value) && value !== 0 && value < 0.001 ? number(value, 5) : cell(value, 4));
  return [modeName(mode, styles), cell(work.cycles, 0), cell(work.instructions, 0), ipc, few(work.context_switches),
    few(work.page_faults), crossedCpu(mode.cpu)];
}

/** Share of the packets that changed the CPU, or why there is none. */
function crossedCpu(cpu) {
  return isNumber(object(cpu).cross_share) ? percent(cpu.cross_share, 1) : "not known";
}

function slotRow(mode, styles) {
  const slots = Number(mode.slots) || 0;
  const voided = Number(mode.void_slots) || 0;
  const share = slots + voided > 0 ? voided / (slots + voided) : 0;
  const reasons = Object.entries(object(mode.void_reasons)).map(([gate, count]) => `${gate}: ${count}`).join(", ");
  return [modeName(mode, styles), number(slots), number(voided),
    el("td", { class: share > 0.05 ? "bad" : null }, percent(share, 1)), el("td", { class: "left wrap" }, reasons || "none")];
}

function modesSection(view, styles) {
  const modes = list(view.modes);
  return [
    lead("The time of a packet from the generator's stamp to the last tap of its path. No other tap is open. ",
      "A quantile is printed only where at least 100 packets lie beyond it. Point at a dash to read why there is no figure."),
    table([column("Mode"), ...kQuantiles.map(([, name]) => column(name, "ns")), column("mean", "ns"),
      narrow("min, max", "ns")], modes.map((mode) => latencyRow(mode, styles)),
    "Time from end to end. Below a name: how many packets the row rests on. Below a figure: its 95 % interval over builds."),
    table([column("Mode"), column("cycles"), column("instructions"), narrow("per cycle"), narrow("context switches"),
      narrow("page faults"), narrow("changed the CPU")], modes.map((mode) => workRow(mode, styles)),
    "The kernel's work for one packet, on the sender's CPU; and the share of packets that ended on another CPU."),
    table([column("Mode"), column("slots used"), column("thrown away"), column("share"),
      leftColumn("why")],
    modes.map((mode) => slotRow(mode, styles)),
    "Slots of measuring. One is thrown away only when its figures would be wrong, never because they are slow."),
  ];
}
