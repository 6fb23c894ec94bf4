"use strict";
// The whole picture comes every other second; what did not change is left alone, so that a
// selection or the focus of a keyboard stays where it is.

const STALE_SECONDS = 8;
const WORTH_A_CHART = 200; // points that waited
const AGAIN_SECONDS = [1, 2, 5, 10];
const TOKEN = "trio-ingest token";
const FATES = {
  filtered: ["left out", "include and exclude say so"],
  deduplicated: ["known already", "told a second time, by another way"],
  restart_noise: ["restored", "a starting Home Assistant only gave it back"],
  unwritten: ["no point", "the schema has none for it"],
  failed: ["could not be encoded", "a bug: the log has more"],
  quarantined: ["refused", "the database would not take it: trio-ingest quarantine list"],
};
const REASONS = {
  spool_full_oldest: "the spool was full, and the oldest had to go",
  spool_full_newest: "the spool was full, and the newest had to go",
  larger_than_spool: "larger than the whole spool",
  spool_damaged: "the spool was damaged",
  purged: "somebody purged the spool",
};
const GAPS = {
  disconnected: "the connection was lost, or the daemon did not run",
  spool_full: "the spool was full",
  spool_damaged: "the spool was damaged",
  purged: "somebody purged the spool",
};

const $ = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const sum = (values) => values.reduce((total, value) => total + value, 0);
const sortedByName = (table) => Object.entries(table).sort(([a], [b]) => a.localeCompare(b));
let offset = 0; // what the daemon's clock is ahead of ours, in seconds
let newest = null; // when there was news, by performance.now()

// --- words ---------------------------------------------------------------------------------------

function rate(perSecond) {
  return perSecond < 100 ? perSecond.toFixed(1) : whole.format(Math.round(perSecond));
}

function count(number, one, many = one + "s") {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}

function amount(number) {
  return number < 100000 ? whole.format(number) : short.format(number);
}

function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) { number /= 1000; unit += 1; }
  return `${unit && number < 10 ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  if (s < 36 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} days`;
}

const now = () => Date.now() / 1000 + offset;

function ago(seconds) {
  const past = now() - seconds;
  return past < 2 ? "just now" : `${duration(past)} ago`;
}

// --- elements ------------------------------------------------------------------------------------

function make(name, attributes = {}, ...children) {
  const drawn = ["svg", "path", "polyline", "rect", "title"].includes(name);
  const element = drawn
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function put(place, ...children) {
  const box = make("div", {}, ...children);
  if (place.innerHTML === box.innerHTML) return;
  place.replaceChildren(...box.childNodes);
}

function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function moment(seconds) {
  if (seconds === null || seconds === undefined) return "none yet";
  const date = new Date(seconds * 1000);
  return make("time", { datetime: date.toISOString(), title: date.toLocaleString() }, ago(seconds));
}

function chart(values, label) {
  if (values.length < 2) return null;
  // One moment that stands out, such as a snapshot of everything, must not flatten all others.
  const usual = [...values].sort((a, b) => a - b)[Math.floor(0.95 * (values.length - 1))];
  const top = Math.min(Math.max(...values), 1.4 * usual || Infinity) || 1;
  const points = values.map((value, at) =>
    `${(at * 100 / (values.length - 1)).toFixed(2)},${(30 - 28 * Math.min(1, value / top)).toFixed(2)}`);
  return make("svg", { class: "chart", viewBox: "0 0 100 30", preserveAspectRatio: "none", role: "img", "aria-label": label },
    make("path", { d: `M0,30 L${points.join(" L")} L100,30 Z` }),
    make("polyline", { points: points.join(" ") }));
}

function facts(...pairs) {
  return make("dl", {}, ...pairs.filter(Boolean).flatMap(([name, value]) =>
    [make("dt", {}, name), make("dd", {}, value)]));
}

function table(caption, heads, rows) {
  const head = ([text, kind]) => make("th", { scope: "col", ...(kind ? { class: kind } : {}) }, text);
  return make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...heads.map(head))),
    make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells))));
}

const name = (...text) => make("th", { scope: "row" }, ...text);
const cell = (...text) => make("td", {}, ...text);
const number = (...text) => make("td", { class: "number" }, ...text);
const quiet = (text) => make("p", { class: "quiet" }, text);

// --- the parts of the page -----------------------------------------------------------------------

function showVerdict({ level, title, text, problems }) {
  $("verdict").dataset.level = level;
  say($("title"), title);
  say($("text"), text);
  put($("problems"), ...problems.map(({ what, advice }) =>
    make("li", {}, make("strong", {}, what), advice)));
  document.title = `${level === "good" ? "" : "! "}${title} · trio-ingest`;
}

