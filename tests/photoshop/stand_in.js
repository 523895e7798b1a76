// What Adobe documents of the modules `photoshop` and `uxp`, as far as the panel uses it. Strict where Photoshop
// is: changes outside executeAsModal are errors, and image data must be disposed of.

const fs = require("node:fs");
const Module = require("node:module");

const constants = {
  BitsPerChannelType: { ONE: "bitDepth1", EIGHT: "bitDepth8", SIXTEEN: "bitDepth16", THIRTYTWO: "bitDepth32" },
  DocumentMode: {
    RGB: "RGBColorMode", GRAYSCALE: "grayscaleMode", INDEXEDCOLOR: "indexedColorMode", BITMAP: "bitmapMode",
    MULTICHANNEL: "multichannelMode",
  },
  ElementPlacement: { PLACEBEFORE: "placeBefore" },
};

let modal = false;
let suspended = null;
/** Image data that is not disposed of yet. */
const alive = new Set();

function change(document, name) {
  if (!modal) throw new Error("the host is not in a modal state");
  if (!suspended) document.historyStates.push(name);
  else suspended.changed = true;
}

class ImageData {
  constructor(data, width, height, components) {
    Object.assign(this, { data, width, height, components, componentSize: 8 * data.BYTES_PER_ELEMENT });
    alive.add(this);
  }
  /** 16-bit samples are kept as Photoshop keeps them: 0..32768. */
  async getData({ fullRange = false } = {}) {
    if (!alive.has(this)) throw new Error("disposed");
    return this.componentSize === 16 && fullRange
      ? this.data.map((value) => Math.round((value * 65535) / 32768))
      : this.data.slice();
  }
  dispose() {
    alive.delete(this);
  }
}

class Layer {
  constructor(document, name) {
    Object.assign(this, { document, name, id: document.nextLayer++, pixels: null });
  }
  async move(other, placement) {
    if (placement !== constants.ElementPlacement.PLACEBEFORE) throw new Error("not known here");
    if (other === this) throw new Error("a layer cannot be moved before itself");
    change(this.document, "Move Layer");
    const { layers } = this.document;
    layers.splice(layers.indexOf(this), 1);
    layers.splice(layers.indexOf(other), 0, this);
  }
}

/**
 * A document with a background and an adjustment layer, RGBA samples in Photoshop's range, and a mask of one byte
 * a pixel as selection. `active` is the place of the active layer.
 */
class Document {
  constructor({ width, height, bits = 8, mode = constants.DocumentMode.RGB, pixels, mask, active = 1, bounds = null }) {
    Object.assign(this, { width, height, mode, pixels, mask, active, bounds });
    Object.assign(this, { id: 7, nextLayer: 1, historyStates: [], read: [] });
    this.bitsPerChannel = { 8: constants.BitsPerChannelType.EIGHT, 16: constants.BitsPerChannelType.SIXTEEN,
      32: constants.BitsPerChannelType.THIRTYTWO }[bits];
    this.layers = [new Layer(this, "adjustment"), new Layer(this, "background")];
  }
  /** `bounds` stands for a selection that exceeds the canvas. */
  get selection() {
    if (this.bounds) return { bounds: this.bounds };
    let left = this.width, top = this.height, right = 0, bottom = 0;
    this.mask.forEach((value, i) => {
      if (!value) return;
      const x = i % this.width, y = Math.floor(i / this.width);
      left = Math.min(left, x), right = Math.max(right, x + 1);
      top = Math.min(top, y), bottom = Math.max(bottom, y + 1);
    });
    return { bounds: right ? { left, top, right, bottom } : null };
  }
  async createPixelLayer({ name }) {
    change(this, "New Layer");
    const layer = new Layer(this, name);
    this.layers.splice(this.active, 0, layer); // above the active one
    return layer;
  }
}

/** The part of a document inside `bounds`, trimmed to what is not transparent. */
function trimmed({ width, pixels }, bounds) {
  let left = bounds.right, top = bounds.bottom, right = bounds.left, bottom = bounds.top;
  for (let y = bounds.top; y < bounds.bottom; y++) {
    for (let x = bounds.left; x < bounds.right; x++) {
      if (!pixels[4 * (y * width + x) + 3]) continue;
      left = Math.min(left, x), right = Math.max(right, x + 1);
      top = Math.min(top, y), bottom = Math.max(bottom, y + 1);
    }
  }
  return { left, top, right, bottom };
}

function copied(source, sourceWidth, channels, { left, top, right, bottom }, wanted) {
  const result = new source.constructor((right - left) * (bottom - top) * wanted);
  let to = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      for (let c = 0; c < wanted; c++) result[to++] = source[(y * sourceWidth + x) * channels + c];
    }
  }
  return result;
}

