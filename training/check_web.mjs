// Runs the exported int8 files in onnxruntime-web's plain WebAssembly build and compares them with parity.json.
//   node training/check_web.mjs <folder with node_modules/onnxruntime-web> [model folder]
// Prints the largest difference and the shortest time of one image and one text on one thread.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [, , packages, folder = join(dirname(fileURLToPath(import.meta.url)), "../models/assay-clip")] = process.argv;
const require = createRequire(join(resolve(packages), "index.js"));
const module = await import(pathToFileURL(require.resolve("onnxruntime-web/wasm")).href);
const ort = module.default ?? module;
ort.env.wasm.numThreads = 1;

const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const parity = JSON.parse(readFileSync(join(folder, "parity.json"), "utf8"));
const open = (part) => ort.InferenceSession.create(readFileSync(join(folder, manifest[part].file)));
const vision = await open("vision");
const text = await open("text");

async function run(session, part, tensor, head, times) {
  const began = performance.now();
  const output = (await session.run({ [manifest[part].input]: tensor }))[manifest[part].output];
  times.push(performance.now() - began);
  if (output.dims.join() !== `1,${manifest.embedding.dimensions}`) throw new Error(`shape ${output.dims}`);
  return Math.max(...head.map((value, index) => Math.abs(value - output.data[index])));
}

let worst = 0;
const imageTimes = [];
const textTimes = [];
for (let round = 0; round < 10; round++) {
  for (const image of parity.images) {
    const rgb = Buffer.from(image.resized_rgb_base64, "base64");
    const { size, mean, std } = manifest.image;
    const pixels = new Float32Array(3 * size * size);
    for (let i = 0; i < size * size; i++)
      for (let c = 0; c < 3; c++) pixels[c * size * size + i] = (rgb[3 * i + c] / 255 - mean[c]) / std[c];
    const tensor = new ort.Tensor("float32", pixels, [1, 3, size, size]);
    worst = Math.max(worst, await run(vision, "vision", tensor, image.embedding_head, imageTimes));
  }
  for (const one of parity.texts) {
    const ids = BigInt64Array.from(one.input_ids, BigInt);
    const tensor = new ort.Tensor("int64", ids, [1, ids.length]);
    worst = Math.max(worst, await run(text, "text", tensor, one.embedding_head, textTimes));
  }
}
console.log(
  `onnxruntime-web: largest difference ${worst.toExponential(2)}, ` +
    `image ${Math.min(...imageTimes).toFixed(2)} ms, text ${Math.min(...textTimes).toFixed(2)} ms`,
);
if (worst > 0.02) process.exit(1);
