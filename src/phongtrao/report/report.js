"use strict";
// Every text goes in through textContent: nothing an article contains is ever markup.
const { topics, articles } = JSON.parse(document.getElementById("data").textContent);
const STEP = 60; // articles put into the list at once
const PRINTED = 300; // articles opened for printing
const COLOURS = 8;
const $ = (id) => document.getElementById(id);
const chips = [...document.querySelectorAll("[data-topic]")];
let found = [];
let listed = 0;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const colour = (topic) => `t${topic % COLOURS}`;
const fullName = (topic) => (topics[topic].en ? `${topics[topic].vi} (${topics[topic].en})` : topics[topic].vi);

function badge(topic, kind) {
  return el("span", { class: `badge ${kind} ${colour(topic)}`, title: fullName(topic) }, el("b", {}, `${topic + 1}`), el("span", {}, topics[topic].vi));
}

function highlighted(pieces) {
  const passage = el("p", { lang: "vi" });
  pieces.forEach(([text, ...carried], index) => {
    if (!carried.length) return passage.append(text);
    let inner = document.createTextNode(text);
    for (const topic of carried.slice(1)) inner = el("span", { class: `under ${colour(topic)}` }, inner);
    passage.append(el("mark", { class: colour(carried[0]) }, inner));
    // A sentence cut in two by another topic's evidence gets its number once, at its end.
    const following = (pieces[index + 1] || [""]).slice(1);
    for (const topic of carried.filter((each) => !following.includes(each) || /\s$/.test(text))) {
      passage.append(el("sup", { class: colour(topic), title: fullName(topic), "aria-label": `topic ${fullName(topic)}` }, `${topic + 1}`));
    }
  });
  return passage;
}

function bar(score) {
  const filled = el("i");
  filled.style.width = `${100 * score}%`;
  return el("span", { class: "track", "aria-hidden": "true" }, filled);
}

function scoreTable(article) {
  const rows = article.scores.map((score, topic) =>
    el("tr", { class: `${colour(topic)}${article.topics.includes(topic) ? " carried" : ""}` },
      el("th", { scope: "row" }, el("b", {}, `${topic + 1}`), topics[topic].vi),
      el("td", { class: "bar" }, bar(score)),
      el("td", { class: "number" }, score.toFixed(2))));
  return el("table", { class: "scores" }, el("caption", {}, "Scores"), el("tbody", {}, ...rows));
}

function body(article) {
  const aside = el("aside", {}, scoreTable(article),
    el("dl", { class: "about" }, el("dt", {}, "id"), el("dd", {}, article.id),
      ...(article.source ? [el("dt", {}, "source"), el("dd", {}, article.source)] : [])));
  const text = el("div", { class: "text" });
  if (article.summary) {
    text.append(el("blockquote", { lang: "vi" }, el("span", { class: "kicker", lang: "en" }, "Summary"), article.summary));
  }
  text.append(...article.passages.map(highlighted));
  if (!article.passages.length) text.append(el("p", { class: "empty" }, "This article has no passages."));
  return el("div", { class: "body" }, text, aside);
}

function entry(index) {
  const article = articles[index];
  const others = article.topics.filter((topic) => topic !== article.primary);
  const marks = el("span", { class: "marks" },
    ...(article.primary === null ? [el("span", { class: "badge none" }, "no topic")] : [badge(article.primary, "primary")]),
    ...others.map((topic) => badge(topic, "other")),
    ...(article.uncertain ? [el("span", { class: "badge doubt", title: "a score lies where the model is often wrong" }, "uncertain")] : []));
  const head = el("summary", {},
    el("time", { datetime: article.date || null }, article.date || "undated"),
    el("span", { class: "title", lang: "vi" }, article.title || "(no title)"), marks);
  const details = el("details", { "data-index": index }, head);
  details.addEventListener("toggle", () => details.open && fill(details));
  return details;
}

function fill(details) {
  if (details.childElementCount === 1) details.append(body(articles[details.dataset.index]));
}

const fold = (text) => text.normalize("NFC").toLowerCase();
let texts = null; // folded texts, made at the first search

