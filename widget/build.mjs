/** Builds the browser part into the Python package, or into the folder that is given. */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ? process.argv[2] + "/" : here("../src/bandeau/web/static/");
const common = { bundle: true, minify: true, target: "es2020", format: "iife", write: false, legalComments: "none", logLevel: "warning", tsconfigRaw: {} };

/** Each output: its source, what must stand in it exactly once, and what is put around it. */
const outputs = {
  "wall.js": { entry: "src/wall/wall.js", token: '"%T%"' },
  "fallback.js": { entry: "src/fallback.js", token: '"%C%"' },
  "first.css": { entry: "src/first.css" },
  "panel.css": { entry: "src/panel.css" },
  "act.js": { entry: "src/act/act.js" },
  // Our receipt and verification pages alone load these two.
  "verify.js": { entry: "src/verify/verify.js", target: "es2022" },
  "receipt.css": { entry: "src/receipt.css" },
  // Without a wall that read a choice (the fallback stands then), or a second time, the guard does nothing.
  "guard.js": { entry: "src/guard/guard.js", before: "window.bd&&bd.T&&!bd.i&&" },
};

const manifest = {};
mkdirSync(out, { recursive: true });
for (const [name, { entry, token, before = "", target = common.target }] of Object.entries(outputs)) {
  // The guard names the act, and the act the panel's sheet, by their content, as the server does.
  const named = (file) => JSON.stringify(manifest[file]?.sha256.slice(0, 16) ?? "");
  const define = { ACT: named("act.js"), SHEET: named("panel.css") };
  const { outputFiles } = await build({ ...common, target, define, entryPoints: [here(entry)] });
  const text = before + outputFiles[0].text;
  if (token && text.split(token).length != 2) throw new Error(`${name}: ${token} must stand in it exactly once`);
  writeFileSync(out + name, text);
  const bytes = Buffer.from(text);
  manifest[name] = { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
  console.log(name.padEnd(12), String(bytes.length).padStart(6), String(gzipSync(bytes, { level: 9 }).length).padStart(6));
}
writeFileSync(out + "manifest.json", JSON.stringify(manifest, null, 2) + "\n");
