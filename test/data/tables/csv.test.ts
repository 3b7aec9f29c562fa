import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type CsvOptions, csv } from "../../../src/data/index.js";
import { FormatError, ValueError } from "../../../src/util/errors.js";

/** Values by column. */
const read = async (text: string, options?: CsvOptions) => {
  const table = await csv(text, options);
  return Object.fromEntries(table.columns.map(({ name, values }) => [name, [...values]]));
};

describe("a text", () => {
  test("quotes: separators, line ends and doubled quotes inside them, as RFC 4180 has them", async () => {
    expect(await read('name,said\n"Ann, B.","a ""b"" c"\n"two\r\nlines",plain\n')).toEqual({
      name: ["Ann, B.", "two\nlines"],
      said: ['a "b" c', "plain"],
    });
  });

  test("CRLF, CR, a byte order mark, blanks around fields, an empty last line", async () => {
    const expected = { a: [1, 3], b: [2, 4] };
    for (const text of [
      "\uFEFFa,b\r\n1,2\r\n3,4\r\n",
      "a,b\r1,2\r3,4",
      " a , b\n1 ,\t2\n 3, 4\n\n",
      "a,b\n\n1,2\n3,4",
    ]) {
      expect(await read(text), JSON.stringify(text)).toEqual(expected);
    }
  });

  test("separators are found", async () => {
    const expected = { a: [1.5, 3], b: [2, 4] };
    for (const separator of [",", ";", "\t", "|", " ", "   ", " \t"]) {
      const text = ["a b", "1.5 2", "3 4"].map((line) => line.replace(" ", separator)).join("\n");
      expect(await read(text), JSON.stringify(separator)).toEqual(expected);
    }
    expect(await read("  a   b\n1.5  2 \n\t3 \t 4\n")).toEqual(expected);
    expect(await read('a;b\n"x;y,z";1,5\nu;2,5\n', { decimal: "," })).toEqual({ a: ["x;y,z", "u"], b: [1.5, 2.5] });
    expect(await read("one\n1\n2\n")).toEqual({ one: [1, 2] });
    expect(await read("a,b~1\nc,d~3\n", { separator: "~", header: false })).toEqual({
      column0: ["a,b", "c,d"],
      column1: [1, 3],
    });
  });

  test("blanks: a quoted field may be empty or hold blanks", async () => {
    expect(await read('a b\n"x  y" 1\n"" 2\n')).toEqual({ a: ["x  y", null], b: [1, 2] });
  });

  test("headers are found: texts above numbers, and no numbers among them", async () => {
    expect((await csv("a,b\n1,2\n")).names).toEqual(["a", "b"]);
    expect((await csv("1,2\n3,4\n")).names).toEqual(["column0", "column1"]);
    expect((await csv("a,b\nc,d\n")).names).toEqual(["a", "b"]);
    expect((await csv("p,x,p\ne,y,p\n")).names).toEqual(["column0", "column1", "column2"]);
    expect((await csv("a,b\nc,d\n", { header: false })).size).toBe(2);
    expect((await csv("a,b\nc,d\n", { columns: ["x", "y"] })).size).toBe(2);
    expect((await csv("a,b\nc,d\n", { columns: ["A", "B"] })).size).toBe(1);
    expect((await csv("a,b\n1,2\n", { columns: ["x", "y"] })).names).toEqual(["x", "y"]);
    expect((await csv('"","x"\n"r1",1\n')).names).toEqual(["column0", "x"]);
  });

  test("missing values in their spellings", async () => {
    const spelled = ["", "NA", "n/a", "NaN", "null", "NULL", "None", "?", "-", "#N/A", "<NA>", "."];
    const text = `x,y\n1,a\n${spelled.map((each) => `${each},${each}`).join("\n")}\n`;
    const table = await csv(text);
    expect(table.columns.map(({ type, missing }) => [type, missing])).toEqual([
      ["number", spelled.length],
      ["string", spelled.length],
    ]);
    expect(await read("x\n1\n-999\nNA\n", { missing: ["-999"], separator: "," })).toEqual({ x: ["1", null, "NA"] });
    expect((await csv("x,y\n,1\n,2\n")).column("x").type).toBe("number");
  });

  test("types: numbers in their spellings, dates, texts", async () => {
    const { values } = (await csv("x\n1\n-2.5\n+.5\n1e3\n-inf\n1_0\n", { limit: 5 })).column("x");
    expect(values).toEqual(Float64Array.of(1, -2.5, 0.5, 1000, -Infinity));
    for (const odd of ["0x10", "1_000", "1 000", "1,000", "2e", "12a"]) {
      expect((await csv(`x;y\n1;1\n${odd};1\n`)).column("x").type, odd).toBe("string");
    }
    const dates = await csv("d,e\n2007-11-11,2024-02-29T12:30:15.5Z\n2008/1/2,2024-02-29 12:00+02:00\n");
    expect(dates.columns.map(({ values }) => [...values])).toEqual([
      [Date.UTC(2007, 10, 11), Date.UTC(2008, 0, 2)],
      [Date.UTC(2024, 1, 29, 12, 30, 15, 500), Date.UTC(2024, 1, 29, 10)],
    ]);
    expect((await csv("d,e\n2023-02-29,1\n2023-02-28,2\n")).column("d").type).toBe("string");
    expect(await read("d,e\n13.02.2023,1\n", { dates: "dayFirst" })).toEqual({ d: [Date.UTC(2023, 1, 13)], e: [1] });
    expect(await read("d,e\n2/13/2023,1\n", { dates: "monthFirst" })).toEqual({ d: [Date.UTC(2023, 1, 13)], e: [1] });
    const zip = await csv("zip,n\n00123,1\n", { types: { zip: "string" } });
    expect(zip.column("zip").values).toEqual(["00123"]);
  });

  test("a type that proves wrong late is set right by a second reading", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i},00${i},2020-01-01`);
    lines[4500] = "4500,late,never";
    const table = await csv(`a,b,c\n${lines.join("\n")}\n`);
    expect(table.columns.map(({ type }) => type)).toEqual(["number", "string", "string"]);
    expect(table.column("b").values.slice(4499, 4501)).toEqual(["004499", "late"]);
    expect(table.column("c", "string").categories).toEqual(["2020-01-01", "never"]);
  });

  test("lines to skip, comments, chosen columns, a limit", async () => {
    const text = "made by hand\n\n# units\na,b,c\n1,2,x\n# between\n3,4,y\n";
    expect(await read(text, { skipLines: 1, comment: "#", select: ["c", "a"] })).toEqual({ c: ["x", "y"], a: [1, 3] });
    expect(await read(text, { skipLines: 3, comment: "#", limit: 1 })).toEqual({ a: [1], b: [2], c: ["x"] });
  });
});

describe("sources", () => {
  const text = "a,b\n1,é\n2,y\n";
  const expected = { a: [1, 2], b: ["é", "y"] };
  const found = async (source: Parameters<typeof csv>[0], options?: CsvOptions) => {
    const table = await csv(source, options);
    return Object.fromEntries(table.columns.map(({ name, values }) => [name, [...values]]));
  };

  test("bytes, gzipped bytes, blobs, other encodings", async () => {
    const bytes = new TextEncoder().encode(text);
    expect(await found(bytes)).toEqual(expected);
    expect(await found(bytes.buffer)).toEqual(expected);
    expect(await found(new Uint8Array(gzipSync(bytes)))).toEqual(expected);
    expect(await found(new Blob([bytes]))).toEqual(expected);
    expect(await found(Buffer.from(text, "latin1"), { encoding: "latin1" })).toEqual(expected);
    expect(await found(Buffer.from(`\uFEFF${text}`, "utf16le"))).toEqual(expected);
  });

  test("paths and URLs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "csv-"));
    const server = createServer((request, response) => {
      if (request.url === "/t.csv") response.end(text);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    try {
      const path = join(folder, "t.csv.gz");
      writeFileSync(path, gzipSync(text));
      expect(await found(path)).toEqual(expected);
      expect(await found(new URL(`file://${path}`))).toEqual(expected);
      const base = `http://localhost:${(server.address() as AddressInfo).port}`;
      expect(await found(`${base}/t.csv`)).toEqual(expected);
      await expect(csv(`${base}/u.csv`)).rejects.toThrow(`read "${base}/u.csv": the server answered 404`);
      await expect(csv(join(folder, "none.csv"))).rejects.toThrow(/none\.csv": no such file/);
      await expect(csv(folder)).rejects.toThrow(/it is a folder/);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  test("reading ends where it has enough, of a source without end", async () => {
    let closed = false;
    const chunk = new TextEncoder().encode("1,2\n".repeat(10_000));
    const endless = () =>
      new ReadableStream({ pull: (controller) => controller.enqueue(chunk), cancel: () => void (closed = true) });
    const blob = { size: Infinity, stream: endless, arrayBuffer: () => Promise.reject(new Error("never whole")) };
    expect((await csv(blob, { limit: 100_000 })).size).toBe(100_000);
    expect(closed).toBe(true);
  });

  test("a large file takes no more memory than its columns", async () => {
    // 20 MB of text, of which one column of 8 bytes a row is kept.
    const folder = mkdtempSync(join(tmpdir(), "csv-"));
    try {
      const path = join(folder, "large.csv");
      const line = `7,${"x".repeat(290)}\n`;
      writeFileSync(path, `a,b\n${line.repeat(70_000)}`);
      const before = process.memoryUsage();
      let most = 0;
      const watch = setInterval(() => {
        const now = process.memoryUsage();
        most = Math.max(most, now.arrayBuffers - before.arrayBuffers);
      }, 5);
      const table = await csv(path, { select: ["a"] });
      clearInterval(watch);
      expect([table.size, table.column("a").values[69_999]]).toEqual([70_000, 7]);
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThan(15 * 2 ** 20);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("errors say where, what was expected and what is there", () => {
  const cases: [string, string, CsvOptions, string, typeof FormatError][] = [
    [
      "too few fields",
      "a,b\n1,2\n3\n",
      {},
      "csv: text line 3: 2 fields expected as in the first row, got 1",
      FormatError,
    ],
    [
      "too many, after quoted line ends",
      'a,b\n"x\n\ny",2\n3,4,5\n',
      {},
      "csv: text line 5: 2 fields expected",
      FormatError,
    ],
    [
      "a quote that nothing closes",
      'a,b\n1,"x\n2,y\n',
      {},
      'csv: text line 2 field 2: a closing " expected, got none up to line 3',
      FormatError,
    ],
    [
      "text behind a quote",
      'a,b\n1,"x"y\n',
      {},
      'csv: text line 2 field 2: a separator expected after the closing "',
      FormatError,
    ],
    [
      "a quote within a field",
      'a,b\n1,x"y\n',
      {},
      'csv: text line 2 field 2: no " expected inside a field',
      FormatError,
    ],
    [
      "no number",
      "a,b\n1,2\n3,four\n",
      { types: { b: "number" } },
      'csv: text line 3 column "b": a number expected, got "four"',
      FormatError,
    ],
    [
      "no date",
      "a,b\n1,2.3.\n",
      { types: { b: "date" } },
      'csv: text line 2 column "b": a date as 2007-11-30 expected',
      FormatError,
    ],
    ["lines skipped count", "x\na,b\n1,2\n3\n", { skipLines: 1 }, "csv: text line 4: 2 fields expected", FormatError],
    [
      "an unknown type's column",
      "age,b\n1,2\n",
      { types: { agee: "number" } },
      'types expected names of columns, got "agee"; did you mean "age"?',
      ValueError,
    ],
    [
      "an unknown column",
      "age,b\n1,2\n",
      { select: ["city"] },
      'select expected names of columns, got "city"; there are age, b',
      ValueError,
    ],
    ["names too few", "1,2\n", { columns: ["a"] }, "columns expected 2 names", ValueError],
    [
      "a header with one name twice",
      "a,a\n1,2\n",
      { header: true },
      'columns expected different names, got "a" twice',
      ValueError,
    ],
    ["no rows", "\n\n", {}, "csv: text expected at least one row, got none", FormatError],
  ];
  for (const [title, text, options, message, type] of cases) {
    test(title, async () => {
      const failed = csv(text, options);
      await expect(failed).rejects.toThrow(message);
      await expect(failed).rejects.toBeInstanceOf(type);
    });
  }

  test("bytes of another encoding, damaged gzip", async () => {
    await expect(csv(Buffer.from("a,b\né,1\n", "latin1"))).rejects.toThrow(
      /expected utf-8, got other bytes .*windows-1252/,
    );
    const packed = new Uint8Array(gzipSync("a,b\n1,2\n".repeat(1000)));
    await expect(csv(packed.slice(0, 30))).rejects.toThrow(/csv: 30 bytes expected whole gzip data/);
  });
});