const imaging = {
  async getPixels({ documentID, layerID, sourceBounds, colorSpace, colorProfile, componentSize }) {
    const document = photoshop.app.activeDocument;
    if (documentID !== document.id || layerID !== undefined) throw new Error("the composite was expected");
    if (colorSpace !== "RGB" || colorProfile !== "sRGB IEC61966-2.1") throw new Error("sRGB was expected");
    if (componentSize !== 8 * document.pixels.BYTES_PER_ELEMENT) throw new Error("the document's own depth was expected");
    document.read.push(sourceBounds);
    const bounds = trimmed(document, sourceBounds);
    const opaque = document.pixels.BYTES_PER_ELEMENT === 1 ? 255 : 32768;
    // Without transparency Photoshop gives three components.
    const all = copied(document.pixels, document.width, 4, bounds, 4);
    const channels = all.some((value, i) => i % 4 === 3 && value !== opaque) ? 4 : 3;
    const data = copied(document.pixels, document.width, 4, bounds, channels);
    return {
      imageData: new ImageData(data, bounds.right - bounds.left, bounds.bottom - bounds.top, channels),
      sourceBounds: bounds,
    };
  },
  async getSelection({ sourceBounds }) {
    const { mask, width } = photoshop.app.activeDocument;
    const data = copied(mask, width, 1, sourceBounds, 1);
    return {
      imageData: new ImageData(data, sourceBounds.right - sourceBounds.left, sourceBounds.bottom - sourceBounds.top, 1),
      sourceBounds,
    };
  },
  async createImageDataFromBuffer(data, { width, height, components, fullRange }) {
    if (data.length !== width * height * components) throw new Error("wrong size");
    const kept = data.BYTES_PER_ELEMENT === 2 && fullRange ? data.map((v) => Math.round((v * 32768) / 65535)) : data.slice();
    return new ImageData(kept, width, height, components);
  },
  async putPixels({ layerID, imageData, targetBounds }) {
    const document = photoshop.app.activeDocument;
    change(document, "Put Pixels");
    if (!alive.has(imageData)) throw new Error("disposed");
    document.layers.find(({ id }) => id === layerID).pixels = {
      ...targetBounds, width: imageData.width, height: imageData.height, data: imageData.data,
    };
  },
};

const core = {
  async executeAsModal(work, { commandName }) {
    if (!commandName) throw new Error("a name is required");
    modal = true;
    const context = {
      isCancelled: false,
      reportProgress({ value }) {
        photoshop.progress.push(value);
        if (photoshop.cancelSoon) context.isCancelled = true;
      },
      hostControl: {
        async suspendHistory({ documentID, name }) {
          if (documentID !== photoshop.app.activeDocument.id) throw new Error("no such document");
          suspended = { name, changed: false };
          return suspended;
        },
        async resumeHistory(suspension) {
          if (suspension !== suspended) throw new Error("no such suspension");
          suspended = null;
          if (suspension.changed) photoshop.app.activeDocument.historyStates.push(suspension.name);
        },
      },
    };
    try {
      return await work(context);
    } finally {
      modal = false;
      suspended = null;
    }
  },
};

const secrets = new Map();
const uxp = {
  storage: {
    secureStorage: {
      async getItem(key) {
        return secrets.get(key) ?? null;
      },
      async setItem(key, value) {
        if (!value) throw new Error("empty");
        secrets.set(key, new TextEncoder().encode(value));
      },
      async removeItem(key) {
        if (!secrets.delete(key)) throw new Error("not found");
      },
    },
  },
};

const photoshop = { app: { activeDocument: null }, constants, core, imaging, progress: [], cancelSoon: false };

const load = Module._load;
Module._load = (name, ...rest) => (name === "photoshop" ? photoshop : name === "uxp" ? uxp : load(name, ...rest));

/** A field of the panel. As on macOS, a password's value cannot be read. */
class Field {
  constructor(type, text) {
    Object.assign(this, { type, text, textContent: "", disabled: false, listeners: {} });
  }
  get value() {
    return this.type === "password" ? "" : this.text;
  }
  set value(text) {
    this.text = text;
  }
  addEventListener(event, listener) {
    this.listeners[event] = listener;
  }
  /** A person types `text` and leaves the field. */
  enter(text) {
    this.listeners.focus?.();
    this.text = text;
    this.listeners.input?.();
    this.listeners.blur?.();
  }
}
const fields = new Map();
function element(id) {
  if (!fields.has(id)) {
    fields.set(id, new Field(id === "token" ? "password" : "text", { grow: "5", feather: "3" }[id] ?? ""));
  }
  return fields.get(id);
}
const kept = new Map();
globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };

/** Runs the page's script as UXP does, without Node's and the browsers' globals. The result starts the panel. */
function loadPage(file) {
  let start;
  globalThis.document = {
    getElementById: element,
    addEventListener(event, listener) {
      if (event === "DOMContentLoaded") start = listener;
    },
  };
  const missing = ["module", "exports", "process", "Buffer", "TextDecoder", "TextEncoder"];
  new Function("require", ...missing, fs.readFileSync(file, "utf8"))(Module.createRequire(file));
  return start;
}

module.exports = { photoshop, Document, constants, alive, element, kept, secrets, loadPage };
