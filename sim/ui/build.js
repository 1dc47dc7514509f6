// Cards with cells, and the organisation as a picture. What is typed is told at once and stays where it was typed;
// what comes back only marks cells and brings others up to date. Names are text, never markup.
const SVG = "http://www.w3.org/2000/svg";
const PAUSE = 450; // ms without a key before what is typed is told
const PATIENCE = 6000; // ms until what was told and is not heard is told again

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

function drawn(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

class Page {
  constructor(root, tell) {
    this.root = root;
    this.tellAll = tell;
    this.me = Math.random().toString(36).slice(2, 12);
    this.number = 0;
    this.pending = [];
    this.timers = new Map();
    this.parts = new Map(); // what is drawn, by key: {node, shape}
    this.open = new Set();
  }

  wish(doing, path, value = null) {
    this.number += 1;
    this.pending.push({ n: this.number, do: doing, path, value });
    this.tell();
  }

  // A busy server may miss something: what it has not heard is told until it has.
  tell(times = 0) {
    clearTimeout(this.again);
    if (!this.pending.length) return;
    this.tellAll({ me: this.me, wishes: this.pending.slice(-100), times });
    this.again = setTimeout(() => this.tell(times + 1), PATIENCE * (1 + Math.min(times, 4)));
  }

  heard(acknowledged) {
    const last = (acknowledged || {})[this.me] || 0;
    this.pending = this.pending.filter((wish) => wish.n > last);
  }

  show(data) {
    this.heard(data.heard);
    if (data.what === "picture") this.keyed(this.root, "picture", JSON.stringify(shapeOfPlaces(data)), () => this.picture(data), (node) => this.patch(node, data.sides.flatMap((side) => side.places).flatMap((place) => place.cells)));
    else this.cards(data);
  }

  // Draw anew only what has another shape; in all else bring values and marks up to date.
  keyed(parent, key, shape, draw, patch) {
    const before = this.parts.get(key);
    if (before && before.shape === shape && before.node.isConnected) {
      patch(before.node);
      return before.node;
    }
    const focus = before ? this.focused(before.node) : null;
    const typing = before ? this.untold(before.node) : [];
    const node = draw();
    this.replacing = true; // what loses the focus by it was not left
    if (before && before.node.parentElement === parent) before.node.replaceWith(node);
    else parent.append(node);
    this.replacing = false;
    this.parts.set(key, { node, shape });
    patch(node);
    for (const [cell, text] of typing) this.inputs(node, cell).forEach((input) => { input.value = text; });
    if (focus) this.refocus(node, focus);
    return node;
  }

  inputs(node, cell) {
    return [...node.querySelectorAll("[data-cell]")].filter((one) => one.dataset.cell === cell);
  }

  // What stands in cells and was not told yet: it outlives that a card is drawn anew.
  untold(node) {
    return [...node.querySelectorAll("input[data-cell]:not([type=checkbox]), textarea[data-cell]")]
      .filter((input) => JSON.stringify(typed(input.value, input.cell)) !== input.dataset.told)
      .map((input) => [input.dataset.cell, input.value]);
  }

  focused(node) {
    const active = node.getRootNode().activeElement;
    if (!active || !node.contains(active) || !active.dataset.cell) return null;
    return { cell: active.dataset.cell, from: active.selectionStart, to: active.selectionEnd };
  }

  refocus(node, focus) {
    const found = this.inputs(node, focus.cell)[0];
    if (!found) return;
    found.focus();
    if (typeof focus.from === "number" && found.setSelectionRange) found.setSelectionRange(focus.from, focus.to);
  }

  // --- cells -------------------------------------------------------------------------------------

  cell(cell, labelled) {
    const key = JSON.stringify(cell.path);
    const holder = make("div", { class: "cell" });
    let input;
    if (cell.type === "choice") {
      input = make("select", {});
      for (const [value, label] of cell.options || []) input.append(make("option", { value, text: label }));
      input.addEventListener("change", () => this.wish("edit", cell.path, input.value === "" ? null : input.value));
    } else if (cell.type === "yesno") {
      input = make("input", { type: "checkbox" });
      input.addEventListener("change", () => this.wish("edit", cell.path, input.checked));
    } else {
      input = cell.type === "area" ? make("textarea", { rows: 2 }) : make("input", { type: "text", autocomplete: "off" });
      if (cell.type === "number") input.setAttribute("inputmode", "decimal");
      const isName = ["name", "activity", "@"].includes(cell.path[cell.path.length - 1]) && cell.path.length > 1;
      input.addEventListener("input", () => { if (!isName) this.later(input, cell); });
      input.addEventListener("change", () => this.now(input, cell));
      input.addEventListener("blur", () => this.now(input, cell)); // after a card was drawn anew nothing "changes"
      if (cell.type === "number") input.addEventListener("keydown", (event) => this.step(event, input, cell));
    }
    input.dataset.cell = key;
    input.cell = cell;
    input.setAttribute("aria-label", labelled ? cell.label : cell.label + (cell.unit ? `, ${cell.unit}` : ""));
    if (cell.help) input.title = cell.help;
    holder.append(input);
    return holder;
  }

  step(event, input, cell) {
    const up = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    const value = Number(input.value);
    if (!up || input.value.trim() === "" || !Number.isFinite(value)) return;
    event.preventDefault();
    const by = Number.isInteger(value) && value >= 1 ? 1 : 0.05;
    input.value = String(Math.max(0, Math.round((value + up * by) * 1e6) / 1e6));
    this.later(input, cell);
  }

  later(input, cell) {
    clearTimeout(this.timers.get(input));
    this.timers.set(input, setTimeout(() => this.now(input, cell), PAUSE));
  }

  now(input, cell) {
    clearTimeout(this.timers.get(input));
    if (this.replacing) return;
    const value = typed(input.value, cell);
    const said = JSON.stringify(value);
    if (input.dataset.told === said) return;
    input.dataset.told = said;
    this.wish("edit", cell.path, value);
  }

  patch(node, cells) {
    const active = node.getRootNode().activeElement;
    const inputs = new Map([...node.querySelectorAll("[data-cell]")].map((input) => [input.dataset.cell, input]));
    for (const cell of cells) {
      const input = inputs.get(JSON.stringify(cell.path));
      if (!input) continue;
      const told = this.pending.findLast((wish) => wish.do === "edit" && JSON.stringify(wish.path) === input.dataset.cell);
      const value = told ? told.value : cell.value; // what was told and is not heard yet stands
      input.cell = cell;
      if (cell.type === "yesno") input.checked = value === true;
      else if (input !== active) {
        const text = shown(value, cell);
        if (input.value !== text) input.value = text;
        input.dataset.told = JSON.stringify(typed(text, cell));
      }
      const holder = input.parentElement;
      let why = holder.querySelector(".why");
      if (cell.why) {
        input.setAttribute("aria-invalid", "true");
        if (!why) holder.append((why = make("div", { class: "why", role: "alert" })));
        if (why.textContent !== cell.why) why.textContent = cell.why;
      } else {
        input.removeAttribute("aria-invalid");
        if (why) why.remove();
      }
    }
  }

  // --- cards ------------------------------------------------------------------------------------

  cards(data) {
    let grid = this.root.querySelector(".cards");
    if (!grid) this.root.append((grid = make("div", { class: "cards" })));
    const wanted = new Set(data.cards.map((card) => `card ${data.model} ${card.key}`));
    for (const [key, part] of this.parts) if (key.startsWith("card ") && !wanted.has(key)) { part.node.remove(); this.parts.delete(key); }
    for (const card of data.cards) {
      const key = `card ${data.model} ${card.key}`;
      const blocks = [...card.few, ...card.more];
      this.keyed(grid, key, JSON.stringify([card.title, card.question, card.few.map(shapeOf), card.more.map(shapeOf)]), () => this.card(card, key), (node) => {
        this.patch(node, blocks.flatMap(cellsOf));
        this.patchCard(node, card, blocks);
      });
    }
  }

  card(card, key) {
    const body = make("section", { class: "card", "aria-label": card.title });
    body.append(make("div", { class: "head" }, make("div", {}, make("h3", { text: card.title }), make("p", { class: "quiet", text: card.question })), drawn("svg", { "aria-hidden": "true", viewBox: "0 0 190 56" })));
    body.append(this.blocks(card.few));
    if (card.more.length) {
      const more = make("details", {}, make("summary", { text: "More" }), this.blocks(card.more));
      more.open = this.open.has(key);
      more.addEventListener("toggle", () => (more.open ? this.open.add(key) : this.open.delete(key)));
      body.append(more);
    }
    return body;
  }

  patchCard(node, card, blocks) {
    glance(node.querySelector(".head svg"), card.picture);
    const summary = node.querySelector("summary");
    if (summary) {
      summary.textContent = card.marked_more ? `More: ${card.marked_more} marked` : "More";
      if (card.marked_more) node.querySelector("details").open = true;
    }
    blocks.forEach((block, number) => {
      const place = node.querySelector(`[data-block="${CSS.escape(JSON.stringify(block.path || null))}"]`);
      if (!place || block.type === "fields") return;
      const total = place.querySelector(".total");
      if (total && block.total) {
        total.textContent = block.total.text;
        total.classList.toggle("off", !block.total.right);
      }
      const why = place.querySelector(".tablewhy");
      if (why) { why.textContent = block.why; why.hidden = !block.why; }
      if (block.type === "switch") place.querySelector("input").checked = block.on;
    });
  }

  blocks(blocks) {
    const whole = make("div", {});
    let fields = null;
    for (const block of blocks) {
      if (block.type === "fields") {
        if (!fields) whole.append((fields = make("div", { class: "fields" })));
        for (const cell of block.cells) {
          const field = make("div", { class: cell.type === "area" || cell.label === "Name of the organisation" ? "field wide" : "field" });
          field.append(make("span", { class: "label", "aria-hidden": "true" }, cell.label, cell.unit && !cell.label.includes("(") && !PLAIN.has(cell.unit) && !cell.label.toLowerCase().includes(cell.unit) ? make("span", { class: "unit quiet", text: ` (${cell.unit})` }) : ""), this.cell(cell));
          fields.append(field);
        }
        continue;
      }
      fields = null;
      whole.append(block.type === "switch" ? this.switch(block) : this.table(block));
    }
    return whole;
  }

  switch(block) {
    const id = `s${Math.random().toString(36).slice(2)}`;
    const box = make("input", { type: "checkbox", id });
    box.addEventListener("change", () => this.wish("switch", block.path, box.checked));
    return make("div", { class: "switch", "data-block": JSON.stringify(block.path) }, box, make("label", { for: id, text: block.label }));
  }

  table(block) {
    const place = make("div", { class: "block", "data-block": JSON.stringify(block.path), role: "group", "aria-label": block.label });
    place.append(make("strong", { text: block.label }), make("div", { class: "why tablewhy", role: "status", hidden: true }));
    if (block.rows.length) {
      const head = make("tr", {}, ...block.columns.map((label) => make("th", { text: label, scope: "col" })));
      if (block.add) head.append(make("th", {}, make("span", { class: "visually-hidden", text: "Change the row" })));
      const body = make("tbody", {});
      block.rows.forEach((row, at) => body.append(this.row(block, row, at)));
      place.append(make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), body)));
    }
    const below = make("div", { class: "below" });
    if (block.add) {
      const add = make("button", { type: "button", text: block.add });
      add.addEventListener("click", () => this.wish("add", block.path));
      below.append(add);
    }
    if (block.total) {
      below.append(make("span", { class: "total", role: "status" }));
      if (block.total.even) {
        const even = make("button", { type: "button", text: "Even out" });
        even.addEventListener("click", () => this.wish("even", block.path));
        below.append(even);
      }
    }
    if (block.too_long) below.append(make("span", { text: `${block.too_long} more rows are edited in the file.` }));
    place.append(below);
    return place;
  }

  row(block, row, at) {
    const line = make("tr", {});
    row.cells.forEach((cell, number) => {
      const wide = ["text", "choice", "names"].includes(cell.type);
      const column = make("td", { class: cell.type ? (wide ? "wide" : null) : "none", "data-label": block.columns[number] });
      if (cell.type) column.append(this.cell(cell, true));
      line.append(column);
    });
    if (!block.add) return line;
    const doing = make("td", { class: "do" });
    if (block.moves) {
      for (const [sign, by, word] of [["\u2191", -1, "up"], ["\u2193", 1, "down"]]) {
        const move = make("button", { type: "button", class: "small", text: sign, "aria-label": `Move ${row.name} ${word}`, disabled: at + by < 0 || at + by >= block.rows.length });
        move.addEventListener("click", () => this.wish("move", row.path, by));
        doing.append(move, " ");
      }
    }
    const remove = make("button", { type: "button", class: "small", text: "\u2715", "aria-label": `Take away ${row.name}` });
    remove.addEventListener("click", () => (row.ask ? this.ask(line, row) : this.wish("remove", row.path)));
    doing.append(remove);
    line.append(doing);
    return line;
  }

  ask(line, row) {
    if (line.nextElementSibling?.classList.contains("asked")) return;
    const choice = make("select", { "aria-label": row.ask });
    row.instead.forEach(([, label], number) => choice.append(make("option", { value: number, text: label })));
    const yes = make("button", { type: "button", text: "Take it away" });
    const no = make("button", { type: "button", text: "Keep it" });
    const asked = make("tr", { class: "asked" }, make("td", { colspan: row.cells.length + 1 }, make("div", { class: "ask", role: "group", "aria-label": row.ask }, make("div", { text: row.ask }), choice, make("div", { class: "below" }, yes, no))));
    yes.addEventListener("click", () => { asked.remove(); this.wish("remove", row.path, row.instead[Number(choice.value)][0]); });
    no.addEventListener("click", () => asked.remove());
    line.after(asked);
    choice.focus();
  }

  // --- the picture ------------------------------------------------------------------------------

  picture(data) {
    const whole = make("div", {});
    for (const side of data.sides) {
      whole.append(make("h3", { text: side.name }), make("p", { class: "quiet", text: side.sentence, style: "margin:0.1rem 0" }));
      const way = make("ol", { class: "way", "aria-label": `The way of a request: ${side.name}` }, make("li", { class: "end", text: "Requests" }));
      for (const place of side.places) way.append(this.place(place));
      way.append(make("li", { class: "end last", text: "Customers" }));
      whole.append(way);
    }
    return whole;
  }

  place(place) {
    const box = make("li", { class: `place ${place.kind}${place.load !== null && place.load >= 1 ? " over" : ""}` });
    box.append(make("div", { class: "name", text: place.name }), make("div", { class: "kind", text: [KINDS[place.kind] || place.kind, place.about].filter(Boolean).join(", ") }));
    if (place.load !== null) {
      const fill = make("i", {});
      fill.style.width = `${Math.min(100, place.load * 100)}%`;
      box.append(make("div", { class: "load", "aria-hidden": "true" }, fill), make("div", { class: "said", text: `${Math.round(place.load * 100)} % busy` }));
    }
    const n = place.waiting === null ? 30 : Math.round(place.waiting);
    const dots = drawn("svg", { class: "dots", "aria-hidden": "true", viewBox: "0 0 150 14", preserveAspectRatio: "xMinYMid meet" });
    for (let i = 0; i < Math.min(n, 24); i += 1) dots.append(drawn("circle", { cx: 4 + 6.2 * i, cy: 7, r: 2.3, fill: "#0E151B" }));
    if (n) box.append(dots);
    box.append(make("div", { class: "said", text: place.grows ? "its line grows" : n ? `about ${n} wait, ${place.wait} days each` : "hardly anybody waits" }));
    for (const cell of place.cells) {
      const full = { ...cell, type: "number", unit: "", help: "", label: `${cell.label}: ${place.name}` };
      box.append(make("span", { class: "label", "aria-hidden": "true", text: cell.label }), this.cell(full, true));
    }
    return box;
  }
}

