// Reads an adaptive card with Microsoft's own library. usage: node card.js FILE, which holds what a Teams workflow gets.
// Ends with 1 if the library complains of anything, or does not know what we send.
"use strict";
let cards;
try {
  cards = require(require.resolve("adaptivecards/dist/adaptivecards.js", { paths: [process.cwd(), __dirname] }));
} catch {
  console.log("card: skipped: no adaptivecards");
  process.exit(process.env.KEYSIEVE_OUTSIDE === "required" ? 1 : 0);
}
const message = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
const faults = [];
for (const { contentType, content } of message.attachments) {
  if (contentType !== "application/vnd.microsoft.card.adaptive") faults.push(contentType);
  const card = new cards.AdaptiveCard();
  const context = new cards.SerializationContext(cards.Versions.v1_4);
  card.parse(content, context);
  for (let n = 0; n < context.eventCount; n += 1) faults.push(context.getEventAt(n).message);
  const read = card.toJSON(new cards.SerializationContext(cards.Versions.v1_4));
  if (read.body.length !== content.body.length) faults.push("elements were dropped");
  faults.push(...card.validateProperties().validationEvents.map((event) => event.message));
  console.log(`card: ${read.body.length} elements read`);
}
faults.forEach((fault) => console.log(fault));
process.exit(faults.length ? 1 : 0);
