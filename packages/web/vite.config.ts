import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

// Everything is a file of its own: the policy of the page's content allows no script and no style in the document.
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  resolve: { conditions: ["@halte/source", "module", "browser", "development|production"] },
  build: {
    outDir: "dist/page",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
    // The notices of what is inside go wherever it goes.
    license: { fileName: "licenses.txt" }
  },
  worker: { format: "es" }
})
