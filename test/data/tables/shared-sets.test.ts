import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { csv, type Dataset, type Table, tabular } from "../../../src/data/index.js";
import { needsSharedData, sharedData } from "../../support/shared-data.js";

/** By Python's csv module and numpy: test/fixtures/tables.py. */
const judged: Record<string, Judged> = JSON.parse(
  readFileSync(new URL("../../fixtures/tables.json", import.meta.url), "utf8"),
);
interface Judged {
  rows: number;
  names: string[] | null;
  columns: { missing: number; mean?: number; std?: number; max?: number; different?: number; last?: string }[];
}

beforeEach(needsSharedData);

describe("reads each published table as Python does", () => {
  for (const [path, { rows, names, columns }] of Object.entries(judged)) {
    test(path, async () => {
      const skipLines = /^(iris|wine|breast)|adult\.test/.test(path) ? 1 : 0;
      const table = await csv(`${sharedData}/${path}`, { skipLines });
      expect(table.size).toBe(rows);
      expect(table.names).toEqual(names ?? columns.map((_, i) => `column${i}`));
      columns.forEach((expected, i) => {
        const column = table.columns[i] as Table["columns"][number];
        expect(column.missing, column.name).toBe(expected.missing);
        if (expected.mean !== undefined) {
          expect(column.type, column.name).toBe("number");
          const found = Object.values(table.select(column.name).describe().row(0));
          const [mean, std, max] = [5, 6, 11].map((at) => found[at]);
          expect(mean).toBeCloseTo(expected.mean, 6);
          expect(std).toBeCloseTo(expected.std as number, 6);
          expect(max).toBe(expected.max);
        } else if (column.type === "string") {
          expect(column.categories.length, column.name).toBe(expected.different);
          expect(column.categories.at(-1)).toBe(expected.last);
        } else expect([column.type, column.name]).toEqual(["date", "Date Egg"]);
      });
    });
  }
});

