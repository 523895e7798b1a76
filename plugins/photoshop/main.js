// The panel: its fields, and what it remembers.

const { storage } = require("uxp");
const { removeSelection } = require("./fill.js");
const { findServer, kUsualAddress } = require("./server.js");

/** Photoshop on macOS gives no value of a password field (a known issue of UXP), so it is kept here. */
let token = "";

const element = (id) => document.getElementById(id);
const say = (text) => {
  element("status").textContent = text;
};

/** A token is ASCII; UXP documents no TextDecoder. */
async function storedToken() {
  try {
    const bytes = await storage.secureStorage.getItem("token");
    return bytes ? String.fromCharCode(...bytes) : "";
  } catch {
    return ""; // Photoshop may lose what it stored
  }
}

/** Shows the token only while it is typed, when its value can be read. */
function watchToken() {
  const field = element("token");
  field.value = token;
  field.addEventListener("focus", () => (field.type = "text"));
  field.addEventListener("input", () => (token = field.value.trim()));
  field.addEventListener("blur", () => (field.type = "password"));
}

async function remember() {
  localStorage.setItem("address", element("address").value.trim());
  if (token) await storage.secureStorage.setItem("token", token);
  else await storage.secureStorage.removeItem("token").catch(() => {});
}

/** The number in a field, within the server's range. */
function pixels(id) {
  const value = Number(element(id).value);
  if (!Number.isInteger(value) || value < 0 || value > 1000) {
    throw new Error("Pixels must be a whole number from 0 to 1000.");
  }
  return value;
}

async function remove() {
  element("remove").disabled = true;
  say("Removing …");
  try {
    const options = { dilate: pixels("grow"), feather: pixels("feather") };
    await remember();
    const server = await findServer(element("address").value.trim(), token);
    say(await removeSelection(server, options));
  } catch (error) {
    say(error.message || String(error));
  }
  element("remove").disabled = false;
}

async function start() {
  element("address").value = localStorage.getItem("address") || kUsualAddress;
  token = await storedToken();
  watchToken();
  element("remove").addEventListener("click", remove);
}

document.addEventListener("DOMContentLoaded", start);
