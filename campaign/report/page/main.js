// Puts the page together. A section that fails says so in its place and leaves the others alone.

function makeTheme() {
  const root = document.documentElement;
  const wanted = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = "auto";
  const apply = () => {
    root.dataset.theme = chosen === "auto" ? (wanted.matches ? "dark" : "light") : chosen;
  };
  wanted.addEventListener("change", apply);
  window.addEventListener("beforeprint", () => { root.dataset.theme = "light"; });
  window.addEventListener("afterprint", apply);
  const asked = /^#theme=(light|dark)$/.exec(window.location.hash);
  if (asked) [, chosen] = asked;
  apply();
  document.getElementById("theme").append(choice("Theme", [["auto", "Auto"], ["light", "Light"], ["dark", "Dark"]], chosen,
    (value) => {
      chosen = value;
      apply();
    }));
}

function metaLine(data) {
  const environment = object(data.environment);
  const text = (value) => (typeof value === "string" || isNumber(value) ? String(value) : null);
  const started = text(data.result.started);
  return [started ? started.replace("T", " ").replace(/\.\d+Z$/, "Z") : null, text(environment.cpu), text(environment.kernel),
    data.result.version ? `hopcost ${data.result.version}` : null].filter(Boolean).join("  ·  ");
}

/** Sections of the page for one load. `show` draws the page for another one. */
function sections(data, levels, view, styles, show) {
  const loads = levels.length > 1 ? [["loads", "Cost by load", () => loadsSection(levels, view, styles, show)]] : [];
  return [
    ["costs", "What each mode costs", () => costsSection(view, styles)],
    ...loads,
    ...(hasManyContainers(view) ? [["containers", "Many containers", () => containersSection(view, styles)]] : []),
    ["hops", "Where the time goes", () => hopsSection(view, styles)],
    ["modes", "Modes in figures", () => modesSection(view, styles)],
    ["distribution", "Distribution", () => distributionSection(data, view.level, styles)],
    ["shift", "Cost at each quantile", () => shiftSection(view, styles)],
    ["drift", "Drift over builds", () => driftSection(view, styles)],
    ["generator", "The generator on itself", () => generatorSection(view)],
    ["diagnostics", "The sender's CPU", () => diagnosticsSection(view)],
    ["budget", "Uncertainty", () => budgetSection(view, styles)],
    ["accounting", "Every packet accounted for", () => accountingSection(view, styles)],
    ["environment", "Environment", () => environmentSection(data)],
  ];
}

function failed(title, reason) {
  document.documentElement.dataset.failed = title;
  return [el("p", { class: "banner caution" }, `"${title}" could not be drawn: ${reason.message}`)];
}

function addSection(page, id, title, make) {
  let parts;
  try {
    parts = make();
  } catch (reason) {
    parts = failed(title, reason);
  }
  const isLong = ["accounting", "environment", "modes", "budget"].includes(id);
  const section = el("section", { id, class: isLong ? "long" : null }, el("h2", {}, title), parts);
  page.append(section);
  try {
    for (const part of parts) {
      if (part && part.start) part.start();
    }
  } catch (reason) {
    section.append(...failed(title, reason));
  }
}

/** Fills `page` for one load. */
function drawLevel(page, data, levels, view, styles, show) {
  page.replaceChildren();
  const top = headline(view);
  const parts = sections(data, levels, view, styles, show);
  page.append(...banners(view, list(data.notes)), top);
  top.append(el("nav", { "aria-label": "Sections" }, parts.map(([id, title]) => el("a", { href: `#${id}` }, title))));
  for (const [id, title, make] of parts) addSection(page, id, title, make);
  const first = top.querySelector(".claim");
  if (first) document.title = `hopcost: ${first.firstChild.textContent}${first.children[0].textContent}`;
}

function main() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const levels = levelsOf(data.result);
  const styles = makeStyles(levels.flatMap((level) => list(level.modes)));
  const page = el("div");
  const show = (level) => {
    hideTip();
    drawLevel(page, data, levels, levels[level], styles, show);
    if (select) select.value = String(level);
  };
  const select = levelSelect(levels, show);
  makeTheme();
  document.getElementById("meta").textContent = metaLine(data);
  document.getElementById("load").append(...(select ? [select] : []));
  document.getElementById("page").append(page);
  show(0);
  startTooltips();
  document.documentElement.dataset.ready = "true";
}

main();
