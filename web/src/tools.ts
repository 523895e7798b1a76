// The tools that draw the mask: brush, eraser, rectangle, lasso.

import { stepped, type Point } from './coordinates';
import { kKnown, kMissing, type Area, type Mask } from './mask';
import { bounds, polygon, rectangle, stroke } from './shapes';

export const kTools = ['brush', 'eraser', 'rectangle', 'lasso'] as const;
export type Tool = (typeof kTools)[number];

export interface ToolsListener {
  /** The mask changed inside `area`, or may have. */
  drawn(area: Area): void;
  /** The line of a shape that is being drawn; empty if there is none. */
  outlined(points: Point[]): void;
  /** A stroke or shape is complete: commit it. */
  finished(tool: Tool): void;
  /** The tool or its size is another. */
  chosen(): void;
}

export class Tools {
  private mask: Mask | null = null;
  private kind: Tool = 'brush';
  private width = 1;
  /** What was drawn since the button went down: the last point of a brush, all points of a shape. */
  private points: Point[] = [];

  /** Where the last stroke ended. */
  private last: Point | null = null;

  constructor(private readonly listener: ToolsListener) {}

  /** Starts with a new photo: a brush of a size that suits it. */
  open(mask: Mask): void {
    this.mask = mask;
    this.points = [];
    this.last = null;
    this.width = Math.max(4, Math.round(Math.max(mask.width, mask.height) / 30));
    this.listener.chosen();
  }

  get tool(): Tool {
    return this.kind;
  }

  set tool(tool: Tool) {
    this.abort();
    this.kind = tool;
    this.listener.chosen();
  }

  /** Diameter of brush and eraser, in picture pixels. */
  get size(): number {
    return this.width;
  }

  set size(size: number) {
    this.width = size;
    this.listener.chosen();
  }

  get largestSize(): number {
    return this.mask ? Math.max(16, Math.round(Math.max(this.mask.width, this.mask.height) / 3)) : 16;
  }

  get hasSize(): boolean {
    return this.kind === 'brush' || this.kind === 'eraser';
  }

  resize(steps: number): void {
    this.size = stepped(this.width, steps, this.largestSize);
  }

  get drawing(): boolean {
    return this.points.length > 0;
  }

  /** Begins at `point`; if it is `straight`, a brush draws a line from where the last stroke ended. */
  begin(point: Point, straight: boolean): void {
    this.points = [this.snapped(point)];
    if (this.hasSize) this.draw((straight && this.last) || this.points[0]!, this.points[0]!);
  }

  move(point: Point): void {
    if (!this.drawing) return;
    const next = this.snapped(point);
    if (this.hasSize) {
      this.draw(this.points[0]!, next);
      this.points = [next];
    } else if (this.kind === 'lasso') {
      this.points.push(next);
      this.listener.outlined(this.points);
    } else {
      this.points = [this.points[0]!, next];
      this.listener.outlined(corners(this.points[0]!, next));
    }
  }

  end(): void {
    if (!this.drawing || !this.mask) return;
    const points = this.points;
    this.last = points[0]!;
    this.points = [];
    this.listener.outlined([]);
    if (!this.hasSize && points.length > 1) {
      const span = this.mask.setter(kMissing);
      if (this.kind === 'lasso') polygon(points, span);
      else rectangle(points[0]!, points[1]!, span);
      this.report(bounds(points));
    }
    this.listener.finished(this.kind);
  }

  /** Takes back what is being drawn. */
  abort(): void {
    if (!this.drawing || !this.mask) return;
    this.points = [];
    this.listener.outlined([]);
    const area = this.mask.touched();
    this.mask.revert();
    if (area) this.listener.drawn(area);
  }

  private draw(a: Point, b: Point): void {
    if (!this.mask) return;
    const radius = this.width / 2;
    stroke(a, b, radius, this.mask.setter(this.kind === 'eraser' ? kKnown : kMissing));
    this.report(
      bounds([
        { x: Math.min(a.x, b.x) - radius, y: Math.min(a.y, b.y) - radius },
        { x: Math.max(a.x, b.x) + radius, y: Math.max(a.y, b.y) + radius },
      ]),
    );
  }

  private report(area: Area): void {
    const { width, height } = this.mask!;
    const cut = {
      x0: Math.max(0, area.x0),
      y0: Math.max(0, area.y0),
      x1: Math.min(width, area.x1),
      y1: Math.min(height, area.y1),
    };
    if (cut.x0 < cut.x1 && cut.y0 < cut.y1) this.listener.drawn(cut);
  }

  /** Brushes of one or two pixels go from pixel to pixel: between them they would reach no centre. */
  private snapped(point: Point): Point {
    if (!this.hasSize || this.width > 2) return point;
    return { x: Math.floor(point.x) + 0.5, y: Math.floor(point.y) + 0.5 };
  }
}

function corners(a: Point, b: Point): Point[] {
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}
