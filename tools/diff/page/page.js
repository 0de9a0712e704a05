"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);
function el(tag, cls, text) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text !== undefined) e.textContent = text;
  return e;
}
const plural = (n, one, many) => n + " " + (n === 1 ? one : many);

// ---- light and dark ----------------------------------------------------------------------------
const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen = location.hash === "#dark" ? true : location.hash === "#light" ? false : null;
function theme() {
  document.documentElement.classList.toggle("dark", chosen ?? dark.matches);
  draw();
}
dark.addEventListener("change", theme);
$("theme").onclick = () => { chosen = !(chosen ?? dark.matches); theme(); };

// ---- what each side came to --------------------------------------------------------------------
$("program").textContent = data.program;
$("program").title = data.program;
document.title = "slot190 diff: " + data.program;
$("verdict").textContent = data.same ? "no difference" : "different";
$("verdict").classList.add(data.same ? "good" : "bad");
function card(side, letter) {
  const c = el("div", "card"), name = el("div", "name"), facts = el("div", "facts");
  name.append(el("span", "side", letter), side.name);
  const fact = (text, bad) => facts.append(el("span", bad ? "fact bad" : "fact", text));
  fact(side.ending, side.found.hangs || side.found.timed_out);
  const f = side.found;
  if (f.hangs) fact(plural(f.hangs, "task sleeps for ever", "tasks sleep for ever"), true);
  if (f.early) fact(f.early === 1 ? "vfork returned too early" : "vfork returned too early " + f.early + " times", true);
  if (f.two_tasks) fact("two tasks on one stack", true);
  if (f.words) fact(plural(f.words, "word of a stack overwritten", "words of a stack overwritten"), true);
  if (f.dead) fact(plural(f.dead, "dead object touched", "dead objects touched"), true);
  if (side.out.length) fact(plural(side.out.length, "byte", "bytes") + " of output");
  if (side.err.length) fact(plural(side.err.length, "byte", "bytes") + " of errors");
  fact(plural(side.events.length, "event", "events"));
  c.append(name, el("div", "summary", side.summary), facts);
  return c;
}
data.sides.forEach((s, i) => $("cards").append(card(s, "AB"[i])));

// ---- legend ------------------------------------------------------------------------------------
const kStates = [["user", "runs user code"], ["kernel", "in the kernel"], ["ready", "waits for the CPU"],
  ["sleeping", "sleeps (S)"], ["uninterruptible", "sleeps, uninterruptible (D)"], ["stopped", "stopped"], ["zombie", "zombie"]];
const used = new Set(data.sides.flatMap(s => s.tasks.flatMap(t => t.spans.map(x => x[2]))));
for (const [state, text] of kStates) {
  if (!used.has(state)) continue;
  const item = el("span"), swatch = el("i");
  swatch.style.background = "var(--" + state + ")";
  item.append(swatch, text);
  $("legend").append(item);
}
for (const [sign, text, colour] of [["↷", "wakes", "--wake"], ["●", "fork", "--fork"], ["◆", "exec", "--fork"], ["✕", "exit", "--fork"],
  ["⇢", "signal", "--signal"], ["▲", "damage", "--bad"]]) {
  const item = el("span"), b = el("b", "", sign);
  b.style.color = "var(" + colour + ")";
  item.append(b, text);
  $("legend").append(item);
}

