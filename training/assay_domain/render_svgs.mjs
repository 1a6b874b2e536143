// SVG documents to PNGs, by sharp: a line of standard input is {"svg": …, "size": pixels, "out": path}.
import { createInterface } from 'node:readline'
import sharp from 'sharp'

sharp.concurrency(1)
for await (const line of createInterface({ input: process.stdin })) {
  const { svg, size, out } = JSON.parse(line)
  try {
    const { width, height } = await sharp(Buffer.from(svg), { limitInputPixels: false }).metadata()
    const density = Math.min(2400, Math.max(1, (72 * size) / Math.max(width, height)))
    await sharp(Buffer.from(svg), { density, limitInputPixels: 2 ** 26 })
      .resize(size, size, { fit: 'inside' })
      .png({ compressionLevel: 1 })
      .toFile(out)
  } catch (error) {
    process.stderr.write(`${out}: ${error.message.split('\n')[0]}\n`)
  }
}
