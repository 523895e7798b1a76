// Removes Photoshop's selection: pixels to the server, and its fill back as a new layer.

const { app, constants, core, imaging } = require("photoshop");
const tiff = require("./tiff.js");

const kProfile = "sRGB IEC61966-2.1";
/** The server is sent this many pixels around the selection, or the selection's longer side if that is more. */
const kContext = 512;

/** The part of the canvas that matters for a hole with these bounds, which lie on the canvas. */
function cropAround(bounds, width, height) {
  const context = Math.max(kContext, bounds.right - bounds.left, bounds.bottom - bounds.top);
  return {
    left: Math.max(0, bounds.left - context),
    top: Math.max(0, bounds.top - context),
    right: Math.min(width, bounds.right + context),
    bottom: Math.min(height, bounds.bottom + context),
  };
}

/** Photoshop trims what it returns to pixels that exist; the rest of `area` becomes 0. */
async function wholeArea({ imageData, sourceBounds }, area, channels) {
  const data = await imageData.getData({ chunky: true, fullRange: true });
  const width = area.right - area.left, height = area.bottom - area.top;
  const samples = new data.constructor(width * height * channels);
  const opaque = data.BYTES_PER_ELEMENT === 1 ? 255 : 65535;
  const { components } = imageData;
  const sourceWidth = sourceBounds.right - sourceBounds.left;
  for (let y = sourceBounds.top; y < sourceBounds.bottom; y++) {
    let from = (y - sourceBounds.top) * sourceWidth * components;
    let to = ((y - area.top) * width + sourceBounds.left - area.left) * channels;
    for (let x = 0; x < sourceWidth; x++, from += components, to += channels) {
      for (let c = 0; c < channels; c++) samples[to + c] = c < components ? data[from + c] : opaque;
    }
  }
  imageData.dispose();
  return { width, height, channels, samples };
}

async function readPicture(document, area) {
  const options = {
    documentID: document.id,
    sourceBounds: area,
    colorSpace: "RGB",
    colorProfile: kProfile,
    componentSize: document.bitsPerChannel === constants.BitsPerChannelType.SIXTEEN ? 16 : 8,
  };
  return wholeArea(await imaging.getPixels(options), area, 4);
}

async function readSelection(document, area) {
  return wholeArea(await imaging.getSelection({ documentID: document.id, sourceBounds: area }), area, 1);
}

/** The filled pixels alone, others transparent: the smallest rectangle around them. null if there are none. */
function changedPart(before, after) {
  const { width, height } = before;
  if (after.width !== width || after.height !== height || after.channels !== 4) {
    throw new Error("The server's answer has another size than the picture.");
  }
  const differs = (pixel) => {
    for (let i = 4 * pixel; i < 4 * pixel + 4; i++) if (before.samples[i] !== after.samples[i]) return true;
    return false;
  };
  let left = width, top = height, right = 0, bottom = 0;
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (!differs(pixel)) continue;
    const x = pixel % width, y = Math.floor(pixel / width);
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = y + 1;
  }
  if (right === 0) return null;
  const samples = new after.samples.constructor((right - left) * (bottom - top) * 4);
  for (let y = top, to = 0; y < bottom; y++) {
    for (let x = left; x < right; x++, to += 4) {
      const pixel = y * width + x;
      if (differs(pixel)) samples.set(after.samples.subarray(4 * pixel, 4 * pixel + 4), to);
    }
  }
  return { left, top, width: right - left, height: bottom - top, samples };
}

/** A layer above all others, as one history step. */
async function addLayer(context, document, part) {
  const suspension = await context.hostControl.suspendHistory({ documentID: document.id, name: "Remove with LaMa" });
  const layer = await document.createPixelLayer({ name: "Removed with LaMa" });
  const top = document.layers[0];
  if (top.id !== layer.id) await layer.move(top, constants.ElementPlacement.PLACEBEFORE);
  const imageData = await imaging.createImageDataFromBuffer(part.samples, {
    width: part.width,
    height: part.height,
    components: 4,
    chunky: true,
    colorSpace: "RGB",
    colorProfile: kProfile,
    fullRange: true,
  });
  await imaging.putPixels({
    documentID: document.id,
    layerID: layer.id,
    imageData,
    targetBounds: { left: part.left, top: part.top },
  });
  imageData.dispose();
  await context.hostControl.resumeHistory(suspension);
}

/** The part of the selection's bounds on the canvas: a selection can exceed it. null if there is none. */
function selectedBounds({ selection: { bounds }, width, height }) {
  if (!bounds) return null;
  const left = Math.max(0, bounds.left), top = Math.max(0, bounds.top);
  const right = Math.min(width, bounds.right), bottom = Math.min(height, bounds.bottom);
  return left < right && top < bottom ? { left, top, right, bottom } : null;
}

/** Refuses what cannot be filled, with a sentence for people. */
function checkedDocument() {
  const document = app.activeDocument;
  if (!document) throw new Error("No document is open.");
  const { bitsPerChannel, mode } = document;
  if (bitsPerChannel !== constants.BitsPerChannelType.EIGHT && bitsPerChannel !== constants.BitsPerChannelType.SIXTEEN) {
    throw new Error("Only documents of 8 and 16 bits can be filled: choose Image > Mode > 16 Bits/Channel.");
  }
  if ([constants.DocumentMode.INDEXEDCOLOR, constants.DocumentMode.BITMAP, constants.DocumentMode.MULTICHANNEL].includes(mode)) {
    throw new Error("This colour mode has no layers: choose Image > Mode > RGB Color.");
  }
  const bounds = selectedBounds(document);
  if (!bounds) throw new Error("Nothing is selected: select the object to remove first.");
  return { document, bounds };
}

/**
 * Fills the selection of the active document by `server`, with `options` of its API. All visible layers count;
 * the fill becomes a new layer on top. Returns a sentence about the result. Photoshop shows the progress, and
 * Escape cancels.
 */
async function removeSelection(server, options) {
  const { document, bounds } = checkedDocument();
  const { width, height } = document;
  let message = "";
  const work = async (context) => {
    const area = cropAround(bounds, width, height);
    const picture = await readPicture(document, area);
    const mask = await readSelection(document, area);
    const file = await server.fill(tiff.encode(picture), tiff.encode(mask), options, (share) => {
      context.reportProgress({ value: share });
      return !context.isCancelled;
    });
    if (file === null) {
      message = "Cancelled.";
      return;
    }
    const part = changedPart(picture, tiff.decode(file));
    if (part === null) {
      message = "The fill equals the picture: nothing to add.";
      return;
    }
    await addLayer(context, document, { ...part, left: area.left + part.left, top: area.top + part.top });
    message = "Removed. The fill is a new layer.";
  };
  await core.executeAsModal(work, { commandName: "Remove with LaMa" });
  return message;
}

module.exports = { removeSelection, cropAround };
