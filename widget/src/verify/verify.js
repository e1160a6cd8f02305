/**
 * Verifies a receipt in the browser: the one of this page, or a file that is chosen or dropped.
 * It comes with our own receipt and verification pages alone. All words stand in the page.
 */
import { continuation, isContinued, tileReader } from "./merkle.js";
import { isSigned, readCheckpoint } from "./note.js";
import { MOST_BYTES, verifyReceipt } from "./receipt.js";

const place = /** @type {HTMLElement} */ (document.getElementById("bd-verify"));
const { log, receipt, witnesses = "" } = place.dataset;
const words = JSON.parse(place.dataset.words || "{}"), titles = JSON.parse(place.dataset.titles || "{}");
const button = place.querySelector("button"), input = place.querySelector("input");
const result = /** @type {HTMLElement} */ (place.querySelector("[role=status]"));

/** @typedef {{ good: boolean | undefined, text: string }} Finding */

/** @param {string} key @param {Record<string, unknown>} [values] */
const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
/** What a file says, without what a reader cannot see, such as marks that turn the writing round. @param {string} text */
const plain = (text) => text.replace(/[\p{Cc}\p{Bidi_C}]/gu, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
const dated = (/** @type {Intl.DateTimeFormatOptions} */ style) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeZone: "UTC", ...style }).format;
/** A date in words, and as it stands when there is none such. @param {Intl.DateTimeFormatOptions} style @param {string | number} at */
const said = (style, at) => Math.abs(+new Date(at)) <= 8.64e15 ? dated(style)(new Date(at)) : String(at);

/** What the site could not be asked: it says nothing about the file. */
class Unreachable extends Error {}

/** @param {string} path @returns {Promise<Response>} */
async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) throw new Unreachable(path);
  return answer;
}

/** @param {Uint8Array} data @returns {Promise<Finding[]>} */
async function findings(data) {
  const keys = (await (await ask(log + "/keys")).text()).trim().split("\n");
  const { record, code, index, checkpoint, trusted, seen, ...is } = await verifyReceipt(data, keys, witnesses.split(" ").filter(Boolean));
  const { origin, size } = checkpoint;
  const found = [
    { good: is.isCode, text: is.isCode ? say("record", { code, at: said({ timeStyle: "long" }, record.at) }) : say("record_bad") },
    { good: is.isLogged, text: say(is.isLogged ? "entry" : "entry_bad", { index, origin: plain(origin), size }) },
    { good: is.isSigned, text: say(is.isSigned ? "signature" : is.isSigned == false ? "signature_bad" : "signature_unknown") },
    ...seen.map(({ name, at }) => ({ good: true, text: say("witness", { name, day: said({}, at) }) })),
    await logFinding(checkpoint, trusted),
  ];
  if (is.isCode && is.isLogged) found[0].text += " " + say("choices", { choices: answers(record) });
  return found;
}

/** @param {any} record */
function answers(record) {
  const said = { ...record.purposes, ...record.services };
  return [...new Set([...Object.keys(titles), ...Object.keys(said)])].filter((name) => Object.hasOwn(said, name))
    .map((name) => `${Object.hasOwn(titles, name) ? titles[name] : plain(name)} (${words[said[name] ? "allowed" : "refused"]})`).join(", ");
}

/** Whether the log of today continues that of the receipt.
 * @param {import("./note.js").Checkpoint} known @param {import("./note.js").Verifier[]} keys @returns {Promise<Finding>} */
async function logFinding(known, keys) {
  const year = `${log}/${known.origin.slice(-4)}/`;
  let now, proof;
  try {
    now = readCheckpoint(await (await ask(year + "checkpoint")).text());
    if (now.origin != known.origin) throw new Error(now.origin);
    const read = tileReader(now.size, async (path) => new Uint8Array(await (await ask(year + path)).arrayBuffer()));
    proof = known.size <= now.size ? await continuation(known.size, now.size, read) : [];
  } catch {
    return { good: undefined, text: say("log_unknown") };
  }
  const good = await isContinued(known.size, known.root, now.size, now.root, proof) && await isSigned(now, keys) != false;
  return { good, text: say(good ? "log" : "log_bad", { size: now.size }) };
}

/** @param {string} verdict @param {Finding[]} [found] */
function show(verdict, found = []) {
  const heading = Object.assign(document.createElement("p"), { textContent: say(verdict), className: `bd-verdict bd-${verdict}` });
  const list = document.createElement("ul");
  list.className = "bd-findings";
  list.append(...found.map(({ good, text }) => Object.assign(document.createElement("li"), { textContent: text, className: good ? "bd-yes" : good == false ? "bd-no" : "bd-maybe" })));
  result.replaceChildren(heading, ...found.length ? [list] : []);
}

let turn = 0;
/** @param {() => Promise<ArrayBuffer>} read */
async function verify(read) {
  const mine = ++turn;
  // Of two files, the one that was chosen last is answered, whichever takes longer.
  const tell = (/** @type {string} */ verdict, /** @type {Finding[]} */ found = []) => mine == turn && show(verdict, found);
  if (!globalThis.crypto?.subtle) return tell("insecure");
  tell("working");
  try {
    const found = await findings(new Uint8Array(await read()));
    tell(found.some(({ good }) => good == false) ? "bad" : found.every(({ good }) => good) ? "good" : "partly", found);
  } catch (error) {
    tell(error instanceof Unreachable ? "unreachable" : "unreadable");
  }
}

/** @param {File | undefined} file */
const take = (file) => file && verify(async () => file.slice(0, MOST_BYTES + 1).arrayBuffer());

if (receipt) button?.addEventListener("click", () => verify(async () => (await ask(receipt)).arrayBuffer()));
input?.addEventListener("change", () => take(input.files?.[0]));
place.addEventListener("dragover", (event) => event.preventDefault());
place.addEventListener("drop", (event) => {
  event.preventDefault();
  if (input) take(event.dataTransfer?.files[0]);
});
document.getElementById("bd-scriptless")?.remove();
place.hidden = false;