const PLAIN = new Set(["yes or no"]); // units that a label says already
const KINDS = { gate: "a yes is needed", funding: "money comes in rounds", release: "goes live on fixed days", stream_aligned: "stream-aligned team", functional: "functional team", platform: "platform team", enabling: "enabling team", complicated_subsystem: "complicated subsystem" };

const AS_NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const rounded = (number) => Number(number.toPrecision(12));

// What is typed as a value; a share is shown and typed as per cent. What is no number stays text, and is marked.
function typed(text, cell) {
  const bare = text.trim();
  if (cell.type === "names") return bare ? bare.split(",").map((name) => name.trim()).filter(Boolean) : null;
  if (cell.type === "numbers") {
    const numbers = bare ? bare.split(/[,;]/).map((part) => typed(part, { ...cell, type: "number" })) : [];
    return numbers.every((number) => typeof number === "number") ? numbers : bare;
  }
  if (cell.type !== "number") return bare === "" ? "" : text;
  if (bare === "") return null;
  const plain = cell.percent ? bare.replace(/\s*%$/, "") : bare;
  if (!AS_NUMBER.test(plain)) return bare;
  if (!Number.isFinite(Number(plain))) return bare; // no number that can be told
  return cell.percent ? rounded(Number(plain) / 100) : Number(plain);
}

