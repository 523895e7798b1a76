// The tools that draw the mask: brush, eraser, rectangle, lasso, and select, which asks the server for an object.

import { remember, remembered } from './elements';
import { stepped, type Point } from './coordinates';
import { kKnown, kMissing, Mask, type Area } from './mask';
import { bounds, polygon, rectangle, stroke } from './shapes';

export const kTools = ['brush', 'eraser', 'rectangle', 'lasso', 'select'] as const;
export type Tool = (typeof kTools)[number];

/** How an object is meant: by a mask of a part of it, or by a box around it. */
export type Hint = { scribble: Mask } | { box: Area };

export interface ToolsListener {
  /** The mask changed inside `area`, or may have. */
  drawn(area: Area): void;
  /** The line of a shape that is being drawn; empty if there is none. */
  outlined(points: Point[]): void;
  /** The mask of the object that is meant, or null if there is none. Never rejects. */
  object(hint: Hint): Promise<Mask | null>;
  /** A stroke or shape is complete: commit it. */
  finished(tool: Tool): void;
  /** The tool or its size has changed. */
  chosen(): void;
  /** The width of a scribble in picture pixels: the same on the screen at every zoom. */
  scribbleWidth(): number;
}

export class Tools {
  private mask: Mask | null = null;
  private kind: Tool = kTools.find((tool) => tool === remembered('tool')) ?? 'brush';
  private width = 1;
  /** The points since the button went down: a brush's last one, a shape's or a scribble's all. */
  private points: Point[] = [];

  /** Whether the select tool draws a box, not a scribble. */
  private boxed = remembered('hint') === 'box';
  /** The object that is being asked for. */
  private hint: Hint | null = null;

  /** Where the last stroke ended. */
  private last: Point | null = null;

  constructor(private readonly listener: ToolsListener) {}

  /** Starts with another photo: a brush of a size that suits it, the user's share of its longer side. */
  open(mask: Mask): void {
    this.mask = mask;
    this.points = [];
    this.hint = null;
    this.last = null;
    const longest = Math.max(mask.width, mask.height);
    const share = Number(remembered('brush'));
    const width = share > 0 ? Math.max(1, Math.round(share * longest)) : Math.max(4, Math.round(longest / 30));
    this.width = Math.min(this.largestSize, width);
    this.listener.chosen();
  }

  get tool(): Tool {
    return this.kind;
  }

  set tool(tool: Tool) {
    this.abort();
    this.kind = tool;
    if (tool !== 'eraser') remember('tool', tool); // a new photo has nothing to erase
    this.listener.chosen();
  }

  get boxes(): boolean {
    return this.boxed;
  }

  set boxes(boxes: boolean) {
    this.abort();
    this.boxed = boxes;
    remember('hint', boxes ? 'box' : 'scribble');
    this.listener.chosen();
  }

  /** Diameter of brush, eraser and scribble, in picture pixels. */
  get size(): number {
    return this.kind === 'select' ? this.listener.scribbleWidth() : this.width;
  }

  /** Sets that of brush and eraser. */
  set size(size: number) {
    this.width = size;
    if (this.mask) remember('brush', String(size / Math.max(this.mask.width, this.mask.height)));
    this.listener.chosen();
  }

  get largestSize(): number {
    return this.mask ? Math.max(16, Math.round(Math.max(this.mask.width, this.mask.height) / 3)) : 16;
  }

  /** Whether it draws with a round tip. */
  get hasSize(): boolean {
    return this.kind === 'brush' || this.kind === 'eraser' || (this.kind === 'select' && !this.boxed);
  }

  /** Whether the user chooses the tip's size. */
  get choosesSize(): boolean {
    return this.kind === 'brush' || this.kind === 'eraser';
  }

  resize(steps: number): void {
    if (this.choosesSize) this.size = stepped(this.width, steps, this.largestSize);
  }

  /** Also while the server looks for an object. */
  get drawing(): boolean {
    return this.points.length > 0 || this.hint !== null;
  }

  /** Whether the server looks for an object. */
  get selecting(): boolean {
    return this.hint !== null;
  }

