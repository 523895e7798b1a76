// Painting with the keyboard: while the photo has the focus, the arrows move a cursor and the space bar starts and
// ends a stroke.

import type { Point } from './coordinates';
import { announce } from './messages';
import { text } from './texts';
import type { Tools } from './tools';
import type { View } from './view';

const kArrows: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const kAnnounceMilliseconds = 400;

export class PaintKeys {
  /** The cursor's position in picture pixels; null without a cursor. */
  private point: Point | null = null;
  private announcing = 0;

  /** `moved` is called when the cursor moves or vanishes. */
  constructor(
    private readonly view: View,
    private readonly tools: Tools,
    private readonly moved: (point: Point | null) => void,
  ) {
    view.element.addEventListener('keydown', (event) => this.key(event));
    for (const end of ['pointerdown', 'pointermove', 'blur']) view.element.addEventListener(end, () => this.leave());
  }

  /** Ends painting by keys. */
  leave(): void {
    if (!this.point) return;
    this.point = null;
    this.tools.end();
    this.moved(null);
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.view.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = kArrows[event.key];
    if (arrow) this.move(arrow, event.shiftKey);
    else if (!this.point) return;
    else if (event.key === ' ' && !event.repeat) this.press(event.shiftKey);
    else if (event.key === 'Enter' && this.tools.drawing) this.press(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private move({ x, y }: Point, fine: boolean): void {
    const { width, height } = this.view.pictureSize;
    const step = fine ? 1 : Math.max(1, Math.round(this.tools.hasSize ? this.tools.size / 2 : Math.max(width, height) / 50));
    const from = this.point ?? this.view.middle;
    this.point = {
      x: Math.min(width, Math.max(0, from.x + x * step)),
      y: Math.min(height, Math.max(0, from.y + y * step)),
    };
    this.view.reveal(this.point);
    this.tools.move(this.point);
    this.moved(this.point);
    clearTimeout(this.announcing);
    const place = { x: Math.round((100 * this.point.x) / width), y: Math.round((100 * this.point.y) / height) };
    this.announcing = window.setTimeout(() => announce(text('cursorAt', place)), kAnnounceMilliseconds);
  }

  private press(straight: boolean): void {
    if (this.tools.drawing) this.tools.end();
    else this.tools.begin(this.point!, straight);
    clearTimeout(this.announcing);
    announce(text(this.tools.drawing ? 'strokeBegun' : 'strokeEnded'));
  }
}

