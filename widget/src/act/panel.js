/** The panel, and the buttons of both layers. Without this file the same forms work by themselves. */
import { expire, seen } from "./remains.js";
import { one, say } from "./turn.js";

const { bd } = window, { T, i: { all, state, sync, tighten } } = bd;
let panel, opener, sheet;

/** The panel's own sheet, waited for: nothing ever stands there without it. */
const styled = () => new Promise((done, fail) => {
  if (sheet?.sheet) return done();
  sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `${T.b}/o.${SHEET}.css`;
  sheet.onload = done;
  sheet.onerror = fail;
  setTimeout(fail, 5e3);
  document.head.append(sheet);
});

async function open() {
  try {
    const [answer] = await Promise.all([panel || fetch(one("#bd-first").dataset.bdPanel), styled()]);
    if (!panel) {
      if (!answer.ok) throw answer;
      panel = document.createElement("dialog");
      panel.id = "bd-panel";
      panel.setAttribute("aria-labelledby", "bd-h");
      panel.innerHTML = await answer.text();
      panel.onclose = () => opener.focus();
      // Services follow the switch of their purpose; each can then be set apart.
      panel.onchange = ({ target }) => /^p\./.test(target.name) &&
        all("[name^='s.']", target.closest("fieldset")).forEach((box) => (box.checked = target.checked));
    }
    document.body.append(panel);
    // The switches show what stands.
    for (const box of all("[role=switch]", panel)) {
      const id = box.name.slice(2), s = box.name[0] == "s" && T.s.find((s) => s[0] == id);
      box.checked = bd.v(s ? T.p[s[1]] : T.p.find((p) => p[0] == id), s) == 1;
    }
    // The day, what holds and the receipt: the server alone knows whose choice it was.
    const last = one(".bd-last");
    last.textContent = "";
    if (bd.k) fetch(`${T.b}/last?lang=${one("#bd-form").lang}`).then(async (answer) => answer.ok && (last.innerHTML = await answer.text())).catch(() => {});
    panel.showModal();
    one("#bd-h").focus();
  } catch {
    location = opener.href || T.b + "/choices";
  }
}

/** @param {any} found an opener, or a button of either layer that the reader pressed */
export function press(found) {
  if (!found.matches("button[value],[data-bd-close]")) open((opener = found));
  else if (found.value) choose(found);
  else panel.close();
}

/** @param {HTMLButtonElement} button */
async function choose(button) {
  const { form, value: action } = button, data = new FormData(form);
  const list = (name) => (data.get(name) || "").split(",").filter(Boolean);
  const answers = (names, kind) => action == "save" ? Object.fromEntries(names.map((id) => [id, data.has(kind + id)])) : {};
  const shown = list("shown"), shown_services = list("shown_services");
  const purposes = answers(shown, "p."), services = answers(shown_services, "s.");
  // A refusal holds before anybody has answered (the rules of `bandeau.core.consent.apply_choice`).
  const stays = (s) => {
    const rests = !s[2] && !T.p[s[1]][2];
    if (action == "accept") return true;
    if (action != "save") return !rests && !(s[2] && s[3] >= 0);
    return services[s[0]] ?? (!rests || purposes[T.p[s[1]][0]] != false);
  };
  const kept = T.s.reduce((mask, s, i) => mask | BigInt(stays(s)) << BigInt(i), 0n);
  const lost = state.live & ~kept;
  if (lost) tighten(kept);
  document.documentElement.dataset.bd = "js";
  panel?.close();
  const answer = await send(JSON.stringify({
    action, purposes, services, shown, shown_services,
    revision: +data.get("revision"), source: data.get("source"), language: data.get("language"), notice: data.get("notice"),
    key: crypto.getRandomValues(new Uint32Array(4)).join("-"), seen: seen(),
  }));
  if (answer?.ok) return sync(await answer.json().catch(() => ({})), lost);
  // Something stands between us and the server: the form itself asks once more.
  if (!/429|503/.test(answer?.status) && navigator.onLine) return form.requestSubmit(button);
  // Not recorded. Our server keeps a refusal in the cookie all the same; where it could not, the old yes goes.
  if (bd.q() & ~kept) expire(T.n);
  sync();
  say("failed", 0, {});
}

async function send(body) {
  let answer;
  for (let tries = 3; tries--; await new Promise((go) => setTimeout(go, 1e3))) {
    answer = await fetch(T.b + "/choices", {
      method: "POST", headers: { "content-type": "application/json" }, body, keepalive: true, signal: AbortSignal.timeout(5e3),
    }).catch(() => {});
    if (answer && answer.status != 503) break;
  }
  return answer;
}
