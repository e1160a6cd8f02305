/** The decision, by the same rules as `bandeau.core.decision` (spec/vectors/decision.json). */

/**
 * @param {bigint} set
 * @param {number} bit
 */
export const has = (set, bit) => bit >= 0 && !!((set >> BigInt(bit)) & 1n);

/**
 * Settles a purpose, or a service of it: 1 allowed, 0 refused by the reader, null refused because
 * nothing valid was said (so it is to be asked).
 * @param {import("../../types").Table} T
 * @param {import("../../types").Known} known
 * @param {boolean} gpc
 * @param {import("../../types").Purpose} p
 * @param {import("../../types").Service} [s]
 */
export function decide(T, known, gpc, p, s) {
  const signal = gpc && p[3];
  const own = known && s && has(known[4], s[3]) && (has(known[5], s[3]) ? 1 : -1);
  if (own == -1) return 0;
  if (p[2]) return 1;
  if (s && s[2]) return s[2] == 1 || own || !signal ? 1 : null;
  if (known && (own || has(known[2], p[1])))
    return own || has(known[3], p[1]) ? (known[0] < (own ? s[5] : p[5]) ? null : 1) : 0;
  // What cannot be trusted (0) never allows, whatever silence means.
  return T.g && known !== 0 && !signal ? 1 : null;
}
