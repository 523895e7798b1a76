// Opens photos: dropped, chosen, pasted, or one of the samples.

import { byId } from './elements';

/** Of examples/; their licences ask for the credit (examples/CREDITS.md). */
const kSamples = {
  bridge: 'Sander Klootwijk, CC BY-SA 4.0',
  mountain: 'Aitzol Berasategi, CC BY 4.0',
  dandelions: 'Clemens Engelhardt, CC0',
};
type Sample = keyof typeof kSamples;
/** The sample whose object is marked. */
const kSuggested: Sample = 'dandelions';

/** Calls `opened` with every new photo, `failed` if a sample cannot be fetched. */
export function listenForPhotos(opened: (photo: Blob, name: string, mask?: Blob) => void, failed: (error: unknown, name: string) => void): void {
  const input = byId('photo-file', HTMLInputElement);
  const open = (file: File) => opened(file, file.name || 'photo.png');

  input.addEventListener('change', () => {
    for (const file of input.files ?? []) open(file);
    input.value = ''; // the same file again is a change too
  });
  byId('drop', HTMLButtonElement).addEventListener('click', choosePhoto);

  const veil = byId('drop-veil', HTMLElement);
  let depth = 0; // every element on the way fires dragenter and dragleave
  const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => {
    if (!carriesFile(event)) return;
    depth++;
    veil.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (carriesFile(event) && --depth <= 0) veil.hidden = true;
  });
  addEventListener('dragover', (event) => {
    if (carriesFile(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    depth = 0;
    veil.hidden = true;
    if (!carriesFile(event)) return;
    event.preventDefault();
    for (const file of event.dataTransfer?.files ?? []) open(file);
  });
  addEventListener('paste', (event) => {
    for (const file of event.clipboardData?.files ?? []) if (file.type.startsWith('image/')) open(file);
  });

  const names = (Object.keys(kSamples) as Sample[]).filter((sample) => sample !== kSuggested);
  byId('samples', HTMLElement).replaceChildren(
    ...names.map((sample) => {
      const item = document.createElement('li');
      item.append(offer(sample, `sample_${sample}`, () => fetched(`${sample}.jpg`).then((photo) => opened(photo, `${sample}.jpg`)).catch((error: unknown) => failed(error, sample))));
      return item;
    }),
  );

  const suggested = offer(kSuggested, 'suggestion', () =>
    Promise.all([fetched(`${kSuggested}.jpg`), fetched(`${kSuggested}_mask.png`)])
      .then(([photo, mask]) => opened(photo, `${kSuggested}.jpg`, mask))
      .catch((error: unknown) => failed(error, kSuggested)),
  );
  suggested.id = 'try';
  const mask = document.createElement('span');
  mask.className = 'suggested-mask';
  mask.style.maskImage = `url(${address(`${kSuggested}_mask.png`)})`;
  suggested.prepend(mask);
  byId('suggestion', HTMLElement).replaceChildren(suggested);
}

/** A button with a sample, its text and its author. */
function offer(sample: Sample, text: string, chosen: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.className = 'sample';
  button.dataset['sample'] = sample;
  const image = document.createElement('img');
  image.src = address(`${sample}.jpg`);
  image.alt = '';
  const name = document.createElement('span');
  name.dataset['text'] = text; // translatePage fills it in
  const credit = document.createElement('small');
  credit.textContent = kSamples[sample];
  button.append(image, name, credit);
  button.addEventListener('click', chosen);
  return button;
}

/** Relative to the page, as everything is. */
function address(file: string): string {
  return `samples/${file}`;
}

async function fetched(file: string): Promise<Blob> {
  const response = await fetch(address(file));
  if (!response.ok) throw new Error(response.statusText);
  return response.blob();
}

export function choosePhoto(): void {
  byId('photo-file', HTMLInputElement).click();
}
