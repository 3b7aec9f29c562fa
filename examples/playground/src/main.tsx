import { render } from "preact";
import { connect } from "./connect.js";
import { App } from "./ui/app.js";
import { createLab } from "./ui/lab.js";
import { fromPageLink, pageLink } from "./ui/page-link.js";
import { listen } from "./ui/shortcuts.js";
import { beginTheme } from "./ui/theme.js";
import { throttle } from "./ui/throttle.js";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/rail.css";
import "./styles/network.css";
import "./styles/stage.css";
import "./styles/details.css";
import "./styles/touch.css";

// `?memory=64` before the `#` keeps tensors to 64 MB, to see what a small device would.

/** Safari takes no more than a hundred changes of the address in thirty seconds. */
const ADDRESS = 400;

const root = document.getElementById("app");
if (root === null) throw new Error("playground: expected an element with the id app in the page, got none");

beginTheme();
const memory = Number(new URLSearchParams(location.search).get("memory")) || undefined;
const lab = createLab(connect({ memory }), fromPageLink(location.hash));
const show = throttle((link: string) => history.replaceState(null, "", `#${link}`), ADDRESS);
lab.onState((state) => show(pageLink(state)));
addEventListener("hashchange", () => location.reload());
listen(lab);
root.replaceChildren();
render(<App lab={lab} />, root);
lab.begin();
