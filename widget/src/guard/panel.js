/** The panel, and the buttons of both layers. Without this file the same forms work by themselves. */
import { T, bd, state } from "./state.js";
import { expire, seen } from "./storage.js";
import { all, one, say, sync, tighten } from "./page.js";

let panel;

/** @param {HTMLAnchorElement} opener */
async function open(opener) {
  try {
    if (!panel) {
      const answer = await fetch(one("#bd-first").dataset.bdPanel);
      if (!answer.ok) throw answer;
      panel = document.createElement("dialog");
      panel.id = "bd-panel";
      panel.setAttribute("aria-labelledby", "bd-h");
      panel.innerHTML = await answer.text();
      panel.addEventListener("close", () => panel.opener.focus());
    }
    panel.opener = opener;
    if (!panel.isConnected) document.body.append(panel);
    fill();
    panel.showModal();
    one("#bd-h").focus();
  } catch {
    location.href = opener.href || T.b + "/choices";
  }
}

/** Sets the switches to what stands. */
function fill() {
  for (const box of panel.querySelectorAll("[role=switch]")) {
    const id = box.name.slice(2), s = box.name[0] == "s" && T.s.find((s) => s[0] == id);
    box.checked = bd.v(s ? T.p[s[1]] : T.p.find((p) => p[0] == id), s) == 1;
  }
  const when = panel.querySelector(".bd-when");
  when.hidden = !bd.k;
  if (bd.k) when.lastElementChild.textContent = new Date(Number(bd.k[1]) * 864e5).toLocaleDateString(panel.firstElementChild.lang, { timeZone: "UTC", dateStyle: "long" });
}

/** Services follow the switch of their purpose; each can then be set apart. */
export function changed({ target }) {
  if (target.name?.startsWith("p.") && target.closest("#bd-panel"))
    target.closest("fieldset").querySelectorAll("[name^='s.']").forEach((box) => (box.checked = target.checked));
}

export function clicked(event) {
  const opener = event.target.closest?.("[data-bd-open]");
  const button = event.target.closest?.("#bd-first button,#bd-panel button");
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !(opener || button)) return;
  event.preventDefault();
  // A script's click is nobody's choice.
  if (!event.isTrusted) return;
  if (opener) open(opener);
  else if (button.value) choose(button);
  else panel.close();
}

/** @param {HTMLButtonElement} button */
async function choose(button) {
  const { form, value: action } = button, data = new FormData(form);
  const list = (name) => `${data.get(name) || ""}`.split(",").filter(Boolean);
  const answers = (names, kind) => Object.fromEntries(names.map((id) => [id, data.has(kind + id)]));
  const body = { action, shown: list("shown"), shown_services: list("shown_services"), revision: +data.get("revision") };
  for (const name of ["source", "language"]) body[name] = data.get(name);
  const save = action == "save";
  body.purposes = save ? answers(body.shown, "p.") : {};
  body.services = save ? answers(body.shown_services, "s.") : {};
  // A refusal holds before anybody has answered.
  if (action != "accept") {
    const kept = state.live & T.s.reduce((mask, s, i) => mask | BigInt(stays(s, body)) << BigInt(i), 0n);
    if (kept != state.live) tighten(kept);
  }
  document.documentElement.dataset.bd = "js";
  panel?.close();
  const answer = await send({ ...body, key: crypto.getRandomValues(new Uint32Array(4)).join("-"), seen: seen() });
  if (answer?.ok) return sync(true);
  // Something stands between us and the server: the form itself asks once more.
  if (answer?.status != 503 && navigator.onLine) return form.requestSubmit(button);
  // Not recorded: what was refused stays refused, and is asked again on the next page.
  if (action != "accept") expire(T.n);
  sync();
  say("failed");
}

/** Whether a service outlives this choice (the rules of `bandeau.core.consent.apply_choice`). */
function stays(s, { action, purposes, services }) {
  const p = T.p[s[1]], rests = !p[2] && !s[2];
  return action == "save" ? services[s[0]] ?? (!rests || purposes[p[0]] !== false) : !rests && !(s[2] && s[3] >= 0);
}

async function send(body, tries = 3) {
  let answer;
  try {
    answer = await fetch(T.b + "/choices", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      keepalive: true,
      signal: AbortSignal.timeout(5e3),
    });
  } catch {}
  if (answer && answer.status != 503 || !--tries) return answer;
  await new Promise((go) => setTimeout(go, 1e3));
  return send(body, tries);
}