function shown(value, cell) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => shown(one, cell)).join(", ");
  if (typeof value === "number") return String(Math.round((cell.percent ? rounded(value * 100) : value) * 1e6) / 1e6);
  return String(value);
}

const cellsOf = (block) => [...(block.cells || []), ...(block.rows || []).flatMap((row) => row.cells)].filter((cell) => cell.type);
const shapeOfCell = (cell) => [cell.path, cell.label, cell.type, cell.percent, cell.options];
const shapeOf = (block) => [block.type, block.path, block.label, block.columns, block.moves, Boolean(block.total), (block.cells || []).map(shapeOfCell), (block.rows || []).map((row) => [row.path, row.name, row.ask, row.instead, row.cells.map(shapeOfCell)])];
const shapeOfPlaces = (data) => data.sides.map((side) => [side.name, side.sentence, side.places.map((place) => ({ ...place, cells: place.cells.map((cell) => cell.path) }))]);

// The small picture at the head of a card.
function glance(svg, picture) {
  const said = JSON.stringify(picture);
  if (!svg || svg.dataset.said === said) return;
  svg.dataset.said = said;
  svg.replaceChildren();
  const { kind, entries } = picture;
  const put = (tag, attributes) => svg.append(drawn(tag, attributes));
  const ink = { fill: "currentColor" };
  const main = "var(--st-primary-color)";
  const n = Math.min(entries.length, 5);
  const high = 54 / Math.max(n, 1);
  entries.slice(0, n).forEach(([label, value], row) => {
    const y = 1 + row * high;
    if (kind === "rhythm") {
      put("line", { x1: 0, x2: 190, y1: y + high / 2, y2: y + high / 2, stroke: "currentColor", "stroke-opacity": 0.3 });
      const every = Math.max(value, 0.5);
      for (let week = every, k = 0; week <= 52 && k < 110; week += every, k += 1) put("rect", { x: (week / 52) * 186, y: y + high * 0.2, width: 2, height: high * 0.6, style: `fill:${main}` });
    } else if (kind === "bars" || kind === "parts") {
      const most = kind === "parts" ? 1 : Math.max(...entries.map((entry) => entry[1]), 1e-9);
      put("rect", { x: 0, y: y + high * 0.15, width: 190, height: high * 0.7, ...ink, "fill-opacity": 0.1 });
      put("rect", { x: 0, y: y + high * 0.15, width: Math.max(1, (190 * Math.min(value, most)) / most), height: high * 0.7, style: `fill:${main}`, "fill-opacity": 0.75 });
    }
  });
  if (kind === "shares") {
    let x = 0;
    const sum = Math.max(1, entries.reduce((total, entry) => total + entry[1], 0));
    entries.forEach(([, value], number) => {
      put("rect", { x, y: 14, width: Math.max(0, (190 * value) / sum - 2), height: 28, style: `fill:${main}`, "fill-opacity": 0.9 - 0.18 * (number % 4) });
      x += (190 * value) / sum;
    });
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".build");
  root.page ??= new Page(root, () => {});
  root.page.tellAll = (told) => setStateValue("told", told);
  const said = JSON.stringify(data); // a page is drawn again several times a second while something is simulated
  if (root.said === said) return;
  root.said = said;
  root.page.show(data);
}