// ---- the timeline ------------------------------------------------------------------------------
const kGutter = 128, kLane = 40, kBar = 20, kAxis = 26, kTop = 8;
const longest = Math.max(1, ...data.sides.map(s => s.events.length));
const view = { from: 0, scale: 8 };  // the event at the left edge, pixels an event
let selected = null;                 // {side, event}
const panes = data.sides.map((side, i) => {
  const head = el("div", "lanehead");
  head.append(el("span", "side", "AB"[i]), el("span", "name", side.name), el("span", "what", side.summary));
  const canvas = el("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Timeline of " + side.name + ": " + side.tasks.length + " tasks, " + side.events.length + " events; the list below has the same as text");
  $("lanes").append(head, canvas);
  const row = new Map(side.tasks.map((t, n) => [t.pid, n]));
  return { side, i, canvas, row, height: kAxis + kTop + side.tasks.length * kLane + 4, marks: [], first: i === 0 ? data.first.a : data.first.b };
});
const wake = "wake", times = ns => {
  if (ns >= 1e9) return (ns / 1e9).toFixed(ns % 1e9 ? 6 : 0).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") + " s";
  if (ns >= 1e6) return +(ns / 1e6).toFixed(3) + " ms";
  return Math.round(ns / 1e3) + " µs";
};
const width = () => panes[0].canvas.clientWidth - kGutter;
const X = e => kGutter + (e - view.from) * view.scale;
const laneY = n => kAxis + kTop + n * kLane + (kLane - kBar) / 2;
const middle = n => laneY(n) + kBar / 2;
function clampView() {
  view.scale = Math.min(90, Math.max(Math.min(8, width() / (longest + 2)), view.scale));
  const room = width() / view.scale;
  view.from = Math.max(Math.min(view.from, longest + 1 - room), 0) - (longest + 2 < room ? 0.5 : 0);
}
let css = {};
function colours() {
  const style = getComputedStyle(document.documentElement);
  css = new Proxy({}, { get: (o, k) => o[k] ??= style.getPropertyValue("--" + k).trim() });
}
function draw() {
  if (!panes.length || !panes[0].canvas.clientWidth) return;
  colours();
  clampView();
  panes.forEach(paint);
}

function paint(p) {
  const { canvas, side } = p, ratio = devicePixelRatio || 1, w = canvas.clientWidth;
  canvas.style.height = p.height + "px";
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(p.height * ratio);
  const g = canvas.getContext("2d");
  g.scale(ratio, ratio);
  g.clearRect(0, 0, w, p.height);
  const from = Math.max(0, Math.floor(view.from) - 1), to = Math.min(side.events.length, Math.ceil(view.from + width() / view.scale) + 1);
  p.marks = [];
  backdrop(g, p, w);
  g.save();
  g.beginPath();
  g.rect(kGutter, 0, w - kGutter, p.height);
  g.clip();
  axis(g, p, from, to);
  shared(g, p);
  side.tasks.forEach((t, n) => bars(g, t, n, from, to));
  for (let e = from; e < to; e++) mark(g, p, e);
  firstLine(g, p);
  if (selected && selected.side === p.i) {
    g.strokeStyle = css.accent;
    g.lineWidth = 2;
    g.strokeRect(X(selected.event) - 1, kAxis, Math.max(view.scale, 3), p.height - kAxis - 3);
  }
  g.restore();
}

function backdrop(g, p, w) {
  g.font = "13px system-ui, sans-serif";
  g.textBaseline = "middle";
  p.side.tasks.forEach((t, n) => {
    if (n % 2 === 0) {
      g.fillStyle = css.stripe;
      g.fillRect(0, kAxis + kTop + n * kLane, w, kLane);
    }
    g.fillStyle = css.text;
    g.textAlign = "left";
    g.fillText(clip(g, t.name || "?", 84), 6, middle(n));
    g.fillStyle = css.dim;
    g.textAlign = "right";
    g.fillText(t.pid, kGutter - 12, middle(n));
  });
  g.strokeStyle = css.line;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(kGutter - .5, 0);
  g.lineTo(kGutter - .5, p.height);
  g.moveTo(0, kAxis + .5);
  g.lineTo(w, kAxis + .5);
  g.stroke();
}

// The virtual time, and where it leaps because everybody sleeps.
function axis(g, p, from, to) {
  const start = p.side.events.length ? p.side.events[0][0] : 0;
  g.font = "11px system-ui, sans-serif";
  g.textAlign = "left";
  let free = kGutter - 40;
  for (let e = Math.max(1, from); e < to; e++) {
    const leap = p.side.events[e][0] - p.side.events[e - 1][0];
    if (leap < 500000) continue;
    const x = X(e), text = "+" + times(leap), w = g.measureText(text).width + 10;
    g.strokeStyle = css.uninterruptible;
    g.setLineDash([2, 3]);
    g.beginPath(); g.moveTo(x + .5, kAxis); g.lineTo(x + .5, p.height); g.stroke();
    g.setLineDash([]);
    if (x - w / 2 < free) continue;
    free = x + w / 2 + 4;
    g.fillStyle = css.uninterruptible;
    g.fillText(text, x - w / 2 + 5, 12);
  }
  free = kGutter - 40;
  const step = Math.max(1, Math.ceil(110 / view.scale));
  const busy = [];
  for (let e = Math.max(1, from); e < to; e++)
    if (p.side.events[e][0] - p.side.events[e - 1][0] >= 500000) busy.push(X(e));
  const label = data.same || p.first === null ? null : X(p.first);
  for (let e = Math.ceil(from / step) * step; e < to; e += step) {
    const x = X(e);
    g.fillStyle = css.dim;
    if (busy.some(b => Math.abs(b - x - 20) < 76)) continue;
    if (label !== null && x + 60 > label && x < label + 110) continue;
    g.fillText(times(p.side.events[e][0] - start), x + 4, 12);
    g.fillRect(x, kAxis - 6, 1, 6);
  }
}

