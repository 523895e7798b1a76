import { defineConfig } from 'vitest/config';

// The names of the built files are fixed, because the server embeds them by name; it lets browsers
// check for changes by ETag instead. One script and one style sheet: the page is small.
export default defineConfig({
  base: './', // the page may lie under any path, behind a proxy
  build: {
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: { entryFileNames: 'page.js', assetFileNames: 'page[extname]' },
    },
  },
  // `npm run dev` shows the sources with the answers of a server that already runs: `lama serve`, or
  // `node tests/mock_server.mjs`.
  // The host stays the page's: the server refuses pages of other hosts.
  server: {
    proxy: Object.fromEntries(
      ['/api', '/samples'].map((path) => [path, { target: process.env['LAMA_URL'] ?? 'http://127.0.0.1:8080', changeOrigin: false }]),
    ),
  },
  // Long, for machines that have other work to do.
  test: { testTimeout: 240_000, hookTimeout: 120_000 },
});
