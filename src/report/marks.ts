import { checkNumber, checkOptions, checkText, show } from "../util/check.js";
import { ValueError } from "../util/errors.js";
import type { Box } from "./chart.js";
import type { Option } from "./draw.js";
import { base, type Frame, placeIn, text } from "./frame.js";
import { INK } from "./palette.js";
import { type Axis, type Scale, shareOn } from "./scale.js";
import { cut, textWidth } from "./text.js";

/** A place that the reader should see: a vertical line at `x`, a horizontal one at `y`, a point where both are given. */
export interface Mark {
  x?: number;
  y?: number;
  text: string;
}

const SIZE = 12;
const HEIGHT = 16;

/** @throws ValueError where a mark has no place, no text, or a place that its axis cannot show */
export function checkMarks(operation: string, marks: unknown, x: Axis, y: Axis): Mark[] {
  if (!Array.isArray(marks)) {
    throw new ValueError(`${operation}: marks expected an array of { x, y, text }, got ${show(marks)}`);
  }
  marks.forEach((mark, i) => {
    checkOptions(`${operation}: marks[${i}]`, mark, ["x", "y", "text"], true);
    checkText(operation, `marks[${i}].text`, mark.text);
    if (mark.x === undefined && mark.y === undefined) {
      throw new ValueError(`${operation}: marks[${i}] expected x, y or both, got none`);
    }
    for (const [name, axis] of [["x", x] as const, ["y", y] as const]) {
      const bounds = axis.scale === "log" ? { above: 0 } : {};
      if (mark[name] !== undefined) checkNumber(operation, `marks[${i}].${name}`, mark[name], bounds);
    }
  });
  return marks;
}

/** The marks' own values, which the axes must reach. */
export function valuesOfMarks(marks: readonly Mark[], name: "x" | "y"): number[] {
  return marks.flatMap((mark) => mark[name] ?? []);
}

/** What it costs a label to stand one place further from its mark, in covered points. */
const AWAY = 0.4;

/**
 * Marks with their labels: of the places where a label can stand inside the box, free of other labels, the one that is near and covers
 * little of what is drawn.
 *
 * @param points where curves and points lie, in shares of the axes
 */
export function drawMarks(
  frame: Frame,
  marks: readonly Mark[],
  points: readonly (readonly [number, number])[],
): Option[] {
  const [x, y] = [frame.x as Scale, frame.y as Scale];
  const place = placeIn(frame);
  const places = marks.flatMap((mark) => {
    const [px, py] = place([shareOn(x, mark.x ?? 0), shareOn(y, mark.y ?? 0)]);
    const at = { x: mark.x === undefined ? undefined : px, y: mark.y === undefined ? undefined : py };
    return isInside(frame.box, at) ? [{ at, mark }] : [];
  });
  const covered = [...points.map(place), ...places.flatMap(({ at }) => pointsAlong(frame.box, at))];
  const taken: Box[] = [];
  const labels = places.flatMap(({ at, mark }) => {
    const content = cut(mark.text, frame.box.width - 12, SIZE);
    const spots = spotsFor(frame.box, at, textWidth(content, SIZE));
    const free = spots.filter((spot) => !taken.some((other) => overlaps(spot, other)));
    const cost = (spot: Box, i: number) => covered.filter((point) => contains(spot, point)).length + i * AWAY;
    const costs = free.map(cost);
    const best = free[costs.indexOf(Math.min(...costs))] ?? spots[0];
    if (!best) return [];
    taken.push(best);
    return [text(content, best.left + 4, best.top + HEIGHT / 2, { size: SIZE, hasHalo: true })];
  });
  return [...places.flatMap(({ at }) => shapeOf(frame.box, at)), ...labels];
}

/** Points along a mark's line, so dense that a label rather covers a curve than a line with a label of its own. */
function pointsAlong({ left, top, width, height }: Box, { x, y }: At): [number, number][] {
  if (x !== undefined && y !== undefined) return [[x, y]];
  const length = x === undefined ? width : height;
  return Array.from({ length: Math.floor(length / 2) }, (_, i) =>
    x === undefined ? [left + i * 2, y as number] : [x, top + i * 2],
  );
}

interface At {
  readonly x: number | undefined;
  readonly y: number | undefined;
}

function isInside({ left, top, width, height }: Box, { x = left, y = top }: At): boolean {
  return x >= left - 0.5 && x <= left + width + 0.5 && y >= top - 0.5 && y <= top + height + 0.5;
}

function shapeOf({ left, top, width, height }: Box, { x, y }: At): Option[] {
  const style = { stroke: INK, lineWidth: 1.2, lineDash: [5, 4] };
  if (x !== undefined && y !== undefined) {
    return [
      {
        ...base,
        type: "circle",
        shape: { cx: x, cy: y, r: 5.5 },
        style: { fill: "#ffffff", stroke: INK, lineWidth: 2 },
      },
    ];
  }
  if (x !== undefined) return [{ ...base, type: "line", shape: { x1: x, x2: x, y1: top, y2: top + height }, style }];
  return [{ ...base, type: "line", shape: { x1: left, x2: left + width, y1: y, y2: y }, style }];
}

/** Boxes where a mark's label can stand, the best first. */
function spotsFor(box: Box, { x, y }: At, textLength: number): Box[] {
  const width = textLength + 8;
  const [right, bottom] = [box.left + box.width, box.top + box.height];
  const spots: Box[] = [];
  const add = (left: number, top: number) => {
    if (left >= box.left && left + width <= right && top >= box.top && top + HEIGHT <= bottom) {
      spots.push({ left, top, width, height: HEIGHT });
    }
  };
  if (x !== undefined && y !== undefined) {
    for (const away of [9, 22, 40, 64]) {
      for (const side of [x + 9, x - 9 - width, x - width / 2]) {
        for (const top of [y - away - HEIGHT, y + away]) add(side, top);
      }
    }
  } else if (x !== undefined) {
    for (let top = box.top + 4; top < bottom; top += HEIGHT + 4)
      for (const left of [x + 3, x - 3 - width]) add(left, top);
  } else if (y !== undefined) {
    for (const top of [y - HEIGHT - 2, y + 2]) {
      for (let left = right - width - 2; left >= box.left; left -= 24) add(left, top);
    }
  }
  // A label longer than the room beside its mark stands as near as the box lets it.
  if (spots.length === 0) {
    const left = Math.max(box.left, Math.min((x ?? right) - width / 2, right - width));
    for (let top = box.top + 4; top < bottom - HEIGHT; top += HEIGHT + 4) add(left, top);
  }
  return spots;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

function contains(box: Box, [x, y]: readonly [number, number]): boolean {
  return x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height;
}