const pale = { ready: 1, sleeping: 1, stopped: 1 };
function clip(g, text, room) {
  if (g.measureText(text).width <= room) return text;
  let n = text.length;
  while (n > 1 && g.measureText(text.slice(0, n) + "…").width > room) n--;
  return n > 1 ? text.slice(0, n) + "…" : "";
}
function bars(g, t, n, from, to) {
  const y = laneY(n);
  g.textAlign = "left";
  g.font = "11px ui-monospace, 'DejaVu Sans Mono', Menlo, monospace";
  for (const [a, b, state, where] of t.spans) {
    if (b <= from || a >= to) continue;
    const x = X(a), w = Math.max(1, (b - a) * view.scale - (view.scale > 5 ? 1 : 0));
    const thin = state === "ready" || state === "zombie";
    g.fillStyle = css[state];
    g.beginPath();
    if (thin) g.rect(x, y + kBar / 2 - (state === "ready" ? 5 : 3), w, state === "ready" ? 10 : 6);
    else g.roundRect(x, y, w, kBar, Math.min(4, w / 3));
    g.fill();
    if (thin || !where || w < 26) continue;
    // Where the bar is, as far as it can be seen.
    const left = Math.max(x, kGutter) + 5, room = Math.min(x + w, kGutter + width()) - left - 4;
    const text = room > 14 ? clip(g, where, room) : "";
    if (text.length < 3 && text !== where) continue;
    g.fillStyle = pale[state] ? css["on-pale"] : css["on-bar"];
    g.fillText(text, left, y + kBar / 2 + .5);
  }
}

// From the moment that two tasks run on one stack until one of them leaves it.
function shared(g, p) {
  const { side, row } = p;
  side.shared ??= side.events.flatMap((e, i) => {
    if (e[1] !== "onestack") return [];
    let end = i + 1;
    while (end < side.events.length && !((side.events[end][1] === "exec" || side.events[end][1] === "exit") && (side.events[end][2] === e[3] || side.events[end][2] === e[2]))) end++;
    return [[i, end, e[2], e[3]]];
  });
  for (const [a, b, one, two] of side.shared) {
    if (!row.has(one) || !row.has(two)) continue;
    const top = Math.min(row.get(one), row.get(two)), bottom = Math.max(row.get(one), row.get(two));
    const x = X(a), w = Math.max(3, (b - a) * view.scale), y = laneY(top) - 6, h = laneY(bottom) + kBar + 6 - y;
    g.fillStyle = css.bad + "26";
    g.strokeStyle = css.bad;
    g.lineWidth = 1;
    g.beginPath();
    g.roundRect(x, y, w, h, 5);
    g.fill();
    g.stroke();
    g.font = "600 11px system-ui, sans-serif";
    g.textAlign = "left";
    g.fillStyle = css.bad;
    const text = "two tasks on one stack", gap = laneY(top) + kBar, room = Math.min(x + w, kGutter + width()) - Math.max(x, kGutter);
    if (bottom === top + 1 && room > g.measureText(text).width + 12) g.fillText(text, Math.max(x, kGutter) + 6, (gap + laneY(bottom)) / 2 + .5);
  }
}

