// The panel's folder, which scripts/package-photoshop packs as it is, by Adobe's rules for a manifest of version 5.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const kFolder = path.join(__dirname, "../../plugins/photoshop");
const read = (name) => fs.readFileSync(path.join(kFolder, name));
const manifest = JSON.parse(read("manifest.json"));
const iconFiles = ({ path: name, scale }) => scale.map((one) => [name.replace(/\.png$/, `@${one}x.png`), one]);

/** `name` and the files that it and they require or name as scripts. */
function withNeeded(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, file] of read(name).toString().matchAll(/(?:require\("\.\/|<script src=")([^"]+)"/g)) {
    withNeeded(file, found);
  }
  return found;
}

function filesUnder(folder, prefix = "") {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(path.join(folder, entry.name), `${entry.name}/`) : [prefix + entry.name]);
}

test("the package holds all that its manifest and its page name, and nothing else", () => {
  const needed = withNeeded(manifest.main).add("manifest.json");
  for (const icon of manifest.icons) for (const [name] of iconFiles(icon)) needed.add(name);
  assert.deepEqual(filesUnder(kFolder).sort(), [...needed].sort());
});

test("the manifest keeps Adobe's limits", () => {
  assert.equal(manifest.manifestVersion, 5);
  assert.ok(manifest.name.length >= 3 && manifest.name.length <= 45);
  assert.match(manifest.version, /^\d{1,2}\.\d{1,2}\.\d{1,2}$/);
  assert.equal(manifest.host.app, "PS");
  assert.ok(parseFloat(manifest.host.minVersion) >= 25, "Document.selection.bounds came with Photoshop 25.0");
  // Any port and any host: the one form is this word, not a list that has it.
  assert.deepEqual(manifest.requiredPermissions, { network: { domains: "all" } });
});

test("the plug-in and its panel have icons of the right sizes for each theme", () => {
  const [panel] = manifest.entrypoints;
  for (const icons of [manifest.icons, panel.icons]) {
    const themes = icons.flatMap(({ theme }) => theme);
    for (const theme of ["lightest", "light", "dark", "darkest"]) assert.ok(themes.includes(theme));
    for (const icon of icons) {
      for (const [name, scale] of iconFiles(icon)) {
        const file = read(name);
        assert.equal(file.toString("latin1", 1, 4), "PNG");
        assert.deepEqual([file.readUInt32BE(16), file.readUInt32BE(20)], [scale * icon.width, scale * icon.height]);
        assert.equal(file[25], 6, "UXP shows no greyscale files");
      }
    }
  }
});
