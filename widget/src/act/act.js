/** What is fetched once something happens: handed to the guard as `bd.a`. */
import { captures, late } from "./late.js";
import { press } from "./panel.js";
import { sweep } from "./remains.js";
import { resume, settle } from "./turn.js";

window.bd.a = { captures, late, press, resume, settle, sweep };