function arrow(g, x, y1, y2, colour, dash) {
  const down = y2 > y1 ? 1 : -1, bow = Math.min(14, 4 + view.scale);
  const a = y1 + down * (kBar / 2 - 2), b = y2 - down * (kBar / 2 - 1);
  g.strokeStyle = g.fillStyle = colour;
  g.lineWidth = 1.6;
  g.setLineDash(dash || []);
  g.beginPath();
  g.moveTo(x, a);
  g.quadraticCurveTo(x + bow, (a + b) / 2, x, b - down * 4);
  g.stroke();
  g.setLineDash([]);
  g.beginPath();
  g.moveTo(x - 1, b + down * 2);
  g.lineTo(x - 4, b - down * 6);
  g.lineTo(x + 5, b - down * 5);
  g.fill();
}
const dense = () => view.scale < 3;
function mark(g, p, e) {
  const [, kind, pid, other] = p.side.events[e], n = p.row.get(pid), m = p.row.get(other);
  const x = X(e) + Math.min(view.scale / 2, 6);
  const hit = (lane, r) => p.marks.push({ x, y: middle(lane), r: r || 8, e });
  if (kind === "wake" && n !== undefined) {
    if (m !== undefined) arrow(g, x, middle(m), middle(n), css.wake);
    else {
      g.fillStyle = css.wake;
      g.beginPath(); g.moveTo(x - 4, laneY(n) - 7); g.lineTo(x + 4, laneY(n) - 7); g.lineTo(x, laneY(n)); g.fill();
    }
    hit(n);
  } else if (kind === "send" && m !== undefined && n !== undefined && !dense()) {
    if (m !== n) arrow(g, x, middle(n), middle(m), css.signal, [3, 3]);
    hit(m);
  } else if (kind === "fork" && m !== undefined) {
    g.strokeStyle = g.fillStyle = css.fork;
    g.lineWidth = 1.4;
    if (n !== undefined) {
      g.beginPath(); g.moveTo(x, middle(n)); g.lineTo(x, middle(m)); g.stroke();
      g.beginPath(); g.arc(x, middle(n), 4, 0, 7); g.fill();
    }
    g.beginPath(); g.arc(x, middle(m), 4, 0, 7); g.fill();
    hit(m);
  } else if (kind === "exec" && n !== undefined) {
    const y = middle(n);
    g.fillStyle = css.fork; g.strokeStyle = css.panel; g.lineWidth = 1.5;
    g.beginPath(); g.moveTo(x, y - 7); g.lineTo(x + 7, y); g.lineTo(x, y + 7); g.lineTo(x - 7, y); g.closePath(); g.fill(); g.stroke();
    hit(n, 10);
  } else if (kind === "exit" && n !== undefined) {
    const y = middle(n);
    for (const [c, w] of [[css.panel, 5], [css.fork, 2.4]]) {
      g.strokeStyle = c; g.lineWidth = w;
      g.beginPath(); g.moveTo(x - 5, y - 5); g.lineTo(x + 5, y + 5); g.moveTo(x + 5, y - 5); g.lineTo(x - 5, y + 5); g.stroke();
    }
    hit(n, 10);
  } else if (n !== undefined && (kind === "onestack" || kind === "clobber" || kind === "early" || kind === "dead" || kind === "hang")) {
    const y = laneY(n) - 2;
    g.fillStyle = css.bad; g.strokeStyle = css.panel; g.lineWidth = 1;
    g.beginPath(); g.moveTo(x, y - 5); g.lineTo(x + 7, y + 7); g.lineTo(x - 7, y + 7); g.closePath(); g.fill(); g.stroke();
    p.marks.push({ x, y, r: 9, e });
  }
}

function firstLine(g, p) {
  if (p.first === null || data.same) return;
  const x = X(p.first) - .5;
  g.strokeStyle = g.fillStyle = css.first;
  g.lineWidth = 1.5;
  g.setLineDash([5, 4]);
  g.beginPath(); g.moveTo(x, kAxis); g.lineTo(x, p.height); g.stroke();
  g.setLineDash([]);
  g.font = "600 11px system-ui, sans-serif";
  const text = "first difference", w = g.measureText(text).width + 10, left = Math.min(x, kGutter + width() - w - 2);
  if (x < kGutter - 1 || x > kGutter + width()) return;
  g.beginPath(); g.roundRect(left, kAxis - 19, w, 17, 4); g.fill();
  g.fillStyle = css.panel;
  g.textAlign = "left";
  g.fillText(text, left + 5, kAxis - 10);
}

