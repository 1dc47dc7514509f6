// Two organisations at work on the same requests. Draws a playback (see sim/measures/playback.py) into an element.
// The same text is the component of the page Watch and the script of the file that can be downloaded.
// Names come from users: they are only ever set as text.

const SPEEDS = [1, 4, 12, 30]; // days per second
const GATE = "#7C6FD6";
const GREY = "#7B8794";
const RADIUS = 4.2, PITCH = 10.6, PER_ROW = 4, MOST_ROWS = 5;
const FLOOR = 104, HEIGHT = 140, DOOR_TOP = 47; // of a row of stations, from its top
const LABEL = 20; // of a lane, above its first row
const WIDTHS = { team: 102, handoff: 44, done: 78 }, WIDTH = 96, GAP = 12, GROUP_GAP = 4;
const CROWDED = 4; // a door stays open for so many tenths of a second at least, however fast the clock
const WORKING = new Set(["touch", "rework", "multitasking"]);
const RECENT = 10; // days for which a finished request stays in sight

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children); // strings become text, never markup
  return element;
}

const shorten = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const spanOf = (days) => (days < 9.95 ? Math.round(days * 10) / 10 : Math.round(days)) + " d";

// --- where everybody is ------------------------------------------------------------------------------

class Side {
  constructor(side, data, position) {
    Object.assign(this, side);
    this.data = data;
    this.position = position;
    const n = data.items.length, { item } = this.stays;
    this.first = new Int32Array(n + 1).fill(item.length);
    for (let row = item.length - 1; row >= 0; row--) this.first[item[row]] = row;
    for (let i = n - 1; i >= 0; i--) this.first[i] = Math.min(this.first[i], this.first[i + 1]);
    this.x = new Float32Array(n).fill(NaN);
    this.y = new Float32Array(n);
    this.alpha = new Float32Array(n);
    this.toX = new Float32Array(n);
    this.toY = new Float32Array(n);
    this.toAlpha = new Float32Array(n);
    this.kind = new Array(n).fill("");
    this.stage = 0;
    this.layouts = [];
    this.boxes = []; // of the stage's stations, by number; behind them that of what is done
    this.leaving = [];
    this.more = [];
  }

  stageAt(day) {
    const later = this.stages.findIndex((stage) => stage.day > day + 1e-9);
    return later < 0 ? this.stages.length - 1 : Math.max(0, later - 1);
  }

  // The last change that has come by a day; none before the first.
  changeBy(day) {
    return this.stages.slice(0, this.stageAt(day) + 1).findLast((stage) => stage.text);
  }

  isOver(item, day) {
    return this.ended[item] !== null && this.ended[item] <= day;
  }

  // The row of the stay that an item is in, or -1: not there yet, or over.
  row(item, day) {
    if (day < this.data.arrived[item] || this.isOver(item, day)) return -1;
    let low = this.first[item], high = this.first[item + 1] - 1;
    if (low > high) return -1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.stays.begin[middle] <= day) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  nextOccasion(station, day) {
    const next = station.every.map((days) => (Math.floor(day / days + 1e-9) + 1) * days);
    return next.length ? Math.min(...next) : null;
  }

  isMeeting(number, day, hold) {
    const { every } = this.boxes[number];
    return every.some((days) => day >= days && day - Math.floor(day / days + 1e-9) * days <= hold);
  }

  // --- places on the canvas ---

  layOut(width, measure) {
    this.layouts = this.stages.map((stage) => this.layoutOf(stage, width - 4, measure));
    Object.assign(this, this.layouts[this.stage]);
    this.leaving = [];
    this.x.fill(NaN);
  }

  layoutOf(stage, inner, measure) {
    const lane = stage.lanes.length - 1;
    const here = stage.stations.map(([at, column, lane, people, every]) => ({ ...this.stations[at], at, column, lane, people, every }));
    here.push({ at: this.stations.length, name: "done", kind: "done", column: 1e9, lane, every: [], people: 0 });
    const all = here.sort((a, b) => a.lane - b.lane || a.column - b.column);
    const widthOf = (station) => WIDTHS[station.kind] ?? WIDTH;
    const gapAfter = (place) => (all[place + 1]?.column === all[place].column ? GROUP_GAP : GAP);
    const wrapped = (limit) => {
      const rows = [[]];
      let used = 0;
      all.forEach((station, place) => {
        const isOther = place > 0 && station.lane !== all[place - 1].lane;
        if (used && (isOther || used + widthOf(station) > limit)) (rows.push([]), (used = 0));
        rows.at(-1).push(place);
        used += widthOf(station) + gapAfter(place);
      });
      return rows;
    };
    const fewest = wrapped(inner).length;
    let limit = inner;
    while (limit > 200 && wrapped(limit - 20).length === fewest) limit -= 20; // rows of about equal length
    const boxes = new Array(this.stations.length + 1), rows = [], labels = [];
    const isLabelled = all.at(-1).lane > 0;
    let top = 0, before = -1;
    for (const row of wrapped(limit)) {
      const { lane } = all[row[0]];
      if (isLabelled && lane !== before) {
        const products = stage.lanes[lane];
        const label = products ? `for ${products.join(", ")}` : "no longer on the way; what is there is finished or goes on";
        if (stage.lanes.length > 1 || !products) (labels.push([label, top + 13]), (top += LABEL));
      }
      before = lane;
      const own = row.reduce((sum, place) => sum + widthOf(all[place]), 0);
      const gaps = row.slice(0, -1).reduce((sum, place) => sum + gapAfter(place), 0);
      const stretch = Math.min((inner - gaps) / own, 1.75);
      let x = 2;
      for (const place of row) {
        const boxWidth = widthOf(all[place]) * stretch;
        const box = { ...all[place], x, width: boxWidth, top, dx: 0, dy: 0, fade: 1 };
        box.lines = box.kind === "handoff" ? [box.name] : measure(box.name, boxWidth - 4, 2);
        box.pile = box.kind === "handoff" ? 3 : PER_ROW;
        box.work = x + 10 + PER_ROW * PITCH; // of a team: where the box of those at work begins
        box.perRow = Math.max(2, Math.floor((x + boxWidth - box.work - 7) / PITCH));
        box.right = this.pileRight(box);
        boxes[box.at] = box;
        x += boxWidth + gapAfter(place);
      }
      rows.push(row.map((place) => boxes[all[place].at]));
      top += HEIGHT;
    }
    return { boxes, rows, labels, height: top };
  }

