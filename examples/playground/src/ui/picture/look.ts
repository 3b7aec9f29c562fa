import { rgb } from "../palette.js";
import type { Look } from "./paint.js";

/** What lies under a surface: the page's own colour of cards, so that where a network is unsure, the card shows. */
export const surfaceLook = (dark: boolean): Look => ({ background: rgb(dark ? "#171b22" : "#ffffff"), dark });
