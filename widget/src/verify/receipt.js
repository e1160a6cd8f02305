/** A receipt, verified as `bandeau verify` does it. */
import { isIncluded, joined, leafHash, sha256 } from "./merkle.js";
import { fromBase64, readCheckpoint, wholeNumber } from "./note.js";

const SCHEMA = "bandeau-receipt-1", HEADER = "c2sp.org/tlog-proof@v1";
const LEAF_VERSION = 1, SALT = 32;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const utf8 = new TextEncoder();

/** What a receipt's file says; nothing of it is verified yet. Throws for anything else. @param {string} text */
export function readReceipt(text) {
  const file = JSON.parse(text);
  if (file?.schema != SCHEMA || typeof file.record?.record_id != "string") throw new Error("receipt");
  const salt = fromBase64(file.salt);
  if (salt.length != SALT) throw new Error("salt");
  return { code: String(file.code), record: file.record, salt, ...readProof(file.proof) };
}

/** @param {string} text */
function readProof(text) {
  const cut = text.indexOf("\n\n"), [header, ...lines] = text.slice(0, cut).split("\n");
  if (cut < 0 || header != HEADER) throw new Error("proof");
  if (lines[0]?.startsWith("extra ")) lines.shift();
  const [first, ...hashes] = lines;
  if (!first?.startsWith("index ")) throw new Error("index");
  return { index: wholeNumber(first.slice(6)), hashes: hashes.map(fromBase64), checkpoint: readCheckpoint(text.slice(cut + 2)) };
}

/** Whether record and salt make the entry that the checkpoint covers. @param {ReturnType<typeof readReceipt>} receipt */
export async function isLogged({ record, salt, index, hashes, checkpoint }) {
  const key = await crypto.subtle.importKey("raw", joined(salt), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const commitment = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(canonical(record))));
  const leaf = await leafHash(joined([LEAF_VERSION], commitment));
  return isIncluded(leaf, index, checkpoint.size, hashes, checkpoint.root);
}

/** The code of a record, as the reader is shown it. @param {string} recordId */
export async function codeOf(recordId) {
  const digest = (await sha256(utf8.encode(recordId))).subarray(0, 10);
  let number = digest.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n), digits = "";
  for (let place = 0; place < 16; place++, number >>= 5n) digits = ALPHABET[Number(number & 31n)] + digits;
  return digits.replace(/(.{4})(?=.)/g, "$1-");
}

/** RFC 8785. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value != "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}
