// Tables a mode: latency, what the processor did for a packet, slots.

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

function workRow(mode, styles) {
  const work = object(mode.per_packet);
  const cell = (value, digits) => (isNumber(value) ? number(value, digits)
    : el("td", {}, tip(el("span", { class: "none" }, "–"), "Not counted", [["", work.missing || "no such counter here"]])));
  const ipc = isNumber(work.cycles) && isNumber(work.instructions) && work.cycles > 0
    ? number(work.instructions / work.cycles, 2) : "–";
  const few = (value) => (isNumber(value) && value !== 0 && value < 0.001 ? value.toExponential(1) : cell(value, 4));
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
    el("p", { class: "lead" }, "The time of a packet from the generator's stamp to the last tap of its path. No other tap is open. ",
      "A quantile is printed only where at least 100 packets lie beyond it. Point at a dash to read why there is no figure."),
    table([column("Mode"), ...kQuantiles.map(([, name]) => column(name, "ns")), column("mean", "ns"), column("min", "ns"),
      column("max", "ns"), column("packets")], modes.map((mode) => latencyRow(mode, styles)),
    "Time from end to end; below it the 95 % interval over builds"),
    table([column("Mode"), column("cycles"), column("instructions"), column("per cycle"), column("context switches"),
      column("page faults"), column("changed the CPU")], modes.map((mode) => workRow(mode, styles)),
    "The kernel's work for one packet, on the sender's CPU; and the share of packets that ended on another CPU"),
    table([column("Mode"), column("slots used"), column("thrown away"), column("share"),
      el("th", { class: "left", scope: "col" }, "why")],
    modes.map((mode) => slotRow(mode, styles)),
    "Slots of measuring. One is thrown away only when its figures would be wrong, never because they are slow"),
  ];
}
