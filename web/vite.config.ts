import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    // The front door's content security policy allows no data: URLs.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      // The Host stays the page's own: Oaktree refuses a Host that differs from the Origin.
      "^/oaktree\\.v1\\.": { target: "http://127.0.0.1:50051", changeOrigin: false },
    },
  },
});