// ---- moving about ------------------------------------------------------------------------------
function zoom(factor, x) {
  const at = view.from + (x - kGutter) / view.scale;
  view.scale *= factor;
  clampView();
  view.from = at - (x - kGutter) / view.scale;
  draw();
}
function show(event, scale) {
  if (scale) view.scale = scale;
  clampView();
  view.from = event - width() / view.scale / 3;
  draw();
}
const centre = () => kGutter + width() / 2;
$("in").onclick = () => zoom(1.6, centre());
$("out").onclick = () => zoom(1 / 1.6, centre());
$("fit").onclick = () => { view.scale = width() / (longest + 2); view.from = 0; draw(); };
$("to-first").onclick = () => { toFirst(); };
$("to-first").hidden = data.first.a === null && data.first.b === null;
function toFirst() {
  const first = Math.min(data.first.a ?? longest, data.first.b ?? longest);
  show(first, Math.max(view.scale, 16));
  if (firstRow >= 0) scrollTo(firstRow);
}

const tip = $("tip");
function describe(p, e) {
  const [ns, kind, pid, other, text] = p.side.events[e], box = el("div");
  const start = p.side.events[0][0];
  box.append(el("div", "k", "AB"[p.i] + "  event " + (e + 1) + ", " + times(ns - start) + ", process " + pid));
  box.append(el("div", "t", text));
  return box;
}
function hover(p, ev) {
  const r = p.canvas.getBoundingClientRect(), x = ev.clientX - r.left, y = ev.clientY - r.top;
  let best = null, near = 1e9;
  for (const m of p.marks) {
    const d = Math.hypot(m.x - x, m.y - y);
    if (d < m.r + 3 && d < near) { near = d; best = m.e; }
  }
  const lane = Math.floor((y - kAxis - kTop) / kLane), t = p.side.tasks[lane];
  const e = Math.floor(view.from + (x - kGutter) / view.scale);
  tip.replaceChildren();
  if (best === null && t && x > kGutter) {
    const span = t.spans.find(s => s[0] <= e && e < s[1]);
    if (span) {
      const name = kStates.find(s => s[0] === span[2]);
      tip.append(el("div", "k", t.name + " (" + t.pid + ") " + name[1] + (span[3] ? ": " + span[3] : "")));
      const lasts = p.side.events[Math.min(span[1], p.side.events.length - 1)][0] - p.side.events[span[0]][0];
      tip.append(el("div", "k", plural(span[1] - span[0], "event", "events") + (lasts ? ", " + times(lasts) : "")));
      for (let i = e; i >= span[0]; i--)
        if (p.side.events[i][2] === t.pid) { tip.append(describe(p, i)); best = i; break; }
    }
  } else if (best !== null) tip.append(describe(p, best));
  tip.hidden = !tip.childNodes.length;
  tip.style.left = Math.min(ev.clientX + 14, innerWidth - tip.offsetWidth - 10) + "px";
  tip.style.top = Math.min(ev.clientY + 16, innerHeight - tip.offsetHeight - 10) + "px";
  p.canvas.classList.toggle("over", best !== null);
  return best;
}
for (const p of panes) {
  const pointers = new Map();
  let moved = 0, pinch = 0;
  p.canvas.addEventListener("pointerdown", ev => {
    p.canvas.setPointerCapture(ev.pointerId);
    pointers.set(ev.pointerId, ev.clientX);
    moved = 0; pinch = 0;
    p.canvas.classList.add("drag");
    tip.hidden = true;
  });
  p.canvas.addEventListener("pointermove", ev => {
    if (!pointers.has(ev.pointerId)) { hover(p, ev); return; }
    const before = pointers.get(ev.pointerId);
    pointers.set(ev.pointerId, ev.clientX);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()], gap = Math.abs(a - b);
      if (pinch) zoom(gap / pinch, (a + b) / 2 - p.canvas.getBoundingClientRect().left);
      pinch = Math.max(gap, 1);
      return;
    }
    moved += Math.abs(ev.clientX - before);
    view.from -= (ev.clientX - before) / view.scale;
    draw();
  });
  const up = ev => {
    pointers.delete(ev.pointerId);
    p.canvas.classList.remove("drag");
    if (moved > 3 || ev.type !== "pointerup") return;
    const e = hover(p, ev);
    if (e !== null) select(p.i, e, true);
  };
  p.canvas.addEventListener("pointerup", up);
  p.canvas.addEventListener("pointercancel", up);
  p.canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  p.canvas.addEventListener("wheel", ev => {
    if (ev.ctrlKey || ev.metaKey) {
      ev.preventDefault();
      zoom(Math.exp(-ev.deltaY / 240), ev.offsetX);
    } else if (ev.shiftKey || Math.abs(ev.deltaX) > Math.abs(ev.deltaY)) {
      ev.preventDefault();
      view.from += (ev.deltaX || ev.deltaY) / view.scale;
      draw();
    }
  }, { passive: false });
}
addEventListener("keydown", ev => {
  if (ev.target.closest && ev.target.closest(".list")) return;
  const step = width() / view.scale / 6;
  const keys = { "+": () => zoom(1.4, centre()), "=": () => zoom(1.4, centre()), "-": () => zoom(1 / 1.4, centre()), "0": () => $("fit").click(),
    ArrowLeft: () => { view.from -= step; draw(); }, ArrowRight: () => { view.from += step; draw(); } };
  if (!keys[ev.key] || ev.ctrlKey || ev.metaKey || ev.altKey) return;
  ev.preventDefault();
  keys[ev.key]();
});

