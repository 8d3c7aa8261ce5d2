"use strict";
/* Drives Chromium for tests/integration/browser.py. Each line of input is a JSON object with a command; the answer
 * is a line {"value": ...} or {"error": ...}. The end of the input ends the browser. It can reach only the network
 * of the namespace it is started in.
 */
const {chromium} = require("playwright-core");

const pages = {}; /* name -> {page, devtools, faults} */

async function open(browser, {name, url, width, height, phone, script}) {
  const context = await browser.newContext({
    viewport: {width, height}, locale: "en-GB", colorScheme: "light", isMobile: phone, hasTouch: phone
  });
  const page = await context.newPage(), faults = [];
  page.setDefaultTimeout(60000); /* SOON of harness.py */
  await page.addInitScript(script);
  page.on("console", message => /error|warning/.test(message.type()) && faults.push(message.text()));
  page.on("pageerror", error => faults.push("exception: " + error));
  page.on("dialog", dialog => {
    faults.push("dialog: " + dialog.message());
    dialog.dismiss();
  });
  page.on("crash", () => faults.push("crash"));
  pages[name] = {page, faults, devtools: await context.newCDPSession(page)};
  await page.goto(url);
}

/* As the developer console does: playwright's own evaluate() calls eval(), which the page's policy forbids. */
async function evaluate(devtools, expression) {
  const {result, exceptionDetails: failed} = await devtools.send("Runtime.evaluate",
    {expression, returnByValue: true, awaitPromise: true});
  if (failed) throw new Error((failed.exception || {}).description || failed.text);
  return result.value;
}

const actions = {
  open,
  evaluate: (_, {name, expression}) => evaluate(pages[name].devtools, expression),
  type: async (_, {name, into, text}) => {
    await pages[name].page.focus(into);
    await pages[name].page.keyboard.insertText(text);
    await pages[name].page.keyboard.press("Enter");
  },
  click: (_, {name, on}) => pages[name].page.click(on),
  resize: (_, {name, width, height}) => pages[name].page.setViewportSize({width, height}),
  reload: (_, {name}) => pages[name].page.reload(),
  picture: (_, {name, path}) => pages[name].page.screenshot({path}),
  faults: (_, {name}) => pages[name].faults.splice(0),
  close: async (_, {name}) => {
    await pages[name].page.context().close();
    delete pages[name];
  }
};

async function main() {
  const browser = await chromium.launch({
    executablePath: process.argv[2],
    args: ["--no-sandbox", "--disable-background-networking"]
  });
  const say = answer => process.stdout.write(JSON.stringify(answer) + "\n");
  say({value: browser.version()});
  for await (const line of require("readline").createInterface({input: process.stdin})) {
    try {
      const what = JSON.parse(line), value = await actions[what.do](browser, what);
      say({value: value === undefined ? null : value});
    } catch (error) {
      say({error: String(error)});
    }
  }
  await browser.close();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
