import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer, { type Browser } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach } from "vitest";

/** A browser that tests run in where it is installed. */
export interface Kind {
  readonly name: string;
  readonly driver: "chrome" | "firefox";
  /** What the program is called, on the path. */
  readonly programs: readonly string[];
  /** The environment variable that names it elsewhere. */
  readonly variable: string;
}

export const kinds: readonly Kind[] = [
  {
    name: "Chromium",
    driver: "chrome",
    programs: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    variable: "WASMGRAD_CHROMIUM",
  },
  { name: "Firefox", driver: "firefox", programs: ["firefox-esr", "firefox"], variable: "WASMGRAD_FIREFOX" },
];

/** What a browser is started with beside what all are. */
export interface Settings {
  /** Flags of Chromium. */
  readonly flags?: readonly string[];
  /** Preferences of Firefox. */
  readonly preferences?: Readonly<Record<string, unknown>>;
}

/**
 * How tests are run that start threads in a worker. Firefox 153 at times never comes back from a `new Worker` there, on a busy machine once in a hundred:
 * parent and child wait for a signal of one name, and the child gets it. What hangs so is tried again.
 */
export const nestingWorkers = ({ name }: Kind) => ({ retry: name === "Firefox" ? 2 : 0 });

/** Below the time that a test has, so that the error says what was waited for. */
const LIMIT_MS = 100_000;

/** Starts a browser for the tests of a `describe`, which are skipped where it is not installed, and closes it behind them. */
export function started(kind: Kind, settings?: Settings): () => Browser {
  const program = programOf(kind);
  let browser: Browser;
  beforeAll(async () => {
    if (program !== undefined) browser = await launch(kind, program, settings);
  });
  beforeEach((context) => {
    if (program === undefined) {
      context.skip(`no ${kind.programs[0]} is installed; install one, or name its program in ${kind.variable}`);
    }
  });
  afterAll(() => browser?.close());
  return () => browser;
}

export function launch(
  { driver }: Kind,
  program: string,
  { flags = [], preferences = {} }: Settings = {},
): Promise<Browser> {
  // Its sandbox needs rights that containers lack, and their /dev/shm is small.
  const args = driver === "chrome" ? ["--no-sandbox", "--disable-dev-shm-usage", ...flags] : [];
  return puppeteer.launch({
    browser: driver,
    executablePath: program,
    args,
    extraPrefsFirefox: preferences,
    headless: true,
    timeout: LIMIT_MS,
    protocolTimeout: LIMIT_MS,
  });
}

export function programOf({ programs, variable }: Kind): string | undefined {
  const named = process.env[variable];
  if (named) return named;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
