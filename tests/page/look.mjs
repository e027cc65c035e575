// Opens pages in headless Chromium as people would, and prints what it saw as JSON: {file: {view: facts}}.
//
//   node look.mjs CHROMIUM FOLDER PAGE…
//
// FOLDER gets a picture of each page in each view. NODE_MODULES says where playwright-core and axe-core are.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.NODE_MODULES, "here.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [executablePath, folder, ...pages] = process.argv.slice(2);
const VIEWS = {
  phone: { viewport: { width: 360, height: 800 }, colorScheme: "light" },
  desk: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  "desk-dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  scriptless: { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
};

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const seen = {};
for (const file of pages) {
  seen[basename(file)] = {};
  for (const [view, options] of Object.entries(VIEWS)) {
    seen[basename(file)][view] = await look(file, view, options);
  }
}
await browser.close();
console.log(JSON.stringify(seen));

async function look(file, view, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const facts = { console: [], requests: [] };
  page.on("console", (message) => facts.console.push(message.text()));
  page.on("pageerror", (error) => facts.console.push(error.message));
  const url = pathToFileURL(file).href;
  page.on("request", (request) => request.url() === url || facts.requests.push(request.url()));
  await page.goto(url);
  // Of a page that ten thousand letters in a narrow column made very long, the head is enough.
  const fullPage = (await page.evaluate(() => document.documentElement.scrollHeight).catch(() => 0)) < 20000;
  await page.screenshot({ path: join(folder, `${basename(file, ".html")}-${view}.png`), fullPage });
  if (view !== "scriptless") {
    facts.overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    facts.hostile = await page.evaluate(() => globalThis.hostile ?? null);
  }
  // Both themes and both widths once: judging takes longest.
  if (view === "phone" || view === "desk-dark") facts.violations = await violations(page);
  if (view === "desk") {
    facts.sorted = { click: await sorted(page, false), keyboard: await sorted(page, true) };
    facts.firstStop = await firstStop(page);
    if (fullPage) await page.pdf({ path: join(folder, `${basename(file, ".html")}.pdf`), format: "A4", printBackground: true });
  }
  if (view === "scriptless") {
    facts.buttons = await page.locator("button").count();
    facts.rows = await page.locator("tbody tr").count();
  }
  await context.close();
  return facts;
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run());
  return found.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.target).join(", ")}`);
}

// The first column's cells of the first table that sorts, after one press of its last head and after two.
async function sorted(page, byKeyboard) {
  await page.reload();
  const table = page.locator("table.sortable").first();
  const button = table.locator("thead button").last();
  const press = async () => {
    if (byKeyboard) {
      await button.focus();
      await page.keyboard.press("Enter");
    } else {
      await button.click();
    }
    const names = await table.locator("tbody th :first-child:is(a)").allTextContents();
    return { names, order: await table.locator("th[aria-sort]").last().getAttribute("aria-sort") };
  };
  return [await press(), await press()];
}

// What the tabulator key reaches first, and where Enter leads from there.
async function firstStop(page) {
  await page.reload();
  await page.keyboard.press("Tab");
  const text = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Enter");
  return { text, hash: await page.evaluate(() => location.hash) };
}
