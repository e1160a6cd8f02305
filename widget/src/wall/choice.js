/** Reads the choice from the cookies a script can see. */

/** Same form as `bandeau.core.cookie`; the MAC is left to the server, which alone has the key. */
const FORM = /^1(\.(0|[1-9a-f][0-9a-f]{0,31})){6}\.[a-z0-9]{1,16}\.[\w-]{22}$/;

/** Days since 1970-01-01 UTC. */
export const today = () => (Date.now() / 864e5) | 0;

/**
 * @param {string} jar `document.cookie`
 * @param {import("../../types").Table} T
 * @returns {import("../../types").Known} six numbers when a choice stands today, 0 when there is one
 *   that cannot be trusted, null when there is none or its term is over
 */
export function read(jar = "", T) {
  const ours = jar.split("; ").filter((pair) => pair.startsWith(T.n + "="));
  const text = ours.join().slice(T.n.length + 1);
  if (!text && !ours[0]) return null;
  // Two cookies of our name (a sibling host tossed one in) make a joined text that has no form.
  if (!FORM.test(text)) return 0;
  const known = text.split(".").slice(1, 7).map((hex) => BigInt("0x" + hex));
  const age = today() - Number(known[1]);
  return age < -1 ? 0 : age > T.d ? null : known;
}
