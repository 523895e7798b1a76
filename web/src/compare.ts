// Compares with the original photo: a divider to drag, or all of it while a key or button is held.

import { toScreen } from './coordinates';
import { byId } from './elements';
import type { View } from './view';

const kStep = 0.02;
/** The divider begins at least this far from both ends. */
const kInset = 0.1;
/** Between the divider and its labels, in CSS pixels (page.css). */
const kLabelGap = 8;

export class Compare {
  private readonly divider = byId('divider', HTMLElement);
  private readonly button = byId('divide', HTMLButtonElement);
  private readonly holdButton = byId('original', HTMLButtonElement);
  private dividing = false;
  private held = false;
  /** The divider's position, as a share of the visible part of the photo. */
  private position = 0.5;
  private screenX = 0;
  /** A column of the photo through the shown fill. */
  private column: number | null = null;

  constructor(private readonly view: View) {
    this.button.addEventListener('click', () => this.toggle());
    this.divider.addEventListener('pointerdown', (event) => {
      this.divider.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.divider.focus();
    });
    this.divider.addEventListener('pointermove', (event) => {
      if (this.divider.hasPointerCapture(event.pointerId)) this.drag(event.clientX);
    });
    this.divider.addEventListener('keydown', (event) => this.key(event));
    this.holdButton.addEventListener('pointerdown', () => this.hold(true));
    for (const end of ['pointerup', 'pointerleave', 'pointercancel', 'blur']) {
      this.holdButton.addEventListener(end, () => this.hold(false));
    }
    this.holdButton.addEventListener('keydown', ({ key }) => {
      if (key === ' ' || key === 'Enter') this.hold(true);
    });
    this.holdButton.addEventListener('keyup', () => this.hold(false));
    addEventListener('blur', () => this.hold(false));
  }

  /** Ends comparing, for a new photo. */
  reset(): void {
    this.dividing = false;
    this.held = false;
    this.position = 0.5;
    this.update();
  }

  /** Begins where one sees the fill: half of it on either side. */
  toggle(): void {
    if (this.column === null && !this.dividing) return;
    this.dividing = !this.dividing;
    if (this.column !== null) {
      const { left, right } = this.view.visible;
      const { x } = toScreen(this.view.placement, { x: this.column, y: 0 });
      this.position = Math.min(1 - kInset, Math.max(kInset, (x - left) / (right - left)));
    }
    this.update();
  }

  /** Another picture of the photo is shown. `column` goes through its fill; null if it is the original. */
  pictureChanged(column: number | null): void {
    this.column = column;
    this.update();
  }

  hold(held: boolean): void {
    if (this.held === held) return;
    this.held = held;
    this.update();
  }

  /** Follows the photo when it moves on the screen. */
  update(): void {
    const { visible } = this.view;
    this.screenX = visible.left + this.position * (visible.right - visible.left);
    this.view.showOriginal(this.held ? visible.right : this.dividing ? this.screenX : null);
    this.divider.hidden = !this.dividing || this.held;
    this.divider.style.transform = `translateX(${this.screenX}px)`;
    const [before, after] = this.divider.querySelectorAll<HTMLElement>('.side');
    const fits = (label: HTMLElement, room: number) => (label.style.visibility = label.offsetWidth + kLabelGap > room ? 'hidden' : '');
    fits(before!, this.screenX);
    fits(after!, this.view.element.clientWidth - this.screenX);
    this.divider.setAttribute('aria-valuenow', String(Math.round(100 * this.position)));
    this.button.setAttribute('aria-pressed', String(this.dividing));
    this.button.disabled = this.column === null && !this.dividing;
    this.holdButton.disabled = this.column === null;
    this.view.element.classList.toggle('showing-original', this.held);
  }

  private drag(clientX: number): void {
    const { left, right } = this.view.visible;
    const x = clientX - this.view.element.getBoundingClientRect().left;
    this.moveTo((x - left) / (right - left));
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, number> = {
      ArrowLeft: this.position - kStep,
      ArrowRight: this.position + kStep,
      Home: 0,
      End: 1,
    };
    const position = moves[event.key];
    if (position === undefined) return;
    event.preventDefault();
    this.moveTo(position);
  }

  private moveTo(position: number): void {
    this.position = Math.min(1, Math.max(0, position));
    this.update();
  }
}