  // Let the organisation be as it is on a day: what stays goes to its new place, what is new comes, the rest goes.
  show(day) {
    const stage = this.stageAt(day);
    if (stage === this.stage || !this.layouts.length) return false;
    this.stage = stage;
    const before = this.boxes;
    Object.assign(this, this.layouts[stage]);
    this.boxes.forEach((box, at) => {
      const old = before[at];
      if (old) Object.assign(box, { dx: old.x + old.dx - box.x, dy: old.top + old.dy - box.top, fade: old.fade });
      else Object.assign(box, { dx: 0, dy: 0, fade: 0 });
    });
    this.leaving = before.filter((box, at) => !this.boxes[at]);
    return true;
  }

  pileRight(box) {
    if (box.kind === "team") return box.work - 6;
    if (box.kind === "handoff") return box.x + box.width / 2 + (box.pile * PITCH) / 2;
    if (box.kind === "done") return box.x + box.width - 8;
    return box.x + box.width - 16;
  }

  // Give every dot its target: queues from right to left, then upwards; the others become a number.
  place(day) {
    const n = this.data.items.length, { station, kind, begin } = this.stays;
    const queues = this.boxes.map(() => []), works = this.boxes.map(() => []);
    const done = this.stations.length;
    for (let item = 0; item < n; item++) {
      const row = this.row(item, day);
      this.toAlpha[item] = 0;
      if (row >= 0) {
        const at = station[row];
        if (!this.boxes[at]) continue;
        this.kind[item] = this.data.kinds[kind[row]];
        const isWork = this.boxes[at].kind === "team" && WORKING.has(this.kind[item]);
        (isWork ? works : queues)[at].push([begin[row], item]);
      } else if (this.isOver(item, day) && !this.refused[item] && day - this.ended[item] < RECENT) {
        this.kind[item] = "touch";
        queues[done].push([-this.ended[item], item]);
      }
    }
    this.more = [];
    this.boxes.forEach((box, at) => {
      this.pileUp(queues[at], box.pile, (column) => box.right - (column + 0.5) * PITCH, box, box.kind === "done" ? 2 : MOST_ROWS);
      if (works[at].length)
        this.pileUp(works[at], box.perRow, (column) => box.work + 3.5 + (column + 0.5) * PITCH, box, MOST_ROWS);
    });
  }

  pileUp(dots, perRow, xOf, box, mostRows) {
    dots.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const isTooMany = dots.length > perRow * mostRows;
    const shown = isTooMany ? perRow * (mostRows - 1) : dots.length;
    dots.forEach(([, item], place) => {
      const isShown = place < shown;
      const at = Math.min(place, perRow * mostRows - 1);
      this.toX[item] = xOf(at % perRow);
      this.toY[item] = box.top + FLOOR - 7 - Math.floor(at / perRow) * PITCH;
      this.toAlpha[item] = isShown ? 1 : 0;
      if (Number.isNaN(this.x[item]) || this.alpha[item] < 0.02) {
        this.x[item] = this.toX[item] - (isShown ? 14 : 0);
        this.y[item] = this.toY[item];
      }
    });
    if (isTooMany && box.kind !== "done") {
      const x = (xOf(0) + xOf(perRow - 1)) / 2;
      this.more.push([`+${dots.length - shown}`, x, box.top + FLOOR - 3 - (mostRows - 1) * PITCH]);
    }
  }

