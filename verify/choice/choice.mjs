// Verifies Bandeau's choice cookie in Node, without Bandeau: copy this file into your back end.
// spec/vectors/verify.json says what it must answer; docs/how-to/other-back-ends.md explains it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const NUMBER = "(0|[1-9a-f][0-9a-f]{0,31})";
const FORM = new RegExp(`^1${`\\.${NUMBER}`.repeat(6)}\\.([a-z0-9]{1,16})\\.([A-Za-z0-9_-]{22})$`);

/**
 * Reads the choice out of a Cookie header.
 * @param {string} header the Cookie header as it came, "" when there was none
 * @param {{ name: string, context: string, rememberDays: number, keys: Map<string, Buffer> }} site
 *   context is "<site id>|<environment>"; keys are the secrets by their ids
 * @param {number} today days since 1970-01-01 UTC
 * @returns {{ state: "none" | "invalid" | "expired" | "valid", revision?: bigint, answered?: bigint, granted?: bigint }}
 */
export function readChoice(header, site, today) {
  const values = header.split(";").map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((part) => part.startsWith(site.name + "=")).map((part) => part.slice(site.name.length + 1));
  if (!values.length) return { state: "none" };
  // Two cookies of that name: another host of the domain put one in. That is no choice.
  const found = values.length === 1 && values[0].length <= 512 && FORM.exec(values[0]);
  if (!found) return { state: "invalid" };
  const payload = values[0].slice(0, -23), secret = site.keys.get(found[7]);
  if (!secret) return { state: "invalid" };
  const mac = createHmac("sha256", secret).update(`bd1|${site.context}|${payload}`).digest().subarray(0, 16);
  if (!timingSafeEqual(Buffer.from(mac.toString("base64url")), Buffer.from(found[8]))) return { state: "invalid" };
  const [revision, day, answered, granted] = found.slice(1, 5).map((digits) => BigInt("0x" + digits));
  if (day > today + 1) return { state: "invalid" };
  if (BigInt(today) - day > site.rememberDays) return { state: "expired" };
  return { state: "valid", revision, answered, granted };
}

/**
 * Decides a purpose, as GET api/v1/policy describes it.
 * @param {ReturnType<typeof readChoice>} choice
 * @param {{ bit: number, necessary: boolean, gpc: boolean, yes_since: number }} purpose
 * @param {boolean} gpc whether the browser sent `Sec-GPC: 1`
 * @returns {[boolean, string]} allowed, and why
 */
export function decide(choice, purpose, gpc) {
  if (purpose.necessary) return [true, "necessary"];
  const has = (set) => Boolean((set >> BigInt(purpose.bit)) & 1n);
  if (choice.state !== "valid" || !has(choice.answered)) {
    if (gpc && purpose.gpc) return [false, "signal"];
    return [false, choice.state === "valid" || choice.state === "none" ? "unset" : choice.state];
  }
  if (!has(choice.granted)) return [false, "denied"];
  return choice.revision < purpose.yes_since ? [false, "outdated"] : [true, "granted"];
}

/** Answers lines of questions, so that the vectors can be put to it: see tests/interop/test_verifiers.py. */
async function answerLines() {
  const site = { keys: new Map() }, purposes = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, ...rest] = line.split("\t");
    if (what === "site") [site.name, site.context, site.rememberDays] = [rest[0], rest[1], Number(rest[2])];
    if (what === "key") site.keys.set(rest[0], Buffer.from(rest[1], "hex"));
    if (what === "purpose")
      purposes.push({ id: rest[0], bit: +rest[1], necessary: rest[2] === "1", gpc: rest[3] === "1", yes_since: +rest[4] });
    if (what !== "case") continue;
    const choice = readChoice(rest[2], site, Number(rest[0]));
    const told = purposes.map((p) => [p.id, ...decide(choice, p, rest[1] === "1")].join(":"));
    console.log([choice.state, ...told].join(" "));
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await answerLines();