// ---- the list ----------------------------------------------------------------------------------
const kRow = 21;
function align(a, b) {  // rows [line of a or -1, line of b or -1, same]
  const rows = [];
  let head = 0, tail = 0;
  while (head < a.length && head < b.length && a[head][3] === b[head][3]) rows.push([head, head++, true]);
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail][3] === b[b.length - 1 - tail][3]) tail++;
  const n = a.length - head - tail, m = b.length - head - tail;
  let i = 0, j = 0;
  if (n * m <= 6e6) {
    const best = new Uint16Array((n + 1) * (m + 1)), at = (x, y) => x * (m + 1) + y;
    for (let x = n - 1; x >= 0; x--)
      for (let y = m - 1; y >= 0; y--)
        best[at(x, y)] = a[head + x][3] === b[head + y][3] ? best[at(x + 1, y + 1)] + 1 : Math.max(best[at(x + 1, y)], best[at(x, y + 1)]);
    while (i < n || j < m) {
      if (i < n && j < m && a[head + i][3] === b[head + j][3]) rows.push([head + i++, head + j++, true]);
      else if (j === m || (i < n && best[at(i + 1, j)] >= best[at(i, j + 1)])) rows.push([head + i++, -1, false]);
      else rows.push([-1, head + j++, false]);
    }
  } else for (; i < n || j < m; i++, j++) rows.push([i < n ? head + i : -1, j < m ? head + j : -1, false]);
  for (let t = tail; t > 0; t--) rows.push([a.length - t, b.length - t, true]);
  return pairUp(rows);
}
function pairUp(rows) {  // lines that only one side has share rows with those that only the other has
  const out = [];
  for (let i = 0; i < rows.length;) {
    if (rows[i][2]) { out.push(rows[i++]); continue; }
    const left = [], right = [];
    for (; i < rows.length && !rows[i][2]; i++) {
      if (rows[i][0] >= 0) left.push(rows[i][0]);
      if (rows[i][1] >= 0) right.push(rows[i][1]);
    }
    for (let k = 0; k < Math.max(left.length, right.length); k++) out.push([left[k] ?? -1, right[k] ?? -1, false]);
  }
  return out;
}
const [A, B] = data.sides;
const all = align(A.lines, B.lines);
let rows = all;
let firstRow = -1;
const atOrAfter = (first, line) => first !== null && line >= first;
function findFirst() {
  firstRow = rows.findIndex(([a, b]) => (a >= 0 && atOrAfter(data.first.a, A.lines[a][0])) || (b >= 0 && atOrAfter(data.first.b, B.lines[b][0])));
}
for (const [i, s] of data.sides.entries()) {
  const h = el("div");
  h.append(el("span", "side", "AB"[i]), " " + s.name);
  $("listhead").append(h);
}
function cell(side, n) {
  const c = el("div", "cell");
  if (n < 0) return c;
  const [, pid, text, , hurt] = side.lines[n];
  c.append(el("span", "pid", pid), text);
  c.title = text;
  if (hurt) c.classList.add("hurt");
  return c;
}
function fill() {
  const list = $("list"), from = Math.max(0, Math.floor(list.scrollTop / kRow) - 6), to = Math.min(rows.length, from + Math.ceil(list.clientHeight / kRow) + 12);
  $("sizer").style.height = rows.length * kRow + "px";
  const box = $("rows");
  box.style.top = from * kRow + "px";
  box.replaceChildren();
  for (let r = from; r < to; r++) {
    const [a, b, same] = rows[r], row = el("div", "row " + (same ? "same" : "diff"));
    if ((a >= 0 && A.lines[a][4]) || (b >= 0 && B.lines[b][4])) row.classList.add("damage");
    if (r === firstRow && !data.same) row.classList.add("first");
    if (selected && ((selected.side === 0 && a >= 0 && A.lines[a][0] === selected.line) || (selected.side === 1 && b >= 0 && B.lines[b][0] === selected.line))) row.classList.add("at");
    row.append(cell(A, a), el("div", "sign", same ? "" : a < 0 ? "›" : b < 0 ? "‹" : "≠"), cell(B, b));
    row.onclick = ev => {
      const right = ev.clientX > row.getBoundingClientRect().left + row.clientWidth / 2, i = (right && b >= 0) || a < 0 ? 1 : 0;
      select(i, i ? B.lines[b][0] : A.lines[a][0], false);
    };
    box.append(row);
  }
}
function scrollTo(row) {
  $("sizer").style.height = rows.length * kRow + "px";
  $("list").scrollTop = Math.max(0, row * kRow - $("list").clientHeight / 3);
  fill();
}
function select(side, event, fromLanes) {
  // The line that the event is part of, or the next one.
  const lines = data.sides[side].lines;
  let n = lines.findIndex(l => l[0] > event);
  n = n < 0 ? lines.length - 1 : Math.max(0, n - 1);
  selected = { side, event, line: lines[n] ? lines[n][0] : -1 };
  if (fromLanes) {
    const row = rows.findIndex(r => r[side] === n);
    if (row >= 0) scrollTo(row);
    draw();
  } else {
    fill();
    show(event);
  }
}
$("list").addEventListener("scroll", fill);
$("only").onchange = () => {
  rows = $("only").checked ? all.filter(r => !r[2]) : all;
  findFirst();
  fill();
};

