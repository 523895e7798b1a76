// The panel: its fields, and what it remembers.

const { storage } = require("uxp");
const { removeSelection } = require("./fill.js");
const { findServer, kUsualAddress } = require("./server.js");

const element = (id) => document.getElementById(id);
const say = (text) => {
  element("status").textContent = text;
};

async function storedToken() {
  try {
    const bytes = await storage.secureStorage.getItem("token");
    return bytes ? new TextDecoder().decode(bytes) : "";
  } catch {
    return ""; // Photoshop may lose what it stored
  }
}

async function remember() {
  localStorage.setItem("address", element("address").value.trim());
  const token = element("token").value;
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
    const server = await findServer(element("address").value.trim(), element("token").value);
    say(await removeSelection(server, options));
  } catch (error) {
    say(error.message);
  }
  element("remove").disabled = false;
}

async function start() {
  element("address").value = localStorage.getItem("address") || kUsualAddress;
  element("token").value = await storedToken();
  element("remove").addEventListener("click", remove);
}

document.addEventListener("DOMContentLoaded", start);

module.exports = { start, remove };
