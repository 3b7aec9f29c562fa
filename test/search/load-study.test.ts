import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadStudy, memoryStorage, sqliteStorage, study, uniform } from "../../src/search/index.js";

const folder = mkdtempSync(join(tmpdir(), "wasmgrad-load-study-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const space = { x: uniform(-1, 1) };

async function begun(storage: ReturnType<typeof memoryStorage>, name: string) {
  const made = await study({ name, space, objective: ({ params }) => params.x, direction: "maximize", storage });
  await made.optimize({ trials: 3, progress: false });
  return made;
}

test("is what the storage holds, without a definition", async () => {
  const file = join(folder, "digits.sqlite");
  const storage = sqliteStorage(file);
  const made = await begun(storage, "digits");
  await storage.close();
  for (const options of [{ storage: file }, { storage: file, name: "digits" }]) {
    const found = await loadStudy(options);
    expect(found).toEqual({ name: "digits", directions: ["maximize"], space, trials: made.trials });
  }
});

test("a storage with several needs a name, and keeps what it is", async () => {
  const storage = memoryStorage();
  await expect(loadStudy({ storage })).rejects.toThrow(
    "loadStudy: name expected one of the studies in the storage, got an empty storage; check the address, or begin a study: npx wasmgrad search run",
  );
  await begun(storage, "digits");
  await begun(storage, "letters");
  await expect(loadStudy({ storage })).rejects.toThrow(
    "loadStudy: name expected, as the storage has 2 studies, got none; it has digits, letters",
  );
  await expect(loadStudy({ storage, name: "digit" })).rejects.toThrow(
    'loadStudy: name expected one of the studies in the storage, got "digit"; did you mean "digits"?',
  );
  expect((await loadStudy({ storage, name: "letters" })).trials.length).toBe(3);
  expect(await storage.names()).toEqual(["digits", "letters"]);
});

test("a file that is not there is not made", async () => {
  const file = join(folder, "none.sqlite");
  for (const storage of [file, `sqlite:///${file}`]) {
    await expect(loadStudy({ storage })).rejects.toThrow(
      `loadStudy: storage expected a file that is there, got "${file}"; check the path`,
    );
  }
  expect(existsSync(file)).toBe(false);
});

test.each([
  [undefined, "loadStudy: options expected an object with name, storage, got undefined"],
  [{ storage: "a.sqlite", names: "x" }, 'loadStudy: unknown option "names"; did you mean "name"?'],
  [{ storage: "a.sqlite", name: "" }, 'loadStudy: name expected a text that is not empty, got ""'],
  [{ storage: 3 }, /^loadStudy: storage expected a path such as .*, got 3$/],
  [{}, /^loadStudy: storage expected a path such as .*, got undefined$/],
  [{ storage: "postgres:me:secret@host/x" }, /^loadStudy: storage expected a path such as .*, got "…@host\/x"$/],
  [{ storage: "mysql://me:secret@host/x" }, /^loadStudy: .*, got a URL that begins with mysql:\/\/$/],
])("%j: an error that says what is wrong", async (options, message) => {
  await expect(loadStudy(options as never)).rejects.toThrow(message);
});