  // Move the dots towards their targets; return whether any still moves.
  move(part) {
    let isMoving = false;
    const slowly = 1 - (1 - part) ** 0.35; // stations take their time, so that one sees what goes where
    for (const box of [...this.boxes, ...this.leaving]) {
      if (!box) continue;
      const goes = this.boxes[box.at] === box ? 1 : 0;
      box.dx *= 1 - slowly;
      box.dy *= 1 - slowly;
      box.fade += (goes - box.fade) * slowly;
      if (Math.abs(box.dx) + Math.abs(box.dy) > 0.3 || Math.abs(goes - box.fade) > 0.02) isMoving = true;
    }
    this.leaving = this.leaving.filter((box) => box.fade > 0.02);
    for (let item = 0; item < this.x.length; item++) {
      const dx = this.toX[item] - this.x[item], dy = this.toY[item] - this.y[item];
      const da = this.toAlpha[item] - this.alpha[item];
      if (this.toAlpha[item] > 0 && Math.abs(dx) + Math.abs(dy) > 0.3) isMoving = true;
      if (Math.abs(da) > 0.02) isMoving = true;
      if (this.toAlpha[item] > 0) {
        this.x[item] += dx * part;
        this.y[item] += dy * part;
      }
      this.alpha[item] += da * part;
    }
    return isMoving;
  }

  near(x, y) {
    let best = -1, least = 18 * 18;
    for (let item = 0; item < this.x.length; item++) {
      if (this.alpha[item] < 0.5) continue;
      const away = (this.x[item] - x) ** 2 + (this.y[item] - y) ** 2;
      if (away < least) (best = item), (least = away);
    }
    return best;
  }
}

// --- drawing -----------------------------------------------------------------------------------------

function rgb(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function mix(colour, other, share) {
  const [a, b] = [rgb(colour), rgb(other)];
  return `rgb(${a.map((value, at) => Math.round(value * share + b[at] * (1 - share))).join(",")})`;
}

function drawDot(ctx, x, y, radius, kind, hue, page) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  if (kind === "touch" || kind === "rework" || kind === "multitasking") ctx.fillStyle = hue;
  else if (kind === "queue") ctx.fillStyle = mix(hue, page, 0.34);
  else ctx.fillStyle = page;
  ctx.fill();
  ctx.lineWidth = 1.3;
  ctx.strokeStyle = hue;
  ctx.setLineDash(["handoff", "dependency", "outside"].includes(kind) ? [2, 1.6] : []);
  ctx.stroke();
  ctx.setLineDash([]);
  const reach = radius * 0.64;
  if (kind === "rework") {
    ctx.strokeStyle = page;
    line(ctx, x - reach, y - reach, x + reach, y + reach);
    line(ctx, x - reach, y + reach, x + reach, y - reach);
  } else if (kind === "approval" || kind === "decision" || kind === "funding") {
    line(ctx, x - reach, y + reach, x + reach, y - reach);
  } else if (kind === "release") {
    line(ctx, x, y - radius, x, y + radius);
  }
}

