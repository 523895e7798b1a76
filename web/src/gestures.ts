// Pointers and wheel over the viewport: drawing, zooming, moving the photo.
// Mouse and pen draw; with the space bar or the middle button they pan. One finger draws; a second one
// undoes that, and both zoom and pan. After the first use of a pen, fingers only pan: palms must not draw. Nor do they
// stop a pen that draws.

import { toPicture, type Point } from './coordinates';
import type { Tools } from './tools';
import type { View } from './view';

type Mode = 'idle' | 'draw' | 'pan' | 'pinch';

export interface GesturesListener {
  /** Whether drawing is possible now. */
  canDraw(): boolean;
  /** A mouse or pen is over this screen point, or has left. */
  hovered(point: Point | null): void;
}

export class Gestures {
  private mode: Mode = 'idle';
  private readonly pointers = new Map<number, Point>();
  private penSeen = false;
  private penDown = false;
  private spaceHeld = false;

  constructor(
    private readonly view: View,
    private readonly tools: Tools,
    private readonly listener: GesturesListener,
  ) {
    const { element } = view;
    element.addEventListener('pointerdown', (event) => this.down(event));
    element.addEventListener('pointermove', (event) => this.move(event));
    element.addEventListener('pointerup', (event) => this.up(event, true));
    element.addEventListener('pointercancel', (event) => this.up(event, false));
    element.addEventListener('pointerleave', () => this.listener.hovered(null));
    element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    element.addEventListener('contextmenu', (event) => event.preventDefault());
    addEventListener('blur', () => this.holdSpace(false));
  }

  holdSpace(held: boolean): void {
    this.spaceHeld = held;
    this.view.element.classList.toggle('panning', held);
    if (held) this.listener.hovered(null);
  }

  private down(event: PointerEvent): void {
    if ((event.target as Element).closest('button, .divider')) return;
    if (event.pointerType === 'touch' && this.penDown) return;
    if (event.pointerType === 'pen') {
      this.penSeen = this.penDown = true;
      this.tools.abortStroke(); // what the palm began
      this.pointers.clear();
    }
    if (event.pointerType === 'touch') this.listener.hovered(null);
    this.pointers.set(event.pointerId, this.at(event));
    this.view.element.setPointerCapture(event.pointerId);
    if (this.pointers.size >= 2) {
      this.tools.abortStroke();
      this.mode = 'pinch';
    } else if (event.button === 1 || this.spaceHeld || (event.pointerType === 'touch' && this.penSeen)) {
      event.preventDefault(); // the middle button scrolls otherwise
      this.mode = 'pan';
    } else if (event.button === 0 && this.listener.canDraw()) {
      this.mode = 'draw';
      this.tools.begin(toPicture(this.view.placement, this.at(event)), event.shiftKey);
    }
  }

  private move(event: PointerEvent): void {
    const point = this.at(event);
    if (event.pointerType !== 'touch' && !this.spaceHeld) this.listener.hovered(point);
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    if (this.mode === 'draw') {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const part of events.length > 0 ? events : [event]) {
        this.tools.move(toPicture(this.view.placement, this.at(part)));
      }
    } else if (this.mode === 'pan') {
      this.view.pan(point.x - before.x, point.y - before.y);
    } else if (this.mode === 'pinch') {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        this.view.pan((point.x - before.x) / 2, (point.y - before.y) / 2);
        const middle = { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 };
        this.view.zoom(middle, distance(point, other) / Math.max(1, distance(before, other)));
      }
    }
    this.pointers.set(event.pointerId, point);
  }

  private up(event: PointerEvent, complete: boolean): void {
    if (event.pointerType === 'pen') this.penDown = false;
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.mode === 'draw') {
      if (complete) this.tools.end();
      else this.tools.abortStroke();
    }
    // After a pinch the finger that stays draws nothing.
    if (this.pointers.size === 0) this.mode = 'idle';
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const delta = (event.deltaY || event.deltaX) * lines; // with Shift it scrolls sideways
    if ((event.altKey || event.shiftKey) && !event.ctrlKey) {
      this.tools.resize(-Math.sign(delta));
      this.listener.hovered(this.at(event));
    } else {
      // Browsers send the pinch of a touchpad as a wheel with Ctrl, in small steps.
      this.view.zoom(this.at(event), Math.exp(-delta * (event.ctrlKey ? 0.01 : 0.002)));
    }
  }

  private at(event: MouseEvent): Point {
    const { left, top } = this.view.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
