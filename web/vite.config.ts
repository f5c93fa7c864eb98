import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const service = process.env.PHONOFILM_DEV_SERVICE ?? 'http://127.0.0.1:8600'
const forward = Object.fromEntries(['/v1', '/media', '/docs', '/openapi.json', '/livez', '/readyz'].map((path) => [path, { target: service, xfwd: true }]))

export default defineConfig({
  base: './', // the page may lie below a path; the server writes it into the HTML, parts find each other by where they are
  plugins: [react()],
  server: { port: 5173, proxy: forward },
  build: {
    outDir: fileURLToPath(new URL('../src/phonofilm/studio', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    manifest: true, // says which files the first page loads; the size test reads it
    assetsInlineLimit: 0, // nothing as data: addresses, so that the page's content policy can stay strict
  },
})