function matches(index, wanted) {
  const article = articles[index];
  if (wanted.uncertain && !article.uncertain) return false;
  const year = article.date.slice(0, 4);
  if (wanted.bounded && (!year || year < wanted.from || year > wanted.to)) return false;
  if (wanted.topics.length && !wanted.topics.some((t) => (t === "none" ? !article.topics.length : article.topics.includes(+t)))) return false;
  return !wanted.words || texts[index].includes(wanted.words);
}

function wantedNow() {
  const [from, to] = [$("from"), $("to")];
  const bounded = from && (from.selectedIndex > 0 || to.selectedIndex < to.options.length - 1);
  return {
    topics: chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.topic),
    words: fold($("search").value.trim()),
    uncertain: $("uncertain").checked,
    bounded, from: from && from.value, to: to && to.value,
  };
}

// How near the score that decides least clearly is to a coin toss.
const doubt = (article) => Math.min(...article.scores.map((score) => Math.abs(score - 0.5)));
const byDate = (sign) => (a, b) => (!articles[a].date - !articles[b].date) || sign * articles[a].date.localeCompare(articles[b].date) || a - b;
const ORDERS = {
  given: (a, b) => a - b,
  newest: byDate(-1),
  oldest: byDate(1),
  doubt: (a, b) => doubt(articles[a]) - doubt(articles[b]) || a - b,
};

function refresh() {
  const wanted = wantedNow();
  if (wanted.words && !texts) {
    texts = articles.map((a) => fold([a.title, a.summary, ...a.passages.map((pieces) => pieces.map((p) => p[0]).join(""))].join("\n")));
  }
  found = articles.map((_, index) => index).filter((index) => matches(index, wanted)).sort(ORDERS[$("order").value]);
  const all = articles.length.toLocaleString("en");
  $("shown").textContent = found.length === articles.length ? `All ${all} articles` : `${found.length.toLocaleString("en")} of ${all} articles`;
  $("list").replaceChildren();
  listed = 0;
  extend(STEP);
}

function extend(count) {
  $("list").append(...found.slice(listed, listed + count).map(entry));
  listed = Math.min(found.length, listed + count);
  $("more").hidden = listed >= found.length;
}

function exportCsv() {
  // A leading = + - @ would be run as a formula by spreadsheets.
  const cell = (value) => `"${String(value).replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const head = ["id", "source", "title", "published", "primary", "topics", ...topics.map((t) => t.vi), "uncertain", "summary"];
  const lines = found.map((index) => {
    const a = articles[index];
    const primary = a.primary === null ? "" : topics[a.primary].vi;
    return [a.id, a.source, a.title, a.date, primary, a.topics.map((t) => topics[t].vi).join("; "), ...a.scores, a.uncertain, a.summary];
  });
  const text = "\ufeff" + [head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  const link = el("a", { download: "articles.csv", href: URL.createObjectURL(new Blob([text], { type: "text/csv" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Arrow keys walk from title to title.
$("list").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.tagName !== "SUMMARY") return;
  const heads = [...$("list").querySelectorAll("summary")];
  const next = heads[heads.indexOf(event.target) + step];
  if (next) { event.preventDefault(); next.focus(); }
});
for (const chip of chips) {
  chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
    refresh();
  });
}
$("filters").addEventListener("input", refresh);
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("filters").addEventListener("reset", () => {
  chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
  setTimeout(refresh);
});
$("export").addEventListener("click", exportCsv);
$("more").addEventListener("click", () => extend(STEP));
new IntersectionObserver((seen) => seen[0].isIntersecting && extend(STEP), { rootMargin: "600px" }).observe($("more"));

let openedForPrint = [];
addEventListener("beforeprint", () => {
  extend(Math.max(0, PRINTED - listed));
  openedForPrint = [...document.querySelectorAll("details:not([open])")].slice(0, PRINTED);
  openedForPrint.forEach((details) => { fill(details); details.open = true; });
});
addEventListener("afterprint", () => openedForPrint.forEach((details) => { details.open = false; }));

refresh();
const first = document.querySelector("details");
if (first) first.open = true;
