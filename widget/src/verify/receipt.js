/** A receipt, verified as `bandeau verify` does it; both pass spec/vectors/ledger-receipts.json. */
import { isIncluded, joined, leafHash, sha256 } from "./merkle.js";
import { countersignatures, fromBase64, isSigned, readCheckpoint, readVerifier, wholeNumber } from "./note.js";

const SCHEMA = "bandeau-receipt-1", HEADER = "c2sp.org/tlog-proof@v1";
const MEMBERS = "code,key,proof,record,salt,schema";
/** The members of a record by what they are, as its schemas have them. */
const RECORDS = ["bandeau-record-1", "bandeau-record-2"], SINCE_SECOND = ["expires_at", "notice_digest", "widget_digest"];
const TEXTS = "schema record_id subject_id site_id environment event action source language at policy_digest regime".split(" ");
const EVENTS = ["given", "refused", "withdrawn", "renewed", "expired", "by-signal", "imported"];
const LEAF_VERSION = 1, SALT = 32, HASH = 32, MOST_HASHES = 63, MOST_EXTRA = 64 * 1024;
/** The largest file that is read. */
export const MOST_BYTES = 512 * 1024;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const utf8 = new TextEncoder();

/**
 * What a receipt says and whether that holds. Throws when it is none, or a countersignature is wrong.
 * @param {Uint8Array} data the file @param {string[]} keys the log's verifier keys, from elsewhere @param {string[]} witnesses
 */
export async function verifyReceipt(data, keys, witnesses) {
  if (data.length > MOST_BYTES) throw new Error("size");
  const file = await readReceipt(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data));
  const trusted = await Promise.all(keys.map(readVerifier)), seenBy = await Promise.all(witnesses.map(readVerifier));
  return {
    ...file,
    trusted,
    isCode: await codeOf(file.record.record_id) == file.code,
    isLogged: await isLogged(file),
    isSigned: await isSigned(file.checkpoint, trusted),
    seen: await countersignatures(file.checkpoint, seenBy),
  };
}

/** @param {string} text */
async function readReceipt(text) {
  const file = JSON.parse(text), record = file?.record, strings = /"(?:[^"\\]|\\.)*"/g;
  // In JSON a text before a colon is a name: when there are more than members, one stands twice.
  const names = text.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?/g)?.filter((each) => each.endsWith(":"));
  if (names?.length != countNames(file)) throw new Error("names");
  if (/\d[.eE]/.test(text.replace(strings, ""))) throw new Error("number");
  const { record: _, ...texts } = file;
  if (Object.keys(file).sort().join() != MEMBERS || file.schema != SCHEMA || !Object.values(texts).every((each) => typeof each == "string")) throw new Error("schema");
  checkRecord(record);
  await readVerifier(file.key);
  const salt = fromBase64(file.salt);
  if (salt.length != SALT) throw new Error("salt");
  const proof = readProof(file.proof);
  // A log is named after its site, environment and year, and holds no record of another.
  if (!proof.checkpoint.origin.endsWith(`/${record.site_id}/${record.environment}/${record.at.slice(0, 4)}`)) throw new Error("place");
  return { code: file.code, record, salt, ...proof };
}

/** Throws unless each member is there, is what it should be, and no other is. @param {any} record */
function checkRecord(record) {
  const texts = [...TEXTS, ...record.schema == RECORDS[1] ? SINCE_SECOND : []];
  const known = texts.every((name) => typeof record[name] == "string") && Number.isInteger(record.revision) && typeof record.gpc == "boolean"
    && [record.purposes, record.services].every((answers) => Object.getPrototypeOf(answers) == Object.prototype
      && Object.values(answers).every((answer) => typeof answer == "boolean"));
  if (!known || Object.keys(record).length != texts.length + 4 || !RECORDS.includes(record.schema) || !EVENTS.includes(record.event)) throw new Error("record");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(record.at)) throw new Error("time");
}

/** @param {any} value @returns {number} */
const countNames = (value) => value === null || typeof value != "object" ? 0
  : Object.values(value).reduce((sum, each) => sum + countNames(each), Array.isArray(value) ? 0 : Object.keys(value).length);

/** @param {string} text */
function readProof(text) {
  const cut = text.indexOf("\n\n"), [header, ...lines] = text.slice(0, cut).split("\n");
  if (cut < 0 || header != HEADER) throw new Error("proof");
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()?.slice(6) || "").length : 1;
  const [first, ...rest] = lines, hashes = rest.map(fromBase64);
  if (!extra || extra > MOST_EXTRA || !first?.startsWith("index ")) throw new Error("index");
  if (hashes.length > MOST_HASHES || hashes.some((hash) => hash.length != HASH)) throw new Error("hashes");
  return { index: wholeNumber(first.slice(6)), hashes, checkpoint: readCheckpoint(text.slice(cut + 2)) };
}

/** Whether record and salt make the entry that the checkpoint covers. @param {Awaited<ReturnType<typeof readReceipt>>} receipt */
async function isLogged({ record, salt, index, hashes, checkpoint }) {
  const key = await crypto.subtle.importKey("raw", joined(salt), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const commitment = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(canonical(record))));
  const leaf = await leafHash(joined([LEAF_VERSION], commitment));
  return isIncluded(leaf, index, checkpoint.size, hashes, checkpoint.root);
}

/** The code of a record, as the reader is shown it. @param {string} recordId */
async function codeOf(recordId) {
  const digest = (await sha256(utf8.encode(recordId))).subarray(0, 10);
  let number = digest.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n), digits = "";
  for (let place = 0; place < 16; place++, number >>= 5n) digits = ALPHABET[Number(number & 31n)] + digits;
  return digits.replace(/(.{4})(?=.)/g, "$1-");
}

/** RFC 8785; only whole numbers stand in records. @param {any} value @returns {string} */
function canonical(value) {
  if (typeof value == "number" && !Number.isSafeInteger(value)) throw new Error("number");
  if (typeof value == "string" && /\p{Surrogate}/u.test(value)) throw new Error("text");
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value != "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}
