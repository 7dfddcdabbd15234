// What happened to the sender's CPU while it measured. It is printed; nothing is left out for it.

const kDiagnostics = [
  ["late_share", "departures that left after the next one was due", (value) => percent(value, 2)],
  ["steal_ms", "time that the hypervisor gave to others", (value) => `${number(value, 1)} ms`],
  ["softnet_squeezed", "times that the kernel put off received packets, its turn being over", (value) => number(value)],
  ["softnet_dropped", "packets that the kernel dropped from its backlog", (value) => number(value)],
  ["negative", "packets whose time came out below zero; they are in no other figure", (value) => number(value)],
];

/** The CPU's speed, from how long the same piece of work took in each slot. */
function speedTable(found) {
  const [fastest, middle, slowest] = [found.work_ns_min, found.work_ns_median, found.work_ns_max];
  if (![fastest, middle, slowest].some(isNumber)) return null;
  const against = (value) => (isNumber(value) && isNumber(middle) && middle > 0 ? `${number(value / middle, 2)} ×` : "–");
  const row = (name, value) => [name, nsText(value), against(value)];
  return table(["Slot", "the work took", "against the median slot"],
    [row("fastest", fastest), row("median", middle), row("slowest", slowest)],
    "Speed of the sender's CPU: how long one fixed piece of work took in each slot", true);
}

function diagnosticsSection(result) {
  const found = object(result.diagnostics);
  const known = kDiagnostics.filter(([key]) => key in found);
  if (!known.length && !("work_ns_median" in found)) {
    return [lead("This result holds no diagnostics of the sender's CPU.")];
  }
  return [lead("What happened to the sender's CPU while it measured. The modes take turns within milliseconds, so all of ",
    "them meet the same trouble. Trouble makes the intervals wider. No slot and no build was left out because of it."),
  known.length ? table(["While slots ran", ""], known.map(([key, name, format]) =>
    [el("th", { scope: "row", class: "wide" }, name), isNumber(found[key]) ? format(found[key]) : "not known"]), null, true) : null,
  speedTable(found)];
}
