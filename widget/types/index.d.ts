/** The site table that the server writes into the wall (`bandeau.enforcement.table`). */
export interface Table {
  v: 1;
  /** Revision of the policy. */
  r: number;
  /** Origin of the site. */
  u: string;
  /** Path of our own endpoints. */
  b: string;
  /** Name under which the choice is kept. */
  n: string;
  /** Days for which a choice is remembered. */
  d: number;
  m: "report" | "enforce";
  /** 1 on pages that are the same for everybody. */
  l: 0 | 1;
  p: Purpose[];
  s: Service[];
  /** Sources that are always allowed; the first is `'self'`. */
  f: string;
  /** 1 where silence allows. */
  g: 0 | 1;
  /** The strictest policy. */
  c: string;
  /** Services that this response's header allows, hexadecimal; null on shared pages. */
  x: string | null;
  uh: "block" | "report";
  uc: "block" | "report";
  /** 1 when the response answers a POST. */
  o?: 1;
}

/** id, bit, necessary, follows GPC, since, oldest revision of a yes that stands, is asked */
export type Purpose = [string, number, number, number, number, number, number];

/** id, index of its purpose, basis (0 consent, 1 exempt, 2 objection), bit or -1, open reach, oldest revision of an own yes, sources, inline patterns, trackers, visible */
export type Service = [string, number, number, number, number, number, string[], string[], [string, string][], number];

/** revision, day, answered, granted, services answered, services granted; 0 = cannot be trusted; null = none */
export type Known = bigint[] | 0 | null;

/** `window.bd`: what the wall leaves for the guard. */
export interface Wall {
  T: Table;
  k: Known;
  /** The guard's own; set once it runs. */
  i?: object;
  /** Releases the script before the one that calls it. */
  r(): void;
  /** Reads the choice again, marks the root, returns the allowed services as bits. */
  /** The cookies that a script can see; undefined where it may see none. */
  j(): string | undefined;
  q(): bigint;
  v(purpose: Purpose, service?: Service): 0 | 1 | null;
  /** The policy text of a set of services. */
  c(allowed: bigint): string;
  /** Puts up a policy, beside those that stand; in this document, or in that of a frame. */
  w(text: string, to?: Document): void;
}

declare global {
  interface Window {
    bd: Wall;
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}