function homeCard(title, home, perSecond, history) {
  const { connector, repairs } = home;
  const isConnected = connector.state === "connected";
  const top = rate(Math.max(0, ...history));
  return make("article", { class: "card wide" },
    make("div", { class: "head" }, make("h3", {}, title),
      make("p", { class: "state", "data-level": isConnected ? "good" : "bad" }, isConnected ? "connected" : "not connected")),
    make("div", {}, make("p", { class: "figure" }, isConnected ? rate(perSecond) : "no", make("small", {}, " changes a second")),
      chart(history, `Changes a second in the last minutes: at most ${top}`)),
    facts(
      ["last change", moment(connector.last_change === null ? null : connector.last_change / 1e6)],
      ["received", amount(connector.received)],
      ["entities", amount(home.entities)],
      ["sessions", connector.sessions === connector.attempts ? amount(connector.sessions) : `${amount(connector.sessions)} of ${count(connector.attempts, "try", "tries")}`],
      repairs.changes_fetched ? ["fetched for repairs", amount(repairs.changes_fetched)] : null,
      ["Home Assistant", connector.ha_version || "not known yet"]));
}

function sinkCard(title, sink, history, time) {
  const { writer, spool, account } = sink;
  const lag = spool.oldest === null ? 0 : Math.max(0, time - spool.oldest / 1e6);
  const [level, state] = writer.needs_operator || spool.write_problem ? ["bad", "needs you"]
    : writer.last_problem ? ["notice", "is away"]
    : lag > 30 ? ["notice", "catching up"] : ["good", "up to date"];
  const share = 100 * spool.size_bytes / sink.spool_max_bytes;
  return make("article", { class: "card" },
    make("div", { class: "head" }, make("h3", {}, title), make("p", { class: "state", "data-level": level }, state)),
    make("p", { class: "figure" }, amount(account.written), make("small", {}, " points written")),
    Math.max(0, ...history) >= WORTH_A_CHART ? chart(history, `Points that waited in the last minutes: at most ${amount(Math.max(...history))}`) : null,
    facts(
      ["behind", lag < 1 ? "nothing" : duration(lag)],
      lag < 1 ? null : ["waiting", count(spool.points, "point")],
      ["on the disk", `${bytes(spool.size_bytes)} of ${bytes(sink.spool_max_bytes)}${share >= 1 ? ` (${Math.round(share)} %)` : ""}`],
      ["last written", moment(sink.last_success)],
      writer.retries ? ["tried again", count(writer.retries, "time")] : null,
      spool.quarantined_lines ? ["in quarantine", count(spool.quarantined_lines, "line")] : null));
}

function showBusiest(busiest) {
  const several = Object.keys(busiest).length > 1;
  const rows = Object.entries(busiest)
    .flatMap(([home, entities]) => Object.entries(entities).map(([id, perMinute]) => ({ home, id, perMinute })))
    .sort((a, b) => b.perMinute - a.perMinute || a.id.localeCompare(b.id)).slice(0, 10);
  if (!rows.length) return put($("busiest"), quiet("Nothing has changed yet."));
  const top = rows[0].perMinute;
  put($("busiest"), table("Changes a minute, over the last minutes", [["Entity"], ["", "bar"], ["a minute", "number"]],
    rows.map(({ home, id, perMinute }) => [
      name(id, several ? make("small", {}, home) : null),
      make("td", { class: "bar" }, make("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
        make("rect", { width: (100 * perMinute / top).toFixed(1), height: 8, rx: 2 }))),
      number(perMinute < 10 ? perMinute.toFixed(1) : whole.format(Math.round(perMinute)))])));
}

function showFates(sinks) {
  const rows = sortedByName(sinks).flatMap(([sink, { account }]) => [
    ...Object.entries(account.dropped).map(([reason, points]) => [sink, "dropped", REASONS[reason] || reason, points]),
    ...Object.entries(FATES).map(([fate, [what, why]]) => [sink, what, why, account[fate]]),
  ]).filter(([, , , points]) => points);
  if (!rows.length) return put($("fates"), quiet("Everything that came was written."));
  put($("fates"), table("Points since the start", [["What became of them"], ["Database"], ["points", "number"]],
    rows.map(([sink, what, why, points]) =>
      [name(what, make("small", {}, why)), cell(sink), number(amount(points))])));
}