describe("three lines from file to dataset", () => {
  const shapes = async (dataset: Dataset) => {
    for await (const { x, y } of dataset.batch(dataset.size ?? 1))
      return [x, y].map((each) => (each as { shape: number[] } | undefined)?.shape);
    return [];
  };

  test("iris", async () => {
    const table = await csv(`${sharedData}/iris/iris.csv`, {
      skipLines: 1,
      columns: ["length", "width", "petal length", "petal width", "species"],
    });
    const data = table.dataset({ y: "species", labels: "class" });
    expect(await shapes(data)).toEqual([[150, 4], [150]]);
  });

  test("wine", async () => {
    const table = await csv(`${sharedData}/wine/wine_data.csv`, { skipLines: 1 });
    expect(await shapes(table.dataset({ y: "column13", labels: "oneHot" }))).toEqual([
      [178, 13],
      [178, 3],
    ]);
  });

  test("breast cancer", async () => {
    const table = await csv(`${sharedData}/breast-cancer/breast_cancer.csv`, { skipLines: 1 });
    const data = table.dataset({ y: "column30" });
    expect(await shapes(data)).toEqual([
      [569, 30],
      [569, 1],
    ]);
    expect(table.column("column30").values.filter((v) => v === 0).length).toBe(212);
  });

  test("adult: fitted on the training file, applied to the test file", async () => {
    const train = await csv(`${sharedData}/adult/adult.data`);
    const test = (await csv(`${sharedData}/adult/adult.test`, { skipLines: 1 })).with("column14", (row) =>
      String(row.column14).replace(".", ""),
    );
    const prep = tabular(train, { y: "column14" });
    expect(prep.classes).toEqual(["<=50K", ">50K"]);
    // 6 numbers, the categories of adult.names, and one for missing values in three columns.
    expect(prep.features.length).toBe(6 + 8 + 16 + 7 + 14 + 6 + 5 + 2 + 41 + 3);
    expect(await shapes(prep.transform(test))).toEqual([[16_281, prep.features.length], [16_281]]);
    // adult.names: 2,399 and 1,221 rows with ?
    expect([train, test].map((table) => table.size - table.dropMissing().size)).toEqual([2399, 1221]);
    const poor = test.filter(({ column14 }) => column14 === "<=50K").size;
    expect(1 - poor / test.size).toBeCloseTo(0.2362, 4);
  });

  test("titanic: 891 passengers, 342 saved", async () => {
    const table = await csv(`${sharedData}/titanic/titanic.csv`);
    const prep = tabular(table.drop("PassengerId", "Name", "Ticket", "Cabin"), {
      y: "Survived",
      columns: { Pclass: { type: "category" } },
    });
    expect(await shapes(prep.transform(table))).toEqual([
      [891, prep.features.length],
      [891, 1],
    ]);
    expect(prep.features).toEqual([
      ...["Pclass=1", "Pclass=2", "Pclass=3", "Sex=female", "Sex=male", "Age", "SibSp", "Parch", "Fare"],
      ...["Embarked=C", "Embarked=Q", "Embarked=S", "Embarked=(missing)"],
    ]);
    expect(table.filter(({ Survived }) => Survived === 1).size).toBe(342);
    expect(table.column("Name").values[3]).toBe("Futrelle, Mrs. Jacques Heath (Lily May Peel)");
  });

  test("penguins, and the raw file with its dates and comments", async () => {
    const table = await csv(`${sharedData}/penguins/penguins.csv`);
    expect(await shapes(tabular(table, { y: "species" }).transform(table))).toEqual([[344, 11], [344]]);
    const raw = await csv(`${sharedData}/penguins/penguins_raw.csv`);
    const prep = tabular(raw.drop("Comments", "Individual ID"), { y: "Species", dates: { encode: "parts" } });
    expect(prep.features.filter((name) => name.startsWith("Date"))).toEqual(
      ["year", "month", "day", "weekday"].map((part) => `Date Egg ${part}`),
    );
    expect(raw.column("Date Egg").values[0]).toBe(Date.UTC(2007, 10, 11));
  });

  test("California housing", async () => {
    const table = await csv(`${sharedData}/california-housing/housing.csv`);
    const prep = tabular(table, { y: "median_house_value" });
    expect(await shapes(prep.transform(table))).toEqual([
      [20_640, 13],
      [20_640, 1],
    ]);
  });

  test("diabetes: features in one file, targets in the other", async () => {
    const table = await csv(`${sharedData}/diabetes/diabetes_data_raw.csv.gz`, {
      columns: ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"],
    });
    const target = await csv(`${sharedData}/diabetes/diabetes_target.csv.gz`);
    const data = table.with("target", target.column("column0").values).dataset({ y: "target" });
    expect(await shapes(data)).toEqual([
      [442, 10],
      [442, 1],
    ]);
  });

  test("auto mpg", async () => {
    const table = await csv(`${sharedData}/auto-mpg/mpg.csv`);
    const prep = tabular(table.drop("name"), { y: "mpg" });
    expect(await shapes(prep.transform(table))).toEqual([
      [398, 9],
      [398, 1],
    ]);
  });

  test("diamonds", async () => {
    const table = await csv(`${sharedData}/diamonds/diamonds.csv`);
    const prep = tabular(table, { y: "price", categories: { encode: "integer" } });
    expect(await shapes(prep.transform(table))).toEqual([
      [53_940, 9],
      [53_940, 1],
    ]);
  });

  test("linnerud: three targets", async () => {
    const exercise = await csv(`${sharedData}/linnerud/linnerud_exercise.csv`);
    const body = await csv(`${sharedData}/linnerud/linnerud_physiological.csv`);
    const data = body.names
      .reduce((table, name) => table.with(name, body.column(name).values), exercise)
      .dataset({ y: body.names });
    expect(await shapes(data)).toEqual([
      [20, 3],
      [20, 3],
    ]);
  });

  test("digits", async () => {
    const table = await csv(`${sharedData}/digits/digits.csv.gz`);
    const data = table.dataset({ y: "column64", labels: "class" });
    expect(await shapes(data)).toEqual([[1797, 64], [1797]]);
  });
});
