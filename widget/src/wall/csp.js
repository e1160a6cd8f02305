/** The Content-Security-Policy of a set of allowed services (spec/vectors/csp.json). */
import { has } from "./decide.js";

/**
 * Whether hosts can be listed at all: not once a service that calls hosts nobody can list is allowed.
 * @param {import("../../types").Table} T
 * @param {bigint} allowed bit i stands for T.s[i]
 */
export const open = (T, allowed) => T.uh == "report" || T.s.some((s, i) => s[4] && has(allowed, i));

/**
 * @param {import("../../types").Table} T
 * @param {bigint} allowed
 */
export function csp(T, allowed) {
  const hosts = new Set(T.s.flatMap((s, i) => (has(allowed, i) ? s[6] : [])));
  const tail = open(T, allowed)
    ? T.u[4] == "s" ? " https: wss:" : " https: http: wss: ws:"
    : [T.f.slice(6), ...[...hosts].sort()].join(" ").trimEnd();
  return `default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:${tail}; form-action 'self'${tail}`;
}
