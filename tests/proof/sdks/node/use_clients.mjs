// Clients in JavaScript, unmodified, as their documentation uses them: each draws a picture and changes one.
import fs from "node:fs";
import OpenAI, { AzureOpenAI, toFile } from "openai";
import { generateImage } from "ai";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { DallEAPIWrapper } from "@langchain/openai";

const baseURL = process.env.OPENAI_BASE_URL;
const apiKey = process.env.OPENAI_API_KEY;
const source = fs.readFileSync(process.env.SOURCE_PICTURE);

const sizeOf = (content) => {
  const bytes = Buffer.from(content);
  if (bytes.toString("latin1", 1, 4) !== "PNG") throw new Error(`no PNG: ${bytes.toString("latin1", 0, 20)}`);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
};
const fetched = async (address) => Buffer.from(await (await fetch(address)).arrayBuffer());
const decoded = (item) => Buffer.from(item.b64_json, "base64");
const altered = (content) =>
  Buffer.compare(Buffer.from(content), source) !== 0 && `${sizeOf(content)}` === `${sizeOf(source)}`;
const file = () => toFile(source, "a.png", { type: "image/png" });
const raised = async (call) => {
  try {
    await call();
    return null;
  } catch (error) {
    return [error.constructor.name, error.status ?? error.statusCode, error.code ?? null];
  }
};

async function openaiNode(client) {
  const drawn = await client.images.generate({ model: "gpt-image-1.5", prompt: "a boat", size: "1024x1024" });
  const linked = await client.images.generate({ model: "z-image-turbo", prompt: "a boat", size: "640x512" });
  const edited = await client.images.edit({ model: "gpt-image-1.5", image: await file(), prompt: "make it night" });
  const several = await client.images.edit({
    model: "gpt-image-1.5",
    image: [await file(), await file()],
    mask: await file(),
    prompt: "make it night",
  });
  const events = [];
  let streamed = null;
  for await (const event of await client.images.generate({
    model: "gpt-image-1.5",
    prompt: "a boat",
    size: "1024x1024",
    stream: true,
    partial_images: 2,
  })) {
    events.push(event.type);
    streamed = sizeOf(decoded(event));
  }
  return {
    drawn: sizeOf(decoded(drawn.data[0])),
    linked: sizeOf(await fetched(linked.data[0].url)),
    edited: altered(decoded(edited.data[0])),
    several: altered(decoded(several.data[0])),
    usage: drawn.usage.total_tokens > 0,
    events,
    streamed,
    invalid: await raised(() => client.images.generate({ model: "gpt-image-1.5", prompt: "a boat", n: 99 })),
  };
}

async function aiSdk(provider) {
  const drawn = await generateImage({ model: provider.imageModel("gpt-image-1.5"), prompt: "a boat", size: "1024x1024" });
  const several = await generateImage({ model: provider.imageModel("gpt-image-1.5"), prompt: "a boat", n: 2 });
  const other = await generateImage({ model: provider.imageModel("z-image-turbo"), prompt: "a boat", size: "640x512" });
  const edited = await generateImage({
    model: provider.imageModel("gpt-image-1.5"),
    prompt: { text: "make it night", images: [source] },
  });
  const masked = await generateImage({
    model: provider.imageModel("gpt-image-1.5"),
    prompt: { text: "make it night", images: [source], mask: source },
  });
  const missing = await raised(() =>
    generateImage({ model: provider.imageModel("missing"), prompt: "a boat", maxRetries: 0 }),
  );
  return {
    drawn: sizeOf(drawn.image.uint8Array),
    several: several.images.length,
    other: sizeOf(other.image.uint8Array),
    edited: altered(edited.image.uint8Array),
    masked: altered(masked.image.uint8Array),
    missing: missing && missing[1],
  };
}

async function langchain() {
  const fields = { apiKey, baseUrl: baseURL };
  const usual = await new DallEAPIWrapper(fields).invoke("a boat");
  const within = await new DallEAPIWrapper({ ...fields, model: "gpt-image-1", responseFormat: "b64_json" }).invoke("a boat");
  const several = await new DallEAPIWrapper({ ...fields, n: 2, model: "z-image-turbo" }).invoke("a boat");
  return {
    usual: sizeOf(await fetched(usual)),
    within: sizeOf(Buffer.from(within, "base64")),
    several: several.length,
  };
}

// it takes no address beside its own
const azure = () => {
  delete process.env.OPENAI_BASE_URL;
  return new AzureOpenAI({ endpoint: baseURL.replace("/openai/v1", ""), apiKey, apiVersion: "2025-04-01-preview" });
};

console.log(
  JSON.stringify({
    openai: await openaiNode(new OpenAI({ baseURL, apiKey })),
    azure: await openaiNode(azure()),
    ai_openai: await aiSdk(createOpenAI({ baseURL, apiKey })),
    ai_compatible: await aiSdk(createOpenAICompatible({ name: "gateway", baseURL, apiKey })),
    langchain: await langchain(),
  }),
);