// ---- memory, outputs, commands -----------------------------------------------------------------
const hurt = data.sides.flatMap((s, i) => s.words.map(w => ["AB"[i], ...w]));
if (hurt.length) {
  $("memory").hidden = false;
  const table = el("table", "words");
  const put = (tag, cells) => {
    const tr = el("tr");
    for (const c of cells) tr.append(el(tag, "", c));
    table.append(tr);
  };
  put("th", ["", "address", "was", "is", "", "on the stack of", "by"]);
  for (const [s, address, before, after, code, victim, by] of hurt.slice(0, 60)) put("td", [s, address, before, after, code ? "a return address" : "", victim, by]);
  $("words").append(table);
  if (hurt.length > 60) $("words").append(el("p", "hint", "and " + (hurt.length - 60) + " more"));
}
for (const [what, name] of [["out", "standard output"], ["err", "standard error"]]) {
  if (A[what] === "" && B[what] === "") continue;
  $("outputs").hidden = false;
  const two = el("div", "two");
  for (const [i, s] of data.sides.entries()) {
    const box = el("div");
    box.append(el("div", "k", "AB"[i] + ", " + name + (A[what] === B[what] ? ", the same" : "")), el("pre", "", s[what] || "(nothing)"));
    two.append(box);
  }
  $("streams").append(two);
}
for (const s of data.sides) $("again").append(el("pre", "", s.command));

// ---- begin -------------------------------------------------------------------------------------
addEventListener("resize", () => { draw(); fill(); });
findFirst();
theme();
if (longest * 14 > width() && !data.same) toFirst();
else $("fit").click();
if (firstRow >= 0) scrollTo(firstRow);
fill();
