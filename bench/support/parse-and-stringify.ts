// Parses and stringifies the texts that it is given first, each time that it is told to.
let texts: string[] = [];
process.on("message", (message: string[] | "again") => {
  if (message !== "again") {
    texts = message;
  }
  for (const text of texts) {
    JSON.stringify(JSON.parse(text));
  }
  process.send?.("done");
});
process.on("disconnect", () => process.exit());
