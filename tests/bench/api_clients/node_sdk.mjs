// The official Node SDK: node node_sdk.mjs URL TAKE.
import { createReadStream } from "node:fs";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";

const [url, take] = process.argv.slice(2);
const client = new ElevenLabsClient({ apiKey: "any", baseUrl: url });
const size = async (stream) => {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  if (!bytes) throw new Error("no audio");
};
const voice = "JBFqnCBsd6RMkjVDRZzb";
await size(await client.speechToSpeech.convert(voice, { audio: createReadStream(take), outputFormat: "mp3_44100_128" }));
await size(await client.speechToSpeech.stream(voice, { audio: createReadStream(take) }));
if (!(await client.voices.search()).voices.length) throw new Error("no voices");
if (!(await client.models.list()).length) throw new Error("no models");
if (!(await client.user.get()).subscription.tier) throw new Error("no plan");
if ((await client.history.list()).history.length) throw new Error("a history");