  /** Begins at `point`. With `shift` a brush draws a line from where the last stroke ended. */
  begin(point: Point, shift: boolean): void {
    if (this.hint) return;
    this.points = [this.snapped(point)];
    if (this.hasSize) this.draw((shift && this.kind !== 'select' && this.last) || this.points[0]!, this.points[0]!);
  }

  move(point: Point): void {
    if (this.points.length === 0) return;
    const next = this.snapped(point);
    if (this.hasSize) {
      this.draw(this.points.at(-1)!, next);
      if (this.kind === 'select') this.points.push(next);
      else this.points = [next];
    } else if (this.kind === 'lasso') {
      this.points.push(next);
      this.listener.outlined(this.points);
    } else {
      this.points = [this.points[0]!, next];
      this.listener.outlined(corners(this.points[0]!, next));
    }
  }

  end(): void {
    if (this.points.length === 0 || !this.mask) return;
    const points = this.points;
    this.last = points[0]!;
    this.points = [];
    if (this.kind === 'select') return void this.select(points);
    this.listener.outlined([]);
    if (!this.hasSize && points.length > 1) {
      const span = this.mask.setter(kMissing);
      if (this.kind === 'lasso') polygon(points, span);
      else rectangle(points[0]!, points[1]!, span);
      this.report(bounds(points));
    }
    this.listener.finished(this.kind);
  }

  /** Takes back the unfinished stroke or shape, but no object that is being asked for. */
  abortStroke(): void {
    if (this.points.length > 0) this.abort();
  }

  /** Takes back the unfinished stroke or shape, or the object that is being asked for. */
  abort(): void {
    if (!this.drawing || !this.mask) return;
    this.points = [];
    this.hint = null;
    this.listener.outlined([]);
    this.takeBack();
  }

  /** Takes back what is drawn since the last step. An object that is being asked for still comes. */
  takeBack(): void {
    if (!this.mask) return;
    const area = this.mask.touched();
    this.mask.revert();
    if (area) this.listener.drawn(area);
  }

  /** Asks for the object under the scribble or in the box, which stay visible until the answer. */
  private async select(points: Point[]): Promise<void> {
    const mask = this.mask!;
    const whole = { x0: 0, y0: 0, x1: mask.width, y1: mask.height };
    let hint: Hint;
    if (this.boxed) {
      const box = points.length > 1 ? cut(bounds(points), whole) : null;
      if (!box) return this.listener.outlined([]);
      hint = { box };
    } else {
      const scribble = new Mask(mask.width, mask.height);
      points.forEach((point, i) => stroke(points[Math.max(0, i - 1)]!, point, this.size / 2, scribble.setter(kMissing)));
      hint = { scribble };
    }
    this.hint = hint;
    const found = await this.listener.object(hint);
    if (this.hint !== hint) return; // taken back meanwhile
    this.hint = null;
    this.listener.outlined([]);
    this.takeBack();
    if (!found) return;
    const area = found.touched();
    for (let y = area?.y0 ?? 0; y < (area?.y1 ?? 0); y++) for (const [x0, x1] of found.runs(y)) mask.set(y, x0, x1, kMissing);
    if (area) this.report(area);
    this.listener.finished('select');
  }

  private draw(a: Point, b: Point): void {
    if (!this.mask) return;
    const radius = this.size / 2;
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
    const drawn = cut(area, { x0: 0, y0: 0, x1: width, y1: height });
    if (drawn) this.listener.drawn(drawn);
  }

  /** Brushes of one or two pixels go from pixel to pixel: between them they would reach no centre. */
  private snapped(point: Point): Point {
    if (!this.hasSize || this.size > 2) return point;
    return { x: Math.floor(point.x) + 0.5, y: Math.floor(point.y) + 0.5 };
  }
}

/** The part of `area` in `whole`, or null if there is none. */
function cut(area: Area, whole: Area): Area | null {
  const part = {
    x0: Math.max(whole.x0, area.x0),
    y0: Math.max(whole.y0, area.y0),
    x1: Math.min(whole.x1, area.x1),
    y1: Math.min(whole.y1, area.y1),
  };
  return part.x0 < part.x1 && part.y0 < part.y1 ? part : null;
}

function corners(a: Point, b: Point): Point[] {
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}
