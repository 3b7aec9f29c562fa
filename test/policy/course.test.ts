import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as data from "../../src/data/index.js";
import * as diagnostics from "../../src/diagnostics/index.js";
import * as wg from "../../src/index.js";
import { read } from "../support/sources.js";

const guide = read("docs/course.md");
const programs = readdirSync("examples/course").filter((file) => !["all.js", "picture.js"].includes(file));
const links = [...guide.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);

test("docs/course.md has the eighteen sections, in order, each with a row and a picture", () => {
  const sections = [...guide.matchAll(/^### (\d+)\. /gm)].map(([, number]) => Number(number));
  expect(sections).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
  expect([...guide.matchAll(/^\| (\d+) /gm)].map(([, number]) => Number(number))).toEqual(sections);
  const texts = guide.split(/^### /m).slice(1);
  expect(texts.filter((text) => !/!\[[^\]]+\]\(course\/[\w-]+\.svg\)/.test(text))).toEqual([]);
});

test("what it links to is there, and each picture is one that a program draws", () => {
  const missing = links.filter((target) => {
    const picture = /^course\/([\w-]+)\.svg$/.exec(target);
    if (picture) return !read(`examples/course/${picture[1]}.js`).includes(`"${picture[1]}"`);
    return !target.startsWith("#") && !existsSync(join("docs", target));
  });
  expect(missing).toEqual([]);
});

test("it names every program of the course and every recipe", () => {
  const recipes = readdirSync("examples/recipes").filter((file) => file !== "data.js");
  const unnamed = [...programs, ...recipes].filter((file) => !guide.includes(`/${file})`));
  expect(unnamed).toEqual([]);
});

test("the functions that it names are exported", () => {
  const rows = [...guide.matchAll(/^\| \d+ [^|]*\|([^|]*)\|/gm)].map(([, functions]) => functions as string);
  const names = rows.flatMap((row) => [...row.matchAll(/`([\w.]+)`/g)].map(([, name]) => name as string));
  const namespaces = [wg, data, diagnostics, ...Object.values(wg).filter((value) => typeof value === "object")];
  const known = (name: string): boolean =>
    namespaces.some((each) => name.split(".").reduce((at: unknown, key) => at?.[key as never], each) !== undefined);
  // Options and texts are not functions.
  const options = [
    "clipValue",
    "clipNorm",
    "globalClipNorm",
    "groups",
    "labelSmoothing",
    "classWeight",
    "sampleWeight",
  ];
  expect(names.filter((name) => !options.includes(name) && !known(name))).toEqual([]);
});
