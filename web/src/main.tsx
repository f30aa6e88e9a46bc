import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { loadCredential } from "./session/credential.ts";
import "./styles/index.css";

// Before anything else, so that a token is in the address as briefly as can be.
const given = loadCredential();
const root = document.getElementById("root");
if (root === null) {
  throw new Error("the page has no root");
}
createRoot(root).render(
  <StrictMode>
    <App given={given} />
  </StrictMode>,
);
