/** Signed notes and checkpoints (c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature). */
import { joined, same, sha256 } from "./merkle.js";

/** @typedef {{ name: string, id: Uint8Array, algorithm: number, key: Uint8Array }} Verifier */
/** @typedef {{ name: string, id: Uint8Array, value: Uint8Array }} Signature */
/** @typedef {{ text: string, origin: string, size: number, root: Uint8Array, signatures: Signature[] }} Checkpoint */

const ED25519 = 1, COSIGNATURE = 4, ID = 4, TIME = 8;
const utf8 = new TextEncoder();

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
  const data = fromBase64(rest.join("+")), id = await keyId(name, data);
  if (hex(id) != hash || data.length != 33) throw new Error("verifier");
  return { name, id, algorithm: data[0], key: data.subarray(1) };
}

const keyId = async (/** @type {string} */ name, /** @type {Uint8Array} */ data) =>
  (await sha256(utf8.encode(name), [10], data)).subarray(0, ID);
const hex = (/** @type {Uint8Array} */ bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} note @returns {Checkpoint} */
export function readCheckpoint(note) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) throw new Error("note");
  const text = note.slice(0, cut + 1), [origin, size, root, end] = text.split("\n");
  if (!origin || end == undefined) throw new Error("checkpoint");
  return { text, origin, size: wholeNumber(size), root: fromBase64(root), signatures: note.slice(cut + 2, -1).split("\n").map(readSignature) };
}

/** @param {string} line @returns {Signature} */
function readSignature(line) {
  const found = /^— (\S+) (\S+)$/.exec(line);
  if (!found) throw new Error("signature");
  const data = fromBase64(found[2]);
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
    const seconds = Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0));
    const message = utf8.encode(`cosignature/v1\ntime ${seconds}\n${checkpoint.text}`);
    const good = await verifies(key.key, value.subarray(TIME), message);
    if (good == false) throw new Error(key.name);
    if (good) found.push({ name: key.name, at: new Date(seconds * 1000) });
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
