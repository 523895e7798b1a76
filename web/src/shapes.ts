// The shapes of the tools, as spans of the pixels whose centres lie inside.

import type { Point } from './coordinates';
import type { Area, Span } from './mask';

/** A brush of `radius` drawn from a to b: everything within `radius` of the line between them. */
export function stroke(a: Point, b: Point, radius: number, span: Span): void {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  // The two straight sides, `radius` to the left and to the right of the line.
  const side = length > 0 ? { x: (-(b.y - a.y) / length) * radius, y: ((b.x - a.x) / length) * radius } : null;
  const y0 = Math.floor(Math.min(a.y, b.y) - radius);
  const y1 = Math.ceil(Math.max(a.y, b.y) + radius);
  for (let y = y0; y <= y1; y++) {
    let left = Infinity;
    let right = -Infinity;
    const reach = (x: number) => {
      left = Math.min(left, x);
      right = Math.max(right, x);
    };
    for (const end of [a, b]) {
      const rest = radius * radius - (y + 0.5 - end.y) ** 2;
      if (rest >= 0) {
        reach(end.x - Math.sqrt(rest));
        reach(end.x + Math.sqrt(rest));
      }
    }
    if (side) {
      for (const sign of [-1, 1]) {
        const x = crossing(
          { x: a.x + sign * side.x, y: a.y + sign * side.y },
          { x: b.x + sign * side.x, y: b.y + sign * side.y },
          y + 0.5,
        );
        if (x !== null) reach(x);
      }
    }
    if (left <= right) emit(y, left, right, span);
  }
}

export function rectangle(a: Point, b: Point, span: Span): void {
  const x0 = Math.round(Math.min(a.x, b.x));
  const x1 = Math.round(Math.max(a.x, b.x));
  const y1 = Math.round(Math.max(a.y, b.y));
  for (let y = Math.round(Math.min(a.y, b.y)); y < y1; y++) span(y, x0, x1);
}

/** The inside of a closed line, by the even-odd rule. */
export function polygon(points: Point[], span: Span): void {
  const { y0, y1 } = bounds(points);
  for (let y = y0; y < y1; y++) {
    const crossings: number[] = [];
    points.forEach((a, i) => {
      const b = points[(i + 1) % points.length]!;
      // Half-open, so that a corner on the line counts once.
      if (a.y <= y + 0.5 !== b.y <= y + 0.5) crossings.push(crossing(a, b, y + 0.5)!);
    });
    crossings.sort((p, q) => p - q);
    for (let i = 0; i + 1 < crossings.length; i += 2) emit(y, crossings[i]!, crossings[i + 1]!, span);
  }
}

/** The smallest area of whole pixels that holds the points. */
export function bounds(points: Point[]): Area {
  const area = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const { x, y } of points) {
    area.x0 = Math.min(area.x0, Math.floor(x));
    area.y0 = Math.min(area.y0, Math.floor(y));
    area.x1 = Math.max(area.x1, Math.ceil(x));
    area.y1 = Math.max(area.y1, Math.ceil(y));
  }
  return area;
}

/** Where the line from a to b has this y, or null. */
function crossing(a: Point, b: Point, y: number): number | null {
  if (a.y === b.y || y < Math.min(a.y, b.y) || y > Math.max(a.y, b.y)) return null;
  return a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x);
}

/** The pixels of row y whose centres lie from `left` to `right`. */
function emit(y: number, left: number, right: number, span: Span): void {
  const x0 = Math.ceil(left - 0.5);
  const x1 = Math.floor(right - 0.5) + 1;
  if (x0 < x1) span(y, x0, x1);
}