function showGaps(gaps, homes) {
  const repaired = sum(Object.values(homes).map((home) => home.repairs.gaps_repaired));
  const lost = sum(Object.values(homes).map((home) => home.repairs.gaps_lost));
  const past = `${count(repaired, "gap")} repaired since the start`
    + (lost ? `, ${whole.format(lost)} could not be; the log says which.` : ".");
  if (!gaps.length) return put($("gaps"), quiet(`Nothing is missing. ${past}`));
  put($("gaps"), table(`Being fetched from Home Assistant's recorder. ${past}`,
    [["Why"], ["Home"], ["Database"], ["Gaps", "number"], ["Time", "number"]],
    gaps.map((gap) => [name(GAPS[gap.reason] || gap.reason), cell(gap.home), cell(gap.sink),
      number(whole.format(gap.count)), number(duration(gap.seconds))])));
}

function showWarnings(warnings) {
  if (!warnings.length) return put($("warnings"), quiet("None since the start."));
  put($("warnings"), make("ol", { class: "log" }, ...warnings.map(({ time, level, message, home, sink }) =>
    make("li", {},
      make("p", { class: "quiet" }, make("span", { class: `level-${level}` }, level), " · ", moment(time), home || sink ? ` · ${home || sink}` : ""),
      make("p", {}, message)))));
}

function show(news) {
  offset = news.time - Date.now() / 1000;
  showVerdict(news.verdict);
  put($("homes"), ...sortedByName(news.homes).map(([title, home]) =>
    homeCard(title, home, news.events_per_second[title] || 0, news.history.per_second[title] || [])));
  put($("sinks"), ...sortedByName(news.sinks).map(([title, sink]) =>
    sinkCard(title, sink, news.history.waiting[title] || [], news.time)));
  showBusiest(news.busiest);
  showFates(news.sinks);
  showGaps(news.gaps, news.homes);
  showWarnings(news.warnings);
  say($("about"), `trio-ingest ${news.version}, running for ${duration(news.uptime_seconds)}`);
  $("links").hidden = sessionStorage.getItem(TOKEN) !== null; // a link cannot show a token
  $("board").hidden = false;
}

// --- the stream ----------------------------------------------------------------------------------

let said = ""; // why there is no news, as far as that is known

function showContact() {
  const silent = newest === null ? null : (performance.now() - newest) / 1000;
  const state = silent === null ? "waiting" : said || silent >= STALE_SECONDS ? "stale" : "live";
  $("contact").dataset.state = state;
  document.body.classList.toggle("is-stale", state === "stale");
  say($("contact-text"), state === "live" ? "live"
    : state === "stale" ? `no news for ${duration(silent)}${said ? `: ${said}` : ""}` : said || "connecting");
}

async function follow(signal) {
  const token = sessionStorage.getItem(TOKEN);
  const answer = await fetch("events", {
    signal, cache: "no-store", credentials: "same-origin",
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
  });
  if (answer.status === 401) return askForToken(token !== null);
  if (!answer.ok) throw new Error(answer.status === 503 ? "too many status pages are open" : `it answers ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return "again";
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      if (event.startsWith("event: goodbye")) throw new Error("it was stopped, or is starting anew");
      newest = performance.now();
      said = "";
      show(JSON.parse(event.replace(/^data: /, "")));
      showContact();
    }
  }
}

async function keepFollowing(signal) {
  let tries = 0;
  while (!signal.aborted) {
    try {
      const before = newest;
      if (await follow(signal) !== "again") return;
      tries = newest === before ? tries + 1 : 0;
      if (!tries) continue;
    } catch (error) {
      if (signal.aborted) return;
      said = error instanceof TypeError ? "it cannot be reached" : error.message;
      tries = newest !== null && performance.now() - newest < 5000 ? 1 : tries + 1;
    }
    showContact();
    await new Promise((wake) => setTimeout(wake, 1000 * AGAIN_SECONDS[Math.min(tries, AGAIN_SECONDS.length) - 1]));
  }
}

function askForToken(wasWrong) {
  sessionStorage.removeItem(TOKEN);
  newest = null;
  said = "a token is needed";
  showContact();
  $("board").hidden = true;
  $("entrance").hidden = false;
  $("links").hidden = true;
  say($("token-refused"), wasWrong ? "That is not the token." : "");
  $("token").focus();
}

let looking = null;

function look() { // only while somebody does
  if (looking) looking.abort();
  looking = null;
  if (document.hidden) return;
  looking = new AbortController();
  keepFollowing(looking.signal);
}

$("entrance").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, $("token").value.trim());
  $("token").value = "";
  $("entrance").hidden = true;
  said = "";
  look();
});
document.addEventListener("visibilitychange", look);
setInterval(showContact, 1000);
look();