function line(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

function rounded(ctx, x, y, width, height, radius) {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
}

function chevron(ctx, x, y) {
  ctx.beginPath();
  ctx.moveTo(x - 3, y - 4);
  ctx.lineTo(x + 2, y);
  ctx.lineTo(x - 3, y + 4);
  ctx.stroke();
}

// --- the component -----------------------------------------------------------------------------------

function watch(root, data) {
  const sides = data.sides.map((side, position) => new Side(side, data, position));
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");
  let day = Math.min(data.start, data.until), speed = 4, isPlaying = false, chosen = -1;
  let lastFrame = 0, frame = 0, knownWidth = 0, look = {};
  root.replaceChildren();

  // --- what there is on the page ---

  const play = el("button", { type: "button", class: "play", onclick: toggle });
  const back = el("button", { type: "button", onclick: () => step(-1), "aria-label": "One day back", title: "One day back" }, "‹ day");
  const forth = el("button", { type: "button", onclick: () => step(1), "aria-label": "One day on", title: "One day on" }, "day ›");
  const next = el("button", { type: "button", onclick: nextBoard }, "Next board");
  const change = el("button", { type: "button", onclick: nextChange }, "Next change");
  const help = el("button", { type: "button", onclick: showHelp, "aria-label": "Help and keys", title: "Help and keys" }, "?");
  const speeds = SPEEDS.map((value, at) =>
    el("button", { type: "button", onclick: () => setSpeed(at), "aria-label": `${value} ${value === 1 ? "day" : "days"} per second` }, String(value)));
  const dayText = el("output", { class: "day", "aria-live": "off" });
  dayText.style.minWidth = `${`day ${data.until} of ${data.until}`.length}ch`;
  const note = el("p", { class: "note", "aria-live": "polite", role: "status" });
  const spark = el("canvas", { role: "img" });
  const scrub = el("input", { type: "range", min: 0, max: data.until, step: 1, "aria-label": "Day", oninput: () => jump(Number(scrub.value)) });
  const bar = el("div", { class: "bar", role: "group", "aria-label": "Playback" },
    play, back, forth, next, ...(sides.some((side) => side.stages.some((stage) => stage.text)) ? [change] : []),
    el("span", { class: "speed", role: "group", "aria-label": "Days per second" }, "days per second", ...speeds), help, dayText);
  const hasBoards = sides.some((side) => side.meetings.some(([, at]) => isBoard(side.stations[at])));
  next.disabled = !hasBoards;

  for (const side of sides) {
    side.fields = {};
    const counts = el("dl", { class: "counts" });
    const labels = { waiting: "waiting for a board", oldest: "oldest request", idle: "people idle", in_progress: "in progress", done: "done" };
    if (side.counts.refused.at(-1)) labels.refused = side.expired.includes(true) ? "refused or expired" : "refused";
    for (const [name, label] of Object.entries(labels)) {
      side.fields[name] = el("dd");
      const widest = Math.max(...side.counts[name]).toLocaleString("en").length + (name === "oldest" ? 2 : 0);
      side.fields[name].style.minWidth = `${widest}ch`; // digits are of one width: nothing moves as they count
      counts.append(el("div", {}, el("dt", {}, label), side.fields[name]));
    }
    side.change = el("div", { class: "changes" });
    for (const stage of side.stages) if (stage.text) side.change.append((stage.told = el("p", {}, stage.text)));
    side.canvas = el("canvas", { role: "img", onclick: (event) => choose(side.near(event.offsetX, event.offsetY)) });
    side.ctx = side.canvas.getContext("2d");
    side.section = el("section", { class: side.position ? "side" : "side first", "aria-label": side.name },
      el("div", { class: "head" }, el("h2", {}, shorten(side.name, 80)), counts,
        el("button", { type: "button", onclick: () => worstDay(side) }, "Worst day")),
      side.change, side.canvas);
    side.section.style.setProperty("--hue", side.hue);
  }
  const stage = el("div", { class: "stage", tabindex: 0, role: "group", "aria-label": "The organisations. Space plays, arrows move one day, question mark shows all keys." },
    ...sides.map((side) => side.section));

  const legend = el("ul", { class: "legend", "aria-label": "What the dots mean" });
  const signs = [["touch", "somebody works on it"], ["queue", "in a queue"], ["approval", "waits for a decision"],
    ["handoff", "on its way, or waits for others"], ["release", "waits for release"], ["rework", "is done again"]];
  for (const [, text] of signs) legend.append(el("li", {}, el("canvas", { width: 36, height: 36, "aria-hidden": "true" }), text));
  const picker = el("select", { id: "watch-request", onchange: () => choose(Number(picker.value)) }, el("option", { value: -1 }, "none"));
  data.items.forEach((number, item) => picker.append(el("option", { value: item }, `${number + 1} (day ${Math.floor(data.arrived[item])})`)));
  const tale = el("div", { "aria-live": "polite" });
  const story = el("section", { class: "story", "aria-label": "One request's story" },
    el("h2", {}, "One request's story"),
    el("div", { class: "pick" }, el("label", { for: "watch-request" }, "Click a dot, or choose a request:"), picker,
      el("button", { type: "button", onclick: () => choose(typical(0.5)) }, "A typical one"),
      el("button", { type: "button", onclick: () => choose(typical(1)) }, "The slowest one")),
    tale);

  const keys = [["Space", "play, pause"], ["← →", "one day back, on"], ["Home End", "first, last day"], ["1 2 3 4", SPEEDS.join(", ") + " days per second"], ["?", "this help"]];
  const dialog = el("dialog", { "aria-label": "Help" },
    el("h2", {}, "How to watch"),
    el("p", {}, "Each dot is a request on its way from left to right. In front of a violet gate it waits until the board meets. Click the picture first, then these keys work:"),
    el("dl", {}, ...keys.flatMap(([key, text]) => [el("dt", {}, key), el("dd", {}, text)])),
    el("button", { type: "button", onclick: () => dialog.close() }, "Close"));

  root.append(bar, el("div", { class: "scrub" }, spark, scrub), note, stage, legend,
    el("p", { class: "note" }, `${data.meaning} ${data.about}`), story, dialog);
  root.addEventListener("keydown", onKey);

  // --- the clock ---

  function toggle() {
    if (stillness.matches) return step(speed);
    isPlaying = !isPlaying;
    if (isPlaying && day >= data.until) day = data.start;
    lastFrame = performance.now();
    if (!isPlaying) day = Math.floor(day + 1e-6);
    refresh(!isPlaying);
  }

  function pause() {
    isPlaying = false;
  }

  function step(days) {
    pause();
    goTo(Math.floor(day + 1e-6) + days);
  }

  function jump(to) {
    pause();
    goTo(to);
  }

  function goTo(to) {
    day = Math.max(0, Math.min(data.until, to));
    refresh(true);
  }

  function setSpeed(at) {
    speed = SPEEDS[at];
    refresh(false);
  }

  function isBoard(station) {
    return station.kind === "board" || station.kind === "funding";
  }

  // Go to the day before the next meeting for which somebody waits: the next step opens the door.
  function nextBoard() {
    let best = null;
    for (const side of sides)
      for (const [meets, at, waiting] of side.meetings) {
        if (!isBoard(side.stations[at]) || Math.ceil(meets) - 1 <= day) continue;
        if (best === null || meets < best.meets) best = { meets, at, waiting, side };
        break;
      }
    if (best === null) return say("No board meets after this day.");
    jump(Math.ceil(best.meets) - 1);
    const { side, at } = best;
    say(`Tomorrow in ${side.name}: ${side.stations[at].name} meets; ${count(best.waiting, "request waits", "requests wait")} for it.`);
  }

  // Go to the day before the next date on which an organisation changes: the next step lets it happen.
  function nextChange() {
    const found = sides.flatMap((side) => side.stages.filter((stage) => stage.text && Math.ceil(stage.day) - 1 > day).map((stage) => ({ side, stage })));
    if (!found.length) return say("No organisation changes after this day.");
    const { side, stage } = found.reduce((best, one) => (one.stage.day < best.stage.day ? one : best));
    jump(Math.ceil(stage.day) - 1);
    say(`Tomorrow in ${side.name}: ${stage.text}`);
  }

  function worstDay(side) {
    jump(side.worst);
    const what = side.counts.waiting[side.worst] ? `${count(side.counts.waiting[side.worst], "request waits", "requests wait")} for a board` : `${count(side.counts.open[side.worst], "request is", "requests are")} open`;
    say(`The worst day of ${side.name}: ${what}.`);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const target = event.composedPath()[0];
    const isButton = target.tagName === "BUTTON", isRange = target === scrub;
    if (target.tagName === "SELECT") return;
    if (event.key === " " && isButton) return; // presses the button
    if (isRange && event.key.startsWith("Arrow")) return; // moves the slider by a day
    const does = {
      " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => jump(0), End: () => jump(data.until),
      1: () => setSpeed(0), 2: () => setSpeed(1), 3: () => setSpeed(2), 4: () => setSpeed(3), "?": showHelp,
    }[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }

  function showHelp() {
    pause();
    refresh(false);
    dialog.showModal();
  }

  // --- telling ---

  function say(text) {
    note.textContent = text;
  }

  function summary() {
    const at = Math.floor(day + 1e-6);
    const parts = sides.map((side) => `${side.name}: ${side.counts.waiting[at]} waiting for a board, ${side.counts.in_progress[at]} in progress, ${side.counts.done[at]} done, ${count(side.counts.idle[at], "person", "people")} idle`);
    return `Day ${at}. ${parts.join(". ")}.`;
  }

  function tellDay() {
    const at = Math.floor(day + 1e-6);
    if (dayText.dataset.at !== String(at)) {
      dayText.dataset.at = at;
      dayText.replaceChildren(`day ${at} `, el("small", {}, `of ${data.until}`));
      scrub.value = at;
      scrub.setAttribute("aria-valuetext", `day ${at}`);
      for (const side of sides) {
        for (const [name, field] of Object.entries(side.fields))
          field.textContent = side.counts[name][at].toLocaleString("en") + (name === "oldest" ? " d" : "");
        const last = side.changeBy(day);
        for (const stage of side.stages) stage.told?.classList.toggle("now", stage === last);
      }
    }
  }

  function refresh(isNews) {
    const words = stillness.matches ? `Step ${speed} d` : isPlaying ? "Pause" : "Play";
    if (play.textContent !== words) play.textContent = words;
    speeds.forEach((button, at) => button.setAttribute("aria-pressed", SPEEDS[at] === speed));
    if (isNews) say("");
    tellDay();
    if (!isPlaying) {
      const text = summary();
      for (const side of sides) side.canvas.setAttribute("aria-label", `Requests on their way through ${side.name}. ${text}`);
      if (isNews) live.textContent = text;
    }
    ask();
  }

  const live = el("p", { class: "hidden", "aria-live": "polite" });
  root.append(live);

  // --- one request's story ---

  function typical(share) {
    const side = sides[0];
    const lasted = (item) => (side.ended[item] ?? data.horizon) - data.arrived[item];
    const over = data.items.map((_, item) => item).filter((item) => share === 1 || side.ended[item] !== null);
    over.sort((a, b) => lasted(a) - lasted(b));
    return over.length ? over[Math.min(over.length - 1, Math.floor(over.length * share))] : -1;
  }

  function choose(item) {
    if (item < 0 && chosen < 0) return;
    chosen = item;
    picker.value = String(item);
    tell();
    ask();
  }

  function visits(side) {
    const rows = new Map();
    for (let row = side.first[chosen]; row < side.first[chosen + 1]; row++) {
      const at = side.stays.station[row];
      if (!rows.has(at)) rows.set(at, []);
      const begin = side.stays.begin[row] - data.arrived[chosen];
      const end = Math.min(side.stays.end[row], data.horizon) - data.arrived[chosen];
      rows.get(at).push({ begin, end, kind: data.kinds[side.stays.kind[row]] });
    }
    return rows;
  }

  function tell() {
    tale.replaceChildren();
    if (chosen < 0) return;
    const asked = data.arrived[chosen];
    const lasted = sides.map((side) => (side.ended[chosen] ?? data.horizon) - asked);
    const longest = Math.max(...lasted, 0.1);
    tale.append(el("p", {}, `Request ${data.items[chosen] + 1} arose on day ${Math.floor(asked)}.`));
    sides.forEach((side, position) => {
      const rows = visits(side);
      const worked = [...rows.values()].flat().filter((part) => part.kind === "touch").reduce((sum, part) => sum + part.end - part.begin, 0);
      const isOver = side.ended[chosen] !== null;
      const early = side.expired[chosen] ? "expired after" : "refused after";
      const end = isOver ? (side.refused[chosen] ? early : "done after") : "still open after";
      const title = el("h3", {}, `${shorten(side.name, 80)}: ${end} ${spanOf(lasted[position])}, worked on for ${spanOf(worked)}`);
      const list = el("ol", { "aria-label": `Places in ${side.name}, in the order of its way` });
      list.style.setProperty("--hue", side.hue);
      for (const [at, parts] of rows) {
        const track = el("span", { class: "track" });
        const all = parts.reduce((sum, part) => sum + part.end - part.begin, 0);
        const kinds = new Map();
        for (const part of parts) {
          kinds.set(part.kind, (kinds.get(part.kind) ?? 0) + part.end - part.begin);
          const piece = el("span", { class: `piece ${part.kind}`, title: `${data.words[part.kind]}, ${spanOf(part.end - part.begin)}` });
          piece.style.left = `${(part.begin / longest) * 100}%`;
          piece.style.width = `${((part.end - part.begin) / longest) * 100}%`;
          track.append(piece);
        }
        const last = Math.max(...parts.map((part) => part.end));
        const about = el("span", { class: "days" }, spanOf(all), el("span", { class: "hidden" }, " " + [...kinds].map(([kind, days]) => `${data.words[kind]} ${spanOf(days)}`).join(", ")));
        const from = Math.min(...parts.map((part) => part.begin));
        if (last / longest <= 0.8) about.style.left = `${(last / longest) * 100}%`;
        else if (from / longest >= 0.2) about.style.right = `${100 - (from / longest) * 100}%`;
        else about.style.right = "2px"; // no room beside the bar
        track.append(about);
        list.append(el("li", {}, el("span", {}, shorten(side.stations[at].name, 60)), track));
      }
      tale.append(title, list);
    });
    const axis = el("div", { class: "axis", "aria-hidden": "true" }, el("span"), el("div", {}, el("span", {}, "0"), el("span", {}, `${spanOf(longest)} after it arose`)));
    tale.append(axis);
  }

  // --- frames ---

  function theme() {
    const { color: ink, fontFamily: font } = getComputedStyle(root), page = getComputedStyle(play).color;
    return { ink, page, font, soft: mix(ink, page, 0.74), edge: mix(ink, page, 0.18), raised: mix(ink, page, 0.05) };
  }

  function resize() {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = stage.clientWidth;
    if (!width) return;
    knownWidth = width;
    look = theme();
    for (const side of sides) {
      const inner = side.section.clientWidth - parseFloat(getComputedStyle(side.section).paddingLeft) * 2;
      side.ctx.font = `600 13px ${look.font}`;
      side.layOut(inner, (text, room, most) => wrap(side.ctx, text, room, most));
      side.width = inner;
      side.show(day);
      fit(side);
      side.place(day);
      side.move(1);
    }
    spark.width = Math.round(spark.clientWidth * ratio);
    spark.height = Math.round(48 * ratio);
    [...legend.querySelectorAll("canvas")].forEach((canvas, at) => {
      const ctx = canvas.getContext("2d");
      ctx.setTransform(2, 0, 0, 2, 0, 0);
      ctx.clearRect(0, 0, 18, 18);
      drawDot(ctx, 9, 9, 6, signs[at][0], look.ink, look.page);
    });
    drawAll();
  }

  function fit(side) {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    side.canvas.style.height = `${side.height}px`;
    side.canvas.width = Math.round(side.width * ratio);
    side.canvas.height = Math.round(side.height * ratio);
  }

  function wrap(ctx, text, room, most) {
    const lines = [""];
    for (const word of shorten(text, 80).split(/\s+/)) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (ctx.measureText(longer).width <= room || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    const kept = lines.slice(0, most);
    if (lines.length > most) kept[most - 1] += "…";
    return kept.map((part) => {
      let short = part;
      while (short.length > 2 && ctx.measureText(short).width > room) short = short.replace(/…$/, "").slice(0, -1) + "…";
      return short;
    });
  }

  function ask() {
    if (!frame) frame = requestAnimationFrame(onFrame);
  }

  function onFrame(now) {
    frame = 0;
    if (!root.isConnected) return pause();
    const passed = Math.max(0, Math.min(now - lastFrame, 100)) / 1000; // a frame may be dated before the click
    lastFrame = now;
    if (isPlaying) {
      day = Math.min(data.until, day + passed * speed);
      if (day >= data.until) {
        pause();
        refresh(true);
      } else tellDay();
    }
    let isMoving = false;
    const part = stillness.matches ? 1 : 1 - Math.exp(-Math.min(passed, 0.05) * Math.max(9, speed));
    for (const side of sides) {
      if (side.show(day)) fit(side);
      side.place(day);
      if (side.move(part)) isMoving = true;
    }
    drawAll();
    if (isPlaying || isMoving) ask();
  }

  function drawAll() {
    if (!look.font) return;
    for (const side of sides) drawSide(side);
    drawSpark();
  }

  function drawSide(side) {
    const { ctx } = side, ratio = side.canvas.width / side.width;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, side.width, side.height);
    ctx.textAlign = "left";
    drawTracks(side);
    const at = Math.floor(day + 1e-6);
    drawLabels(side);
    for (const box of side.leaving) drawMoved(side, box, at);
    side.boxes.forEach((box) => drawMoved(side, box, at));
    for (let item = 0; item < side.x.length; item++) {
      if (side.alpha[item] < 0.03) continue;
      ctx.globalAlpha = side.alpha[item];
      drawDot(ctx, side.x[item], side.y[item], RADIUS, side.kind[item], side.hue, look.page);
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = look.ink;
    ctx.font = `600 12px ${look.font}`;
    ctx.textAlign = "center";
    for (const [text, x, y] of side.more) ctx.fillText(text, x, y);
    if (chosen >= 0 && side.alpha[chosen] > 0.3) {
      ctx.strokeStyle = look.ink;
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.arc(side.x[chosen], side.y[chosen], RADIUS + 3.5, 0, 2 * Math.PI);
      ctx.stroke();
    }
  }

  function drawLabels(side) {
    const { ctx } = side;
    ctx.font = `12px ${look.font}`;
    ctx.fillStyle = look.soft;
    ctx.textAlign = "left";
    for (const [text, y] of side.labels) ctx.fillText(wrap(ctx, text, side.width - 4, 1)[0], 2, y);
  }

  function drawTracks(side) {
    const { ctx } = side;
    ctx.lineWidth = 1.5;
    side.rows.forEach((row, number) => {
      const first = row[0], last = row.at(-1), y = first.top + FLOOR;
      const next = side.rows[number + 1]?.[0];
      const isLast = next === undefined || next.lane !== last.lane;
      ctx.strokeStyle = look.edge;
      line(ctx, first.x, y, isLast ? last.x + last.width : Math.min(side.width - 3, last.x + last.width + 8), y);
      ctx.strokeStyle = GREY;
      for (let place = 1; place < row.length; place++)
        if (row[place].column !== row[place - 1].column) chevron(ctx, row[place].x - GAP / 2, y);
      if (!isLast && next.column !== last.column) chevron(ctx, Math.min(side.width - 4, last.x + last.width + 6), y);
      // Those side by side: an item passes one of them
      for (let place = 0; place < row.length; place++) {
        const box = row[place];
        let to = place;
        while (to + 1 < row.length && row[to + 1].column === box.column) to++;
        if (to > place) {
          ctx.fillStyle = look.raised;
          rounded(ctx, box.x - 3, box.top + 1, row[to].x + row[to].width - box.x + 6, HEIGHT - 12, 8);
          ctx.fill();
          ctx.strokeStyle = look.edge;
          line(ctx, box.x, y, row[to].x + row[to].width, y);
        }
        place = to;
      }
    });
  }

  // A station on its way to its place, coming or going.
  function drawMoved(side, box, at) {
    const { ctx } = side;
    ctx.save();
    ctx.translate(box.dx, box.dy);
    ctx.globalAlpha = box.fade;
    drawStation(side, box, box.at, at);
    ctx.restore();
  }

  function drawStation(side, box, number, at) {
    const { ctx } = side, { x, top } = box;
    const middle = box.kind === "handoff" ? x + box.width / 2 : x + 2;
    ctx.textAlign = box.kind === "handoff" ? "center" : "left";
    ctx.fillStyle = box.kind === "handoff" ? look.soft : look.ink;
    ctx.font = box.kind === "handoff" ? `12px ${look.font}` : `600 13px ${look.font}`;
    box.lines.forEach((text, row) => ctx.fillText(text, middle, top + 13 + (row + 2 - box.lines.length) * 14));
    ctx.font = `12px ${look.font}`;
    ctx.fillStyle = look.soft;
    ctx.fillText(aboutStation(box), middle, top + 41);
    if (box.kind === "done") return drawDone(side, box, at);
    const waiting = side.waiting[number][at];
    if (box.kind === "team") {
      ctx.fillStyle = look.page;
      ctx.strokeStyle = GREY;
      ctx.lineWidth = 1.4;
      rounded(ctx, box.work, top + DOOR_TOP, x + box.width - box.work, FLOOR - DOOR_TOP + 1, 5);
      ctx.fill();
      ctx.stroke();
    } else if (box.kind !== "handoff") drawDoor(side, box, number, waiting);
    if (!waiting) return;
    ctx.font = `600 12px ${look.font}`;
    ctx.fillStyle = look.ink;
    ctx.fillText(box.kind === "handoff" ? waiting.toLocaleString("en") : `${waiting.toLocaleString("en")} waiting`, middle, top + 119);
  }

  function aboutStation(box) {
    const rhythm = box.every.map((days) => Math.round(days * 10) / 10).join(" and ") + " d";
    if (box.kind === "team") return box.people ? count(box.people, "person", "people") : ""; // who is still there
    if (box.kind === "desk") {
      const approvers = count(box.people, "approver", "approvers");
      return box.every.length ? `${approvers}, every ${rhythm}` : approvers;
    }
    return box.every.length ? (box.kind === "board" ? `meets every ${rhythm}` : `every ${rhythm}`) : "";
  }

  function drawDone(side, box, at) {
    const { ctx } = side;
    ctx.font = `600 22px ${look.font}`;
    ctx.fillStyle = look.ink;
    ctx.fillText(side.counts.done[at].toLocaleString("en"), box.x + 2, box.top + 64);
  }

  function drawDoor(side, box, number, waiting) {
    const { ctx } = side, x = box.x + box.width - 8, top = box.top + DOOR_TOP, floor = box.top + FLOOR;
    const hasRhythm = box.every.length > 0;
    const isOpen = hasRhythm && side.boxes[number] && side.isMeeting(number, day, isPlaying ? Math.max(0.6, (speed * CROWDED) / 10) : 0.6);
    const shade = box.kind === "release" || box.kind === "dependency" ? GREY : GATE;
    ctx.strokeStyle = ctx.fillStyle = shade;
    if (isOpen) {
      ctx.beginPath(); // the door has swung away from us
      ctx.moveTo(x, top);
      ctx.lineTo(x + 9, top + 5);
      ctx.lineTo(x + 9, floor - 5);
      ctx.lineTo(x, floor);
      ctx.fillStyle = mix(shade, look.page, 0.25);
      ctx.fill();
      ctx.lineWidth = 1.5;
      ctx.stroke();
    } else if (hasRhythm && waiting) {
      rounded(ctx, x - 3, top, 6, floor - top, 3);
      ctx.fill();
    } else {
      ctx.lineWidth = 2;
      ctx.setLineDash([4, 3]);
      line(ctx, x, top, x, floor);
      ctx.setLineDash([]);
    }
    if (!hasRhythm) return;
    const inDays = Math.ceil(side.nextOccasion(box, day) - day - 1e-6);
    const verb = box.kind === "release" ? "leaves" : box.kind === "funding" ? "decides" : "meets";
    ctx.font = isOpen ? `600 12px ${look.font}` : `12px ${look.font}`;
    ctx.fillStyle = isOpen ? look.ink : look.soft;
    if (isOpen) ctx.fillText(`${verb} today`, box.x + 2, box.top + 133);
    else if (waiting) ctx.fillText(`${verb} in ${inDays} d`, box.x + 2, box.top + 133);
  }

  function drawSpark() {
    const ctx = spark.getContext("2d"), width = spark.clientWidth, height = 48;
    if (!width) return;
    const what = hasBoards ? "waiting" : "open";
    ctx.setTransform(spark.width / width, 0, 0, spark.height / height, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const most = Math.max(1, ...sides.map((side) => Math.max(...side.counts[what])));
    const xOf = (at) => 8 + (at / data.until) * (width - 16), yOf = (n) => height - 2 - (n / most) * (height - 6);
    ctx.fillStyle = look.raised; // not warm yet
    ctx.fillRect(xOf(0), 14, xOf(data.begin) - xOf(0), height - 14);
    for (const side of sides) {
      ctx.strokeStyle = side.hue;
      ctx.lineWidth = 1.6;
      ctx.setLineDash(side.position ? [] : [5, 3]);
      ctx.beginPath();
      const every = Math.max(1, Math.floor(data.until / width));
      for (let at = 0; at <= data.until; at += every) ctx.lineTo(xOf(at), yOf(side.counts[what][at]));
      ctx.stroke();
    }
    for (const side of sides)
      for (const stage of side.stages) {
        if (!stage.text || stage.day > data.until) continue;
        ctx.fillStyle = ctx.strokeStyle = side.hue; // a date on which it changes
        ctx.lineWidth = 1;
        ctx.setLineDash([2, 3]);
        line(ctx, xOf(stage.day), 20, xOf(stage.day), height);
        ctx.setLineDash([]);
        ctx.beginPath();
        ctx.moveTo(xOf(stage.day), 14);
        ctx.lineTo(xOf(stage.day) + 4, 18);
        ctx.lineTo(xOf(stage.day), 22);
        ctx.lineTo(xOf(stage.day) - 4, 18);
        ctx.fill();
      }
    ctx.setLineDash([]);
    ctx.strokeStyle = look.ink;
    ctx.lineWidth = 1.5;
    line(ctx, xOf(day), 16, xOf(day), height);
    const label = hasBoards ? "requests waiting for a board, by day" : "open requests, by day";
    ctx.font = `12px ${look.font}`;
    ctx.textAlign = "left";
    ctx.fillStyle = look.page;
    ctx.fillRect(6, 0, ctx.measureText(label).width + 6, 14);
    ctx.fillStyle = look.soft;
    ctx.fillText(label, 8, 11);
  }
  spark.setAttribute("aria-label", `Requests ${hasBoards ? "waiting for a board" : "open"} by day. ` + sides.map((side) => `${side.name}: most on day ${side.worst}, ${hasBoards ? side.counts.waiting[side.worst] : side.counts.open[side.worst]}${side.stages.filter((stage) => stage.text).map((stage) => `; changes on day ${Math.round(stage.day)}`).join("")}`).join(". "));

  // --- begin ---

  const sizes = new ResizeObserver(() => stage.clientWidth !== knownWidth && resize()); // its height changes on dates
  sizes.observe(stage);
  const restyle = (event) => event.target === root && event.propertyName === "color" && resize();
  root.addEventListener("transitionend", restyle);
  const onStillness = () => (pause(), refresh(true));
  stillness.addEventListener("change", onStillness);
  document.fonts?.ready.then(() => root.isConnected && resize());
  resize();
  refresh(false);
  return () => {
    pause();
    sizes.disconnect();
    cancelAnimationFrame(frame);
    root.removeEventListener("keydown", onKey);
    root.removeEventListener("transitionend", restyle);
    stillness.removeEventListener("change", onStillness);
  };
}
