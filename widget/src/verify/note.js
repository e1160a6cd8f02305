/** Signed notes and checkpoints (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature). */
import { joined, same, sha256 } from "./merkle.js";

/** @typedef {{ name: string, id: Uint8Array, algorithm: number, key: Uint8Array }} Verifier */
/** @typedef {{ name: string, id: Uint8Array, value: Uint8Array }} Signature */
/** @typedef {{ text: string, origin: string, size: number, root: Uint8Array, signatures: Signature[] }} Checkpoint */

const ED25519 = 1, COSIGNATURE = 4, ID = 4, TIME = 8, HASH = 32;
const MOST_BYTES = 256 * 1024, MOST_SIGNATURES = 32, MOST_LINE = 1024;
const utf8 = new TextEncoder();
/** A key's name: no control characters, no space of any script, no plus sign, no half character. */
const NAME = /^[^\0- +\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\p{Surrogate}]+$/u;
/** y of the points of order 8, 4, 2 and 1: under such a key one signature fits many texts. The prime is 2^255 - 19. */
const PRIME = 2n ** 255n - 19n, OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const WEAK = [0n, 1n, PRIME - 1n, OF_ORDER_8, PRIME - OF_ORDER_8];

/** @param {string} text */
export function fromBase64(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // One spelling per value: the unused bits of the last character are nought (RFC 4648 §3.5).
  if (btoa(String.fromCharCode(...bytes)) != text) throw new Error("base64");
  return bytes;
}

/** @param {string} text @returns {number} */
export function wholeNumber(text) {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(+text)) throw new Error("number");
  return +text;
}

/** @param {string} text name+hash+key @returns {Promise<Verifier>} */
export async function readVerifier(text) {
  const [name, hash, ...rest] = text.split("+");
  const data = fromBase64(rest.join("+")), key = data.subarray(1);
  const id = (await sha256(utf8.encode(name), [10], data)).subarray(0, ID);
  const y = BigInt("0x" + hex(key.slice().reverse())) & 2n ** 255n - 1n;
  if (!NAME.test(name) || text.length > MOST_LINE || hex(id) != hash || key.length != HASH || ![ED25519, COSIGNATURE].includes(data[0])
    || y >= PRIME || WEAK.includes(y)) throw new Error("verifier");
  return { name, id, algorithm: data[0], key };
}

const hex = (/** @type {Uint8Array} */ bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} note @returns {Checkpoint} */
export function readCheckpoint(note) {
  const cut = note.lastIndexOf("\n\n"), lines = note.slice(cut + 2, -1).split("\n");
  if (cut < 0 || !note.endsWith("\n") || lines.length > MOST_SIGNATURES) throw new Error("note");
  if (/[\0-\t\v-\x1f]|\p{Surrogate}/u.test(note) || utf8.encode(note).length > MOST_BYTES) throw new Error("characters");
  const text = note.slice(0, cut + 1), [origin, size, hash, ...more] = text.slice(0, -1).split("\n");
  if (![origin, ...more].every((line) => line && [...line].length <= MOST_LINE)) throw new Error("checkpoint");
  const root = fromBase64(hash);
  if (root.length != HASH) throw new Error("root");
  return { text, origin, size: wholeNumber(size), root, signatures: lines.map(readSignature) };
}

/** @param {string} line @returns {Signature} */
function readSignature(line) {
  const found = /^— ([^ ]+) ([^ ]+)$/.exec(line), data = fromBase64(found?.[2] || "");
  if (!found || !NAME.test(found[1]) || data.length <= ID) throw new Error("signature");
  return { name: found[1], id: data.subarray(0, ID), value: data.subarray(ID) };
}

/** Whether a log's key signed: true, false, or undefined where the browser knows no Ed25519.
 * @param {Checkpoint} checkpoint @param {Verifier[]} keys */
export async function isSigned(checkpoint, keys) {
  const own = keys.filter((key) => key.algorithm == ED25519 && key.name == checkpoint.origin);
  let signed = false;
  for (const [key, { value }] of pairs(checkpoint, own)) {
    const good = await verifies(key.key, value, utf8.encode(checkpoint.text));
    if (good == undefined) return undefined;
    if (!good) return false;
    signed = true;
  }
  return signed;
}

/** The witnesses that countersigned, and when; a wrong countersignature throws.
 * @param {Checkpoint} checkpoint @param {Verifier[]} keys */
export async function countersignatures(checkpoint, keys) {
  const found = [];
  for (const [key, { value }] of pairs(checkpoint, keys.filter((key) => key.algorithm == COSIGNATURE))) {
    const seconds = new DataView(value.buffer, value.byteOffset).getBigUint64(0);
    const message = utf8.encode(`cosignature/v1\ntime ${seconds}\n${checkpoint.text}`);
    const good = await verifies(key.key, value.subarray(TIME), message);
    if (good == false || seconds >= 2n ** 63n) throw new Error(key.name);
    if (good) found.push({ name: key.name, at: Number(seconds) * 1000 });
  }
  return found;
}

/** @param {Checkpoint} checkpoint @param {Verifier[]} keys @returns {[Verifier, Signature][]} */
function pairs({ signatures }, keys) {
  return keys.flatMap((key) => signatures.filter((each) => each.name == key.name && same(each.id, key.id))
    .map((each) => /** @type {[Verifier, Signature]} */ ([key, each])));
}

/** @param {Uint8Array} key @param {Uint8Array} signature @param {BufferSource} message */
async function verifies(key, signature, message) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", joined(key), "Ed25519", false, ["verify"]);
  } catch {
    return undefined;
  }
  return crypto.subtle.verify("Ed25519", imported, joined(signature), message);
}
