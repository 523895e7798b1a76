// The panel's controls of a fill, as the server offers them.

import type { Capabilities, Choice, FillOptions, Range } from './api';
import { byId, remember, remembered } from './elements';
import { kTexts, text, type TextKey } from './texts';

const model = byId('model', HTMLSelectElement);
const strategy = byId('strategy', HTMLSelectElement);
const precision = byId('precision', HTMLSelectElement);
const detail = byId('detail', HTMLSelectElement);
const match = byId('match', HTMLSelectElement);
/** Those whose choices have texts, with the beginnings of the texts' keys. */
const kChoices = { strategy, precision, detail, match };
const dilate = byId('dilate', HTMLInputElement);
const feather = byId('feather', HTMLInputElement);
const auto = byId('auto', HTMLInputElement);
const colour = byId('mask-colour', HTMLInputElement);

/** The sliders' maximum. The server accepts more, but grow and shrink suit larger numbers. */
const kSliderMaximum = 50;

let offered: Capabilities | null = null;

export function offerSettings(capabilities: Capabilities): void {
  offered = capabilities;
  const option = ({ name, installed, default: preferred }: Capabilities['models'][number]) => {
    const element = new Option(name, name, preferred, preferred);
    element.disabled = !installed;
    return element;
  };
  const missing = capabilities.models.filter(({ installed }) => !installed);
  model.replaceChildren(...capabilities.models.filter(({ installed }) => installed).map(option));
  if (missing.length > 0) {
    const group = document.createElement('optgroup');
    group.append(...missing.map(option));
    model.append(group);
  }
  strategy.replaceChildren(...capabilities.strategies.map((name) => new Option(name, name)));
  precision.replaceChildren(...capabilities.precisions.map((name) => new Option(name, name)));
  setChoice(detail, capabilities.options.detail);
  setChoice(match, capabilities.options.match);
  setRange(dilate, capabilities.options.dilate);
  setRange(feather, capabilities.options.feather);
  auto.checked = remembered('auto') === 'true';
  translateSettings();
}

/** Whether a stroke is filled as soon as it ends. */
export function fillsOnRelease(): boolean {
  return auto.checked;
}

export function fillOptions(): FillOptions {
  if (!offered) return {};
  return {
    model: model.value,
    dilate: dilate.valueAsNumber,
    feather: feather.valueAsNumber,
    strategy: strategy.value,
    precision: precision.value,
    detail: detail.value,
    match: match.value,
  };
}

/** The texts that depend on the offer and the choices. */
export function translateSettings(): void {
  if (!offered) return;
  for (const option of model.options) option.text = known(`modelName_${option.value}`) ?? option.value;
  for (const group of model.querySelectorAll('optgroup')) group.label = text('modelsMissing');
  for (const [kind, select] of Object.entries(kChoices)) {
    for (const option of select.options) option.text = known(`${kind}_${option.value}`) ?? option.value;
  }
  describe();
}

function describe(): void {
  const chosen = offered?.models.find(({ name }) => name === model.value);
  byId('model-note', HTMLElement).textContent = known(`model_${model.value}`) ?? chosen?.description ?? '';
  for (const [kind, select] of Object.entries(kChoices)) {
    byId(`${kind}-note`, HTMLElement).textContent = known(`${kind}Note_${select.value}`) ?? '';
  }
  byId('dilate-value', HTMLOutputElement).value = `${dilate.value} px`;
  byId('feather-value', HTMLOutputElement).value = `${feather.value} px`;
}

/** The text for a name from the server, if the page knows it. */
function known(key: string): string | undefined {
  return key in kTexts ? text(key as TextKey) : undefined;
}

function setRange(input: HTMLInputElement, range: Range): void {
  input.min = String(range.min);
  input.max = String(Math.min(range.max, kSliderMaximum));
  input.value = String(range.default);
}

function setChoice(select: HTMLSelectElement, offer: Choice): void {
  select.replaceChildren(...offer.choices.map((name) => new Option(name, name, name === offer.default, name === offer.default)));
}

for (const control of [model, dilate, feather, ...Object.values(kChoices)]) control.addEventListener('input', describe);
auto.addEventListener('change', () => remember('auto', String(auto.checked)));

/** Calls `chosen` with the colour of masks, as #rrggbb, now and after every change. */
export function listenForMaskColour(chosen: (colour: string) => void): void {
  colour.value = remembered('mask-colour') ?? colour.value;
  colour.addEventListener('input', () => {
    remember('mask-colour', colour.value);
    chosen(colour.value);
  });
  chosen(colour.value);
}
