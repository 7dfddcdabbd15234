// How far each figure may be off, by cause: the uncertainty budgets.

/** Student's t and its degrees of freedom, short. */
function factorText(budget) {
  const { coverage_factor: factor, degrees_of_freedom: freedom } = budget;
  return isNumber(factor) ? `t ${number(factor, 2)}${isNumber(freedom) ? `, d.f. ${number(freedom, 1)}` : ""}` : null;
}

/** What the expanded uncertainty is made with. */
function expandedHow(budget) {
  if (!isNumber(budget.coverage_factor)) return "about 95 %";
  const freedom = isNumber(budget.degrees_of_freedom) ? `; degrees of freedom ${number(budget.degrees_of_freedom, 1)}` : "";
  return `95 %: combined × ${number(budget.coverage_factor, 2)}, Student's t${freedom}`;
}

/** A term's figure; what is not 0 is not printed as 0. */
const termNs = (value) => (!isNumber(value) ? "not known" : value !== 0 && Math.abs(value) < 0.05 ? "< 0.1" : ns(value));

/** One row a term, with its share of the variance, and the sums below. */
function budgetTable(budget, caption) {
  const terms = list(budget.terms);
  const complete = terms.every((term) => isNumber(term.ns));
  const total = terms.reduce((sum, term) => sum + (isNumber(term.ns) ? term.ns ** 2 : 0), 0);
  const rows = terms.map((term) => [String(term.term), termNs(term.ns),
    el("td", { class: "left" }, meter(total > 0 && isNumber(term.ns) ? term.ns ** 2 / total : 0)),
    el("td", { class: "left wrap" }, String(term.how ?? ""))]);
  const strong = (tag, text) => el(tag, {}, el("strong", {}, text));
  const sum = (name, value, how) => [strong("th", name), strong("td", ns(value)), "", el("td", { class: "left wrap" }, how)];
  const missing = complete ? "" : "; what is not known is not in it";
  return table([column("Cause"), column("standard", "ns"), leftColumn("share of the sum"), leftColumn("how it is known")],
  [...rows, sum("combined", budget.combined_ns, `root of the sum of the squares${missing}`),
    sum("expanded", budget.expanded_ns, expandedHow(budget))], caption);
}

/** One row a hop, one column a term. */
function hopBudgets(modes, styles) {
  const hops = modes.flatMap((mode) => list(mode.hops).filter((hop) => hop.uncertainty).map((hop) => [mode, hop]));
  if (!hops.length) return null;
  const names = list(hops[0][1].uncertainty.terms).map((term) => String(term.term));
  const rows = hops.map(([mode, hop]) => [hopName(mode, hop, styles),
    withInterval(el("strong", {}, ns(hop.uncertainty.expanded_ns)), factorText(hop.uncertainty)), ns(hop.uncertainty.combined_ns),
    ...names.map((name) => {
      const term = object(list(hop.uncertainty.terms).find((one) => one.term === name));
      return el("td", { title: String(term.how ?? "") }, termNs(term.ns));
    })]);
  return table([column("Hop"), ...["expanded (95\u00a0%)", "combined", ...names].map((name) => narrow(name))], rows,
    "Median of each hop, ns. Below the expanded uncertainty: Student's t and its degrees of freedom. " +
    "What is not known is not in the sums.");
}

function budgetSection(view, styles) {
  const modes = list(view.modes);
  const costs = modes.filter((mode) => object(mode.cost_vs_host_ns).uncertainty);
  const hops = hopBudgets(modes, styles);
  if (!costs.length && !hops) return [lead("No uncertainty budget. It takes more builds than this result has.")];
  return [lead("By how much each figure may be off, cause by cause. The causes do not depend on each other, so their ",
    "squares add up. Combined is the standard uncertainty of the figure. Expanded is the half-width that holds for 95 %."),
  ...costs.map((mode) => budgetTable(mode.cost_vs_host_ns.uncertainty, `${mode.name}: cost against host`)), hops];
}
