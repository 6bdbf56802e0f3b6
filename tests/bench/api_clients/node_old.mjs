// The official Node SDK before it was renamed: node node_old.mjs URL TAKE.
import { createReadStream } from "node:fs";
import { ElevenLabsClient } from "elevenlabs";

const [url, take] = process.argv.slice(2);
const client = new ElevenLabsClient({ apiKey: "any", environment: { base: url, wss: url } });
for (const method of ["convert", "convertAsStream"]) {
  let bytes = 0;
  for await (const chunk of await client.speechToSpeech[method]("JBFqnCBsd6RMkjVDRZzb", { audio: createReadStream(take) }))
    bytes += chunk.length;
  if (!bytes) throw new Error("no audio");
}
if (!(await client.voices.getAll()).voices.length) throw new Error("no voices");
if (!(await client.models.getAll()).length) throw new Error("no models");
