/** The Merkle tree of RFC 6962, as far as a verifier needs it: proofs, and hashes read from tiles. */

/** @typedef {Uint8Array} Hash */
/** @typedef {(level: number, index: number) => Promise<Hash>} Reader of the hash of a complete subtree */

const WIDTH = 256, HEIGHT = 8, SIZE = 32;

/** @param {...(Uint8Array | number[])} parts @returns {Promise<Hash>} */
export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

/** @param {...(Uint8Array | number[])} parts */
export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

/** @param {Uint8Array} data */
export const leafHash = (data) => sha256([0], data);
/** @param {Hash} left @param {Hash} right */
const nodeHash = (left, right) => sha256([1], left, right);

/** @param {Uint8Array} a @param {Uint8Array} b */
export const same = (a, b) => a.length == b.length && a.every((byte, i) => byte == b[i]);

const half = Math.floor;
const odd = (/** @type {number} */ n) => n % 2 == 1;

/**
 * RFC 9162 §2.1.3.2.
 * @param {Hash} leaf @param {number} index @param {number} size @param {Hash[]} proof @param {Hash} root
 */
export async function isIncluded(leaf, index, size, proof, root) {
  if (index >= size) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const next of proof) {
    if (!sn) return false;
    if (odd(fn) || fn == sn) {
      hash = await nodeHash(next, hash);
      while (fn && !odd(fn)) [fn, sn] = [fn / 2, half(sn / 2)];
    } else hash = await nodeHash(hash, next);
    [fn, sn] = [half(fn / 2), half(sn / 2)];
  }
  return !sn && same(hash, root);
}

/**
 * RFC 9162 §2.1.4.2.
 * @param {number} old @param {Hash} oldRoot @param {number} size @param {Hash} root @param {Hash[]} proof
 */
export async function isContinued(old, oldRoot, size, root, proof) {
  if (!old || old > size) return false;
  if (old == size) return !proof.length && same(oldRoot, root);
  const path = isPowerOfTwo(old) ? [oldRoot, ...proof] : [...proof];
  let [fn, sn] = [old - 1, size - 1];
  while (odd(fn)) [fn, sn] = [half(fn / 2), half(sn / 2)];
  let first = path.shift(), second = first;
  if (!first || !second) return false;
  for (const next of path) {
    if (!sn) return false;
    if (odd(fn) || fn == sn) {
      [first, second] = [await nodeHash(next, first), await nodeHash(next, second)];
      while (fn && !odd(fn)) [fn, sn] = [fn / 2, half(sn / 2)];
    } else second = await nodeHash(second, next);
    [fn, sn] = [half(fn / 2), half(sn / 2)];
  }
  return !sn && same(first, oldRoot) && same(second, root);
}

/**
 * What proves that the tree of `size` leaves begins with that of `old` ones (RFC 6962 §2.1.2).
 * @param {number} old @param {number} size @param {Reader} read
 */
export async function continuation(old, size, read) {
  let [start, end, proof] = [0, size, /** @type {Hash[]} */ ([])];
  while (end != old) {
    const middle = start + splitPoint(end - start);
    if (old <= middle) {
      proof.unshift(await rootOf(middle, end, read));
      end = middle;
    } else {
      proof.unshift(await rootOf(start, middle, read));
      start = middle;
    }
  }
  if (start) proof.unshift(await rootOf(start, end, read));
  return proof;
}

/** @param {number} start @param {number} end @param {Reader} read */
async function rootOf(start, end, read) {
  const subtrees = [];
  while (start < end) {
    const level = Math.floor(Math.log2(end - start));
    subtrees.push(await read(level, start / 2 ** level));
    start += 2 ** level;
  }
  let hash = /** @type {Hash} */ (subtrees.pop());
  while (subtrees.length) hash = await nodeHash(/** @type {Hash} */ (subtrees.pop()), hash);
  return hash;
}

const isPowerOfTwo = (/** @type {number} */ n) => Number.isInteger(Math.log2(n));
const splitPoint = (/** @type {number} */ n) => 2 ** Math.ceil(Math.log2(n) - 1);

/**
 * A reader over the tiles of a log of this size (c2sp.org/tlog-tiles).
 * @param {number} size @param {(path: string) => Promise<Uint8Array>} fetchTile @returns {Reader}
 */
export function tileReader(size, fetchTile) {
  /** @type {Map<string, Promise<Uint8Array>>} */
  const kept = new Map();
  return async (level, index) => {
    const tileLevel = Math.floor(level / HEIGHT), height = level % HEIGHT;
    const first = index * 2 ** height, number = Math.floor(first / WIDTH);
    const width = Math.min(WIDTH, Math.floor(size / 2 ** (HEIGHT * tileLevel)) - number * WIDTH);
    const path = tilePath(tileLevel, number, width);
    if (!kept.has(path)) kept.set(path, fetchTile(path));
    const tile = await kept.get(path);
    if (!tile || tile.length != width * SIZE) throw new Error(path);
    const offset = first - number * WIDTH;
    let hashes = Array.from({ length: 2 ** height }, (_, i) => tile.subarray((offset + i) * SIZE, (offset + i + 1) * SIZE));
    while (hashes.length > 1) {
      hashes = await Promise.all(Array.from({ length: hashes.length / 2 }, (_, i) => nodeHash(hashes[2 * i], hashes[2 * i + 1])));
    }
    return hashes[0];
  };
}

/** @param {number} level @param {number} number @param {number} width */
function tilePath(level, number, width) {
  const groups = [String(number % 1000).padStart(3, "0")];
  while ((number = Math.floor(number / 1000))) groups.unshift("x" + String(number % 1000).padStart(3, "0"));
  return `tile/${level}/${groups.join("/")}${width < WIDTH ? ".p/" + width : ""}`;
}
