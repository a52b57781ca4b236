// Reads the page of a report as people do who see little or use no mouse, in Chromium, under the page's own policy.
// usage: node page.js PAGE [PICTURES]; the page shows a trend and two credentials or more. Ends with 1 if something is out of
// reach. PICTURES is a folder for pictures of the page, in light and in dark.
// Rules of accessibility: axe-core, in light and in dark. Keys: real ones, sent to the browser. Names and roles: its accessibility tree.
"use strict";
const path = require("path");
let puppeteer, axe;
try {
  const find = (name) => require.resolve(name, { paths: [process.cwd(), __dirname] });
  puppeteer = require(find("puppeteer-core"));
  axe = find("axe-core");
} catch {
  console.log("page: skipped: no puppeteer-core or axe-core");
  process.exit(process.env.KEYSIEVE_OUTSIDE === "required" ? 1 : 0);
}

const faults = [];
const check = (holds, what) => {
  if (!holds) faults.push(what);
  console.log(`${holds ? "" : "FAULT: "}${what}`);
};

async function rules(browser, address, scheme) {
  const page = await browser.newPage();
  // The policy keeps foreign scripts out, this one too.
  await page.setBypassCSP(true);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(address);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  if (process.argv[3]) {
    await page.setViewport({ width: 1100, height: 1000 });
    await page.evaluate(() => document.querySelectorAll("section details").forEach((one) => (one.open = Boolean(one.closest("article")))));
    await page.screenshot({ path: path.join(process.argv[3], `report-${scheme}.png`) });
  }
  await page.addScriptTag({ path: axe });
  const { violations, passes } = await page.evaluate(() => axe.run());
  check(passes.some((rule) => rule.id === "color-contrast"), `${scheme}: contrast was looked at`);
  const said = violations.map((rule) => `${rule.id} (${rule.nodes.map((node) => node.target).join(" ")})`);
  check(violations.length === 0, `${scheme}: ${passes.length} rules hold ${said.join("; ")}`);
  await page.close();
}

const flat = (node) => [node, ...(node.children || []).flatMap(flat)];

async function tree(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  const nodes = flat(await page.accessibility.snapshot({ interestingOnly: false }));
  const has = (role, name) => nodes.some((node) => node.role === role && name.test(node.name || ""));
  check(has("heading", /^Exposed credentials$/), "a heading names the page");
  check(has("main", /^/) && has("search", /^Filter credentials$/), "landmarks: main, search");
  check(has("searchbox", /^Search/) && has("checkbox", /^high$/) && has("combobox", /^Channel/), "every control has a name");
  check(has("image", /\d{4}-\d\d-\d\d.*open now/), "the trend is told in words");
  check(has("rowheader", /^\d{4}-\d\d-\d\d$/), "and in a table");
  check(has("article", /Acme token/), "every credential has a name");
  check(nodes.some((node) => node.live === "polite"), "how many are shown is told when it changes");
}

async function keys(page) {
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  const shown = () => page.evaluate(() => document.getElementById("shown").textContent);
  await page.keyboard.press("Tab");
  check((await focused()) === "Skip to the credentials", "the first key leads past the summary");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  check((await focused()) === "q", "to the search");
  const all = await shown();
  await page.keyboard.type("no such thing");
  check((await shown()).startsWith("0 of"), "typing filters");
  // Search, four severities, channel, the button.
  for (const name of ["critical", "high"]) {
    await page.keyboard.press("Tab");
    check((await page.evaluate(() => document.activeElement.value)) === name, `then the box ${name}`);
  }
  await page.keyboard.press("Space");
  check(!(await page.evaluate(() => document.activeElement.checked)), "which a key unchecks");
  for (let n = 0; n < 4; n += 1) await page.keyboard.press("Tab");
  check((await focused()) === "Show all", "then the button");
  await page.keyboard.press("Enter");
  await page.waitForFunction((wanted) => document.getElementById("shown").textContent === wanted, {}, all);
  check((await shown()) === all, "which shows all again");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("/");
  check((await focused()) === "q", "a slash leads to the search from anywhere");
  const reached = new Set();
  for (let n = 0; n < 80; n += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.tagName));
  }
  check(["SUMMARY", "A", "DIV"].every((name) => reached.has(name)), "what opens, leads on or scrolls is reached");
}

(async () => {
  const executablePath = ["chromium", "chromium-browser", "google-chrome"]
    .map((name) => `/usr/bin/${name}`)
    .find((file) => require("fs").existsSync(file));
  const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const address = `file://${path.resolve(process.argv[2])}`;
  for (const scheme of ["light", "dark"]) await rules(browser, address, scheme);
  const page = await browser.newPage();
  const refused = [];
  page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
  page.on("pageerror", (error) => refused.push(String(error)));
  await page.goto(address);
  await tree(page);
  await keys(page);
  check(refused.length === 0, `the browser complains of nothing ${refused.join("; ")}`);
  await browser.close();
  process.exit(faults.length ? 1 : 0);
})().catch((error) => {
  console.log(`FAULT: ${error}`);
  process.exit(1);
});
