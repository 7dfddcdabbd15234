// The machine, as recorded: nested tables of whatever keys there are, with a search over all of them.

const isLeaf = (value) => value === null || typeof value !== "object" || Object.keys(value).length === 0 ||
  (Array.isArray(value) && value.every((each) => each === null || typeof each !== "object"));

function leafText(value) {
  if (Array.isArray(value)) return value.map(String).join(", ") || "(none)";
  if (value !== null && typeof value === "object") return "(none)";
  return value === null ? "–" : String(value) || "(empty)";
}

function treeOf(name, value, depth) {
  if (isLeaf(value)) {
    return el("dl", { class: "row", style: null }, el("dt", {}, name), el("dd", {}, leafText(value)));
  }
  const keys = Object.keys(value);
  const branch = el("details", {}, el("summary", {}, `${name} `, el("span", { class: "unit" }, String(keys.length))),
    keys.map((key) => treeOf(key, value[key], depth + 1)));
  branch.open = depth < 1;
  return branch;
}

/** Shows the rows that hold the words, opens what is around them; nothing sought shows all. */
function search(tree, words) {
  const sought = words.trim().toLowerCase();
  const visit = (node, inherited) => {
    const name = node.firstElementChild.textContent.toLowerCase();
    if (!node.matches("details")) {
      const hit = inherited || node.textContent.toLowerCase().includes(sought);
      node.classList.toggle("miss", !hit);
      return hit;
    }
    const whole = inherited || name.includes(sought);
    const hits = [...node.children].slice(1).map((child) => visit(child, whole)).some(Boolean) || whole;
    node.classList.toggle("miss", !hits);
    if (sought) node.open = hits;
    return hits;
  };
  for (const node of tree.children) visit(node, sought === "");
}

function environmentSection(data) {
  const environment = object(data.environment);
  const command = list(object(data.result).command);
  const again = command.length ? el("p", {}, "Measured by ", el("code", {}, command.map(String).join(" "))) : null;
  if (!Object.keys(environment).length) return [again, lead("No environment was recorded.")];
  const box = el("input", { type: "search", placeholder: "Search keys and values", "aria-label": "Search the environment" });
  const tree = el("div", { class: "tree" });
  const leaves = Object.keys(environment).filter((key) => isLeaf(environment[key]));
  const branches = Object.keys(environment).filter((key) => !isLeaf(environment[key]));
  tree.append(...leaves.map((key) => treeOf(key, environment[key], 1)), ...branches.map((key) => treeOf(key, environment[key], 1)));
  box.addEventListener("input", () => search(tree, box.value));
  return [again, el("p", { class: "search" }, box), tree];
}
