// A first client of Oaktree in a browser: goes through Oaktree's own page, which
// speaks gRPC-Web, in a real Chromium. It uploads an image, adds a keypair, starts a
// server from them, sees it come up, and takes everything away again.
//
//   OAKTREE_ADDRESS  host:port of the Oaktree
//   OAKTREE_TOKEN    its personal token, or your Keystone token
//   OAKTREE_CLOUD    the cloud to use; needed where there are several
//   OAKTREE_REGION   the region to use; goes with the cloud
//   CHROMIUM         the browser; unset: /usr/bin/chromium
//   SCREENSHOTS      folder for pictures of the running server; unset: none are taken

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { chromium, type Locator, type Page } from "playwright-core";
import { watchPage } from "./watch-page.ts";

const {
  OAKTREE_ADDRESS: address = "127.0.0.1:50051",
  OAKTREE_TOKEN: token = "",
  OAKTREE_CLOUD: cloud = "",
  OAKTREE_REGION: region = "",
  CHROMIUM: executablePath = "/usr/bin/chromium",
  SCREENSHOTS: folder,
} = process.env;

const flavor = "m1.nano";
const network = "private";
// Nobody has the private half of this key. Put your own here.
const publicKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFyFG4xCoFY4VOyaXmiWt7bDUG5pr+avCvROrAHHpKDi first@oaktree";
const mebibyte = 1024 ** 2;

const browser = await chromium.launch({
  executablePath,
  // Chromium refuses to run its own sandbox as root.
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  await run(await browser.newPage());
} finally {
  await browser.close();
}

/** Goes through the scenario. It throws unless it saw every step. */
async function run(page: Page): Promise<void> {
  page.setDefaultTimeout(60_000);
  const watched = await watchPage(page, token);
  // One new name for all that is made, so that runs do not meet.
  const name = `first-web-${randomBytes(5).toString("hex")}`;

  const url = `http://${address}/`;
  await page.goto(`${url}#${new URLSearchParams({ token, cloud })}`);
  await settle(page);
  if (page.url() !== url) {
    throw new Error(`the address is still ${page.url()}`);
  }
  console.log("flavors:", await names(page, "Flavors"));
  console.log("images:", await names(page, "Images"));

  let left: string[] = [];
  try {
    await uploadImage(page, name);
    console.log("uploaded image:", await cells(row(page, "Images", name)));
    await addKeypair(page, name);
    console.log("added keypair:", await cells(row(page, "Keypairs", name)));
    await addKeypairAgain(page, name);

    await launchServer(page, name);
    const server = row(page, "Servers", name);
    await server.getByText("ACTIVE", { exact: true }).waitFor();
    const ip = await server.locator("code").textContent();
    console.log(`server is ACTIVE at ${ip} after`, watched.statesOf(name).join(" → "));
    await takePictures(page);

    console.log("deleted", (await removeAll(page, name)).join(", "));
  } finally {
    // Shows that all is gone; takes away what a run that failed has left.
    await page.reload();
    await settle(page);
    left = await removeAll(page, name);
  }
  if (left.length > 0) {
    throw new Error(`after a reload these were still there: ${left.join(", ")}`);
  }
  console.log("all are gone");
  watched.check();
}

/** Waits until the lists are there, of the one location. */
async function settle(page: Page): Promise<void> {
  if (cloud !== "") {
    await page.getByLabel("Location").selectOption({ label: `${cloud} / ${region}` });
  }
  for (const title of ["Servers", "Images", "Flavors", "Keypairs"]) {
    await list(page, title).and(page.locator("[aria-busy=false]")).waitFor();
  }
}

async function uploadImage(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Upload image" }).click();
  const dialog = page.getByRole("dialog");
  const file = (bytes: number) => ({
    name: `${name}.raw`,
    mimeType: "application/octet-stream",
    buffer: randomBytes(bytes),
  });
  await dialog.getByLabel("File").setInputFiles(file(mebibyte + 1));
  await dialog.getByRole("alert").getByText("UploadImage").waitFor();
  await dialog.getByLabel("File").setInputFiles(file(mebibyte));
  await dialog.getByRole("button", { name: "Upload image" }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "Images", name).getByText("active", { exact: true }).waitFor();
}

async function addKeypair(page: Page, name: string): Promise<void> {
  await fillKeypair(page, name);
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await row(page, "Keypairs", name).waitFor();
}

/** An error is shown with its reason and the id that the logs have it under. */
async function addKeypairAgain(page: Page, name: string): Promise<void> {
  await fillKeypair(page, name);
  const alert = page.getByRole("dialog").getByRole("alert");
  await alert.getByText("ALREADY_EXISTS").waitFor();
  await alert.getByText(/^req-[0-9a-f-]{36}$/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function fillKeypair(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Add keypair" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Public key").fill(publicKey);
  await dialog.getByRole("button", { name: "Add keypair" }).click();
}

async function launchServer(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Launch server" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await choose(dialog.getByLabel("Image"), name);
  await choose(dialog.getByLabel("Flavor"), flavor);
  await choose(dialog.getByLabel("Network"), network);
  await choose(dialog.getByLabel("Keypair"), name);
  await dialog.getByRole("button", { name: "Launch server" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Chooses the option of this name as soon as it is there. */
async function choose(select: Locator, name: string): Promise<void> {
  const options = select.locator("option");
  await options.filter({ hasText: name }).first().waitFor({ state: "attached" });
  const labels = await options.allTextContents();
  // What a flavor has stands behind its name.
  await select.selectOption({ label: labels.find((label) => label.split(" (")[0] === name) ?? name });
}

/** Deletes all that has the name, as far as it is there, sees it gone, and says what it was. */
async function removeAll(page: Page, name: string): Promise<string[]> {
  const removed: string[] = [];
  for (const [title, kind] of [
    ["Servers", "server"],
    ["Keypairs", "keypair"],
    ["Images", "image"],
  ] as const) {
    const found = row(page, title, name);
    if (await found.isVisible()) {
      await found.getByRole("button", { name: `Delete ${kind} ${name}` }).click();
      await found.getByRole("button", { name: `Yes, delete ${kind} ${name}` }).click();
      await found.waitFor({ state: "detached" });
      removed.push(kind);
    }
  }
  return removed;
}

async function takePictures(page: Page): Promise<void> {
  if (folder === undefined) {
    return;
  }
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [device, width] of [
      ["desk", 1200],
      ["phone", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      await page.screenshot({ path: join(folder, `${device}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1200, height: 844 });
}

function list(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title });
}

function row(page: Page, title: string, name: string): Locator {
  const header = page.getByRole("rowheader", { name, exact: true });
  return list(page, title).getByRole("row").filter({ has: header });
}

async function names(page: Page, title: string): Promise<string> {
  return (await list(page, title).getByRole("rowheader").allTextContents()).join(", ");
}

async function cells(row: Locator): Promise<string> {
  return (await row.getByRole("cell").allTextContents()).slice(0, -1).join(", ");
}
